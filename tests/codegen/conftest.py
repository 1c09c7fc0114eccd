"""The pinned release, read, decided and rendered once for all tests of the generator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import config, pipeline, render
from codegen.model import Api, Findings
from codegen.sources import Source, Versions


@pytest.fixture(scope="session")
def pinned(crate_source: Callable[..., Source]) -> Source:
    return crate_source()


@pytest.fixture(scope="session")
def declared(pinned: Source) -> Api:
    """What the real headers declare, before any decision."""
    return pipeline.read(pinned, config.load())[0]


@pytest.fixture(scope="session")
def built(pinned: Source) -> tuple[Api, Findings]:
    return pipeline.build(pinned, config.load())


@pytest.fixture(scope="session")
def rendered(built: tuple[Api, Findings]) -> dict[str, bytes]:
    """All files of generated/ but the report of changes, by their path below it."""
    versions = Versions.load()
    return render.render(built[0], versions.known[versions.pinned].package)
