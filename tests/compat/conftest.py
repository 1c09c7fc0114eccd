"""Both packages under one name, so that each promise is seen to be kept by the original as well."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from tests.availability import unavailable


@pytest.fixture(params=["compat", pytest.param("original", marks=pytest.mark.original)])
def w(request: pytest.FixtureRequest) -> Any:
    """wasmtime_gen.compat.wasmtime, and the package `wasmtime`."""
    if request.param == "compat":
        return import_module("wasmtime_gen.compat.wasmtime")
    return import_module("wasmtime") if find_spec("wasmtime") else unavailable("wasmtime is not installed")
