"""The memories of guests: those of a store, those that threads share, and ways to their bytes."""
