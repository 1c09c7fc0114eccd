"""Mirrors the house: one folder for each package and promise."""
