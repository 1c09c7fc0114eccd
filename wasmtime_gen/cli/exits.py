"""The exit codes, as the help tells them."""

from __future__ import annotations

FAILED = 1  # what was given is not what it should be, or something cannot be done with it
USAGE = 2  # the command line itself is wrong, as click has it
TIMEOUT = 124  # as timeout(1) has it
NOT_STARTED = 125  # as env(1) and timeout(1) have it
INTERRUPTED = 130  # as shells tell of Ctrl-C
TRAPPED = 134  # as shells tell of an abort

EXITS = """\b
Exit codes:
    0  done
    1  what was given is wrong, or something is wrong with it
    2  the command line is wrong
  130  Ctrl-C"""

EXITS_OF_RUN = """\b
Exit codes: that of the program (its lowest 8 bits), and
    2  the command line is wrong
  124  the timeout is over
  125  the program could not be started
  130  Ctrl-C
  134  the program trapped, or used up its fuel
  141  nobody reads its output any more"""
