"""What tests cannot hit reliably is kept out of the sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wasmtime_capi.addresses import SIGNATURES

import wasmtime_gen

PACKAGE = Path(wasmtime_gen.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_native_object_is_held_in_a_variable_while_its_address_is_used(file: Path) -> None:
    """Otherwise another thread that closes the handle meanwhile deletes it under the call."""
    found = re.findall(r".*\)\.(?:pointer|argument)\b.*", file.read_text())
    assert not found, found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_native_functions_that_are_bound_when_they_are_first_called_exist(file: Path) -> None:
    names = set(re.findall(r"\b(?:raw|ready)\.(was\w+)", file.read_text()))
    assert names <= SIGNATURES.keys()
