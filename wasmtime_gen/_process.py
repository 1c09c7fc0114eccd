"""What a process has once: an engine for each Config, on which unpickled modules arrive."""

from __future__ import annotations

from functools import lru_cache

from wasmtime_gen._config.config import Config
from wasmtime_gen._engine import Engine
from wasmtime_gen._module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Module)

_engines: dict[Config, Engine] = {}
# A worker of a pool unpickles its module anew for each task, and should compile it once.
_KEPT = 16


def process_engine(config: Config) -> Engine:
    """The engine of this process for a Config, made when it is first asked for or after somebody closed it.

    A forked process inherits those of its parent: what was compiled on them goes on working.
    """
    engine = _engines.get(config)
    if engine is not None and engine.closed:
        _engines.pop(config, None)
        engine = None
    # Of two threads that come here at once, both get the engine of the first.
    return engine or _engines.setdefault(config, Engine(config))


def reduced(module: Module) -> tuple[Any, ...]:
    """What a module is pickled as: its wasm and its Config. Raises TypeError without the wasm."""
    if module._wasm is None:
        raise TypeError(
            "this Module was loaded by deserialize_unsafe and cannot be pickled: modules pickle as their wasm, which "
            "it does not have. Pickle the module that it was serialized from, or send its image and load that there"
        )
    module._use()
    return restored, (type(module), module._wasm, module._engine.config)


def restored(kind: type[M], wasm: bytes, config: Config) -> M:
    """The module that was pickled, on the engine of this process. Raises as Module() does."""
    return kind._sharing(_compiled(process_engine(config), wasm))


@lru_cache(maxsize=_KEPT)
def _compiled(engine: Engine, wasm: bytes) -> Module:
    return Module(engine, wasm)
