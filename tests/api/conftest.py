"""What most tests of the high level start from: an engine, a store, and a way from text to an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.wasi_guests import Program
from wasmtime_gen import Engine, Func, Instance, Linker, Module, Store


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    with Store(engine) as made:
        yield made


@pytest.fixture
def instantiate(engine: Engine, store: Store) -> Callable[..., Instance]:
    """instantiate(text, **imports): the instance of a module that imports from the module "host"."""

    def make(text: str, **imports: Func) -> Instance:
        linker = Linker(engine)
        for name, item in imports.items():
            linker.define(store, "host", name, item)
        return linker.instantiate(store, Module.from_text(engine, text))

    return make


@pytest.fixture(scope="session")
def python(python_wasm: Path) -> Program:
    """CPython compiled to WASI."""
    return Program(python_wasm, python_wasm.with_name("images"))
