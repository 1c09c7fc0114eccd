"""The options of engines: what they are, which values they take, and which of them go together."""
