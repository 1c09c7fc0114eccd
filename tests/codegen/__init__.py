"""The generator: from the headers to generated/, one promise a test."""
