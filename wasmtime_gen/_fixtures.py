"""Fixtures of pytest for tests with WebAssembly, which its entry point makes known. They load the library when they are
first used, and pytest takes nothing else from here.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from wasmtime_gen import Engine, Exports, Store

# pytest rewrites the assertions in all packages of a distribution that has a plugin. Ours are no tests, and some stand
# where a signal must find the very instructions that we wrote. pytest has no way to say so, but for each module alone.
getattr(__spec__.loader, "_must_rewrite", set[str]()).difference_update({"wasmtime_gen", "wasmtime_capi"})


@pytest.fixture(scope="session")
def wasm_engine() -> Iterator[Engine]:
    """An Engine for all tests, whose guests end by Ctrl-C and `with wasm_store.timeout(seconds):`.

    A fixture of the same name in a conftest.py takes its place, with another Config.
    """
    from wasmtime_gen import Engine

    with Engine(interruptible=True) as engine:
        yield engine


@pytest.fixture
def wasm_store(wasm_engine: Engine) -> Iterator[Store]:
    """A Store for one test, closed at its end."""
    from wasmtime_gen import Store

    with Store(wasm_engine) as store:
        yield store


@pytest.fixture
def wat(wasm_store: Store) -> Callable[..., Exports]:
    """wat(text, imports={}): the exports of a module in the text format, which lives in wasm_store.

    `imports` are functions and items by the two parts of their names: {"env": {"log": print}}. WASI is there too;
    what guests write is in `wasm_store.wasi.stdout` and `.stderr`.
    """

    def make(text: str, imports: Mapping[str, Mapping[str, Any]] | None = None) -> Exports:
        from wasmtime_gen import Module, WasiConfig
        from wasmtime_gen._providing import provided_instance

        module = Module.from_text(wasm_store._engine, text)
        return provided_instance(wasm_store, module, imports or {}, WasiConfig()).exports

    return make
