"""run(): a program for WASI from its start to its end, within bounds."""
