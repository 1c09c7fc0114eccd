"""How the package is built: hatchling, with a hook that takes the library into the wheel."""
