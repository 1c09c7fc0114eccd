"""What each row must reach and should reach, as ratios of minima to the other side's. Stated here and nowhere else.

Gates hold for CPython 3.11. A row without a gate is measured to be known.
"""

from __future__ import annotations

from dataclasses import dataclass

BELOW, MET, STRETCHED, FREE = "BELOW GATE", "gate", "stretch", ""


@dataclass(frozen=True)
class Gate:
    """The least ratio of a row, and the one to strive for."""

    least: float
    stretch: float | None = None

    def mark(self, ratio: float) -> str:
        """What a ratio reaches: BELOW, MET or STRETCHED."""
        if ratio < self.least:
            return BELOW
        return STRETCHED if self.stretch is not None and ratio >= self.stretch else MET


TYPES = ("i32", "i64", "f32", "f64", "mixed")

GATES = {
    "call () -> i32": Gate(20, 35),
    **{f"call {type_} x 2": Gate(45, 80) for type_ in TYPES},
    **{f"call {type_} x 8": Gate(100, 180) for type_ in TYPES},
    **{f"typed against exports.f, {call}": Gate(1.25) for call in ("()", "i32 x 2", "i32 x 8")},
    "host callback ()": Gate(9, 14),
    "host callback (i32, i32) -> i32": Gate(25, 38),
    "externref object in and out": Gate(6, 12),
    "read 4 bytes": Gate(9, 16),
    "write 4 bytes": Gate(20, 36),
    "read 64 KiB": Gate(1.8, 2.6),
    "write 64 KiB": Gate(3, 4.4),
    "numpy view": Gate(4, 7),
    "global get": Gate(8, 12),
    "global set": Gate(30, 55),
    "table get": Gate(7, 10),
    "table set": Gate(12, 25),
    "read 16 MiB at memory speed": Gate(0.9),
    "write 16 MiB at memory speed": Gate(0.9),
    "one of 1000 exports, cold": Gate(1000, 9000),
    "all of 1000 exports": Gate(4, 10),
    "store + instance + first call": Gate(4, 7),
    "trap raised and caught": Gate(1.4, 1.8),
    "import over bare Python": Gate(7, 11),
    "hello-world process": Gate(3, 5),
    "WASI hello process": Gate(4, 6),
    "compile": Gate(0.95),
    "compute": Gate(0.95),
}


# What costs how much where a gate cannot be met: facts that hold whatever the machine. The numbers are in the table.
REASONS = {
    "hello-world process": (
        'the process without any of wasmtime_gen is the row "the same by the raw layer alone": it takes nearly all '
        "that the gate allows, most of it bare Python and the library's own start. What is left for us is less than "
        "to import ten modules (0.1 ms each) costs, and this program needs more than thirty; no check "
        "costs anything to speak of"
    ),
    "WASI hello process": ("the same holds: the gate allows less than bare Python and the raw layer take"),
}


def mark(row: str, ratio: float | None) -> str:
    """What this row's ratio reaches, FREE where nothing is asked."""
    gate = GATES.get(row)
    return FREE if gate is None or ratio is None else gate.mark(ratio)
