"""Build hook: the one runtime dependency is the pinned release of `wasmtime`, for the library in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class PinnedLibrary(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        versions = json.loads((Path(self.root) / "codegen" / "versions.json").read_text())
        metadata["dependencies"] = [f"wasmtime=={versions['known'][versions['pinned']]['package']}"]
