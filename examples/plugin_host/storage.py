"""Storage: what plug-ins keep from one run to the next, in a file that several processes may share."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path


class Storage:
    """Texts by plug-in and key. The file is opened for each use: nothing has to be closed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._open()) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS texts (plugin, key, value, PRIMARY KEY (plugin, key))")

    def values(self, plugin: str) -> dict[str, str]:
        with closing(self._open()) as db:
            return dict(db.execute("SELECT key, value FROM texts WHERE plugin = ?", (plugin,)))

    def update(self, plugin: str, values: Mapping[str, str]) -> None:
        """Store all of these, or none."""
        with closing(self._open()) as db, db:
            db.executemany(
                "INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", [(plugin, *item) for item in values.items()]
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=30)
