"""The types of values, of items, and of imports and exports: as Python values, as text, and in native form."""
