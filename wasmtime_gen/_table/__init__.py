"""The tables of guests: their elements, their types and their limits."""
