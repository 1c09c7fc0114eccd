"""The names and signatures of the package `wasmtime`, all of them, and the table that says so."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest
from wasmtime_capi.version import PACKAGE

import wasmtime_gen.compat.wasmtime as ours
from tests.availability import unavailable
from tests.compat import coverage
from tests.compat.differences import DIFFERS, RAISED

pytestmark = pytest.mark.original


@pytest.fixture(scope="module")
def original() -> ModuleType:
    return import_module("wasmtime") if find_spec("wasmtime") else unavailable("wasmtime is not installed")


def test_every_name_is_there_with_its_signature(original: ModuleType) -> None:
    here = coverage.names(ours)
    assert {name: here.get(name) for name in coverage.names(original)} == coverage.names(original)


def test_star_imports_give_the_same_names(original: ModuleType) -> None:
    assert set(ours.__all__) == set(original.__all__)


def test_trap_codes_have_the_same_numbers(original: ModuleType) -> None:
    """Ours has those that the original leaves out as well."""
    theirs = {code.name: code.value for code in original.TrapCode}
    assert theirs.items() <= {code.name: code.value for code in ours.TrapCode}.items()


def test_the_table_is_what_the_tests_make(original: ModuleType) -> None:
    """python -m tests.compat.coverage writes it anew."""
    assert coverage.FILE.read_text() == coverage.table(original, PACKAGE)


def test_every_difference_is_of_a_name_that_there_is(original: ModuleType) -> None:
    assert {*RAISED, *DIFFERS} <= {*coverage.names(original), "component"}
