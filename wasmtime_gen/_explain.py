"""Why a module does not fit a linker: every import that is missing or of another type.

Whether an import is defined and fits is for the library to say. First the whole module is tried: most fit. Then each
name is looked up, which is cheap, and those that exist are probed together (_probe.py) until all are found that do not
fit. What was given and which names are similar comes from what the linker remembers (_definitions.py).
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._handle import Native, owning
from wasmtime_gen._module import Module
from wasmtime_gen._nearnames import NearNames
from wasmtime_gen._probe import Probes
from wasmtime_gen._problems import Explanation, Problem
from wasmtime_gen._raw import Extern, raw
from wasmtime_gen._store import Store
from wasmtime_gen._trap import error_text
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from wasmtime_gen._definitions import Definitions
    from wasmtime_gen._engine import Engine
    from wasmtime_gen._types.extern import ExternType

_MANY, _SMALL = 4, 32
_WRONG = "incompatible import type for `{}::{}`"


class Search:
    """One search for all problems of a module with a linker.

    `as_defined` is what instantiate_pre() goes by: the sizes that memories and tables had when they were defined.
    """

    def __init__(
        self, linker: Native, engine: Engine, definitions: Definitions, module: Module, as_defined: bool
    ) -> None:
        self._linker = linker
        self._engine = engine
        self._definitions = definitions
        self._module = module
        self._as_defined = as_defined

    def explanation(self) -> Explanation:
        """Raises WasmtimeError when there are problems and the module's bytes are not at hand."""
        held = self._definitions.hold_stores()
        try:
            refused = self._unusable()
            if not refused and not _refusal(self._linker, self._module):
                return Explanation()
            return self._explain(refused)
        finally:
            del held

    def _unusable(self) -> dict[tuple[str, str], str]:
        """The imports whose definitions cannot be used whatever their types are: the library must not see them."""
        from wasmtime_gen._types.externreading import names_of_imports

        refused = {}
        definitions, store = self._definitions, None
        if definitions.stores:
            native = self._module._use()
            for name in names_of_imports(native.pointer):
                try:
                    store = definitions.check_name(name, store)
                except WasmtimeError as error:
                    refused[name] = str(error).partition(": ")[0]
        return refused

    def _explain(self, refused: dict[tuple[str, str], str]) -> Explanation:
        wasm = self._module._wasm
        if not wasm:
            raise WasmtimeError("the imports of a module can be explained only where its wasm bytes are at hand")
        probes = Probes(wasm)
        imports = probes.names
        there = existing(self._linker, self._engine, imports)
        reasons: dict[int, str | None] = {at: refused[name] for at, name in enumerate(imports) if name in refused}
        reasons.update({at: None for at, name in enumerate(imports) if name not in there})
        candidates = [at for at in range(len(imports)) if at not in reasons]
        reasons.update(self._unfit(probes, candidates))
        wanted = _wanted(self._module)
        near = NearNames(self._definitions.by_name)
        problems = []
        for at, reason in sorted(reasons.items()):
            each, definition = probes.imports[at], self._definitions.by_name.get(imports[at])
            given = definition.type if definition and reason is not None else None
            similar = near.of(imports[at]) if reason is None else ()
            type_ = wanted[at] if wanted else None
            problems.append(Problem(each.module, each.name, each.kind, type_, given, reason, similar))
        return Explanation(tuple(problems))

    def _unfit(self, probes: Probes, positions: list[int]) -> Iterator[tuple[int, str]]:
        """Those of these imports that the library refuses, with its words.

        It names the first that it refuses: that one is taken out, and the others are probed again. A probe costs 0.4 ms
        and each import in it 4 us, so that where many do not fit, small probes are better. Where a name is not unique,
        both halves are probed.
        """
        refused = 0
        while positions:
            with Module(self._engine, probes.probe(probes.imports[at] for at in positions)) as probe:
                refusal = _refusal(self._linker, probe)
            if refusal is None:
                return
            refused += 1
            if refused == _MANY and len(positions) > _SMALL:
                for start in range(0, len(positions), _SMALL):
                    yield from self._unfit(probes, positions[start : start + _SMALL])
                return
            what, cause = refusal
            found = [at for at in positions if what == _WRONG.format(*probes.names[at])]
            if len(found) != 1 and len(positions) > 1:
                half = len(positions) // 2
                yield from self._unfit(probes, positions[:half])
                yield from self._unfit(probes, positions[half:])
                return
            at = found[0] if found else positions[0]
            if self._as_defined or not self._fits_now(probes, at):
                yield at, cause or what
            positions = [other for other in positions if other != at]

    def _fits_now(self, probes: Probes, position: int) -> bool:
        """Whether a memory or table fits by its size of now, which counts when a store instantiates."""
        wanted, extern = probes.imports[position], Extern()
        definition = self._definitions.by_name.get(probes.names[position])
        if definition is None or definition.store is None or definition.kind not in ("memory", "table"):
            return False
        store = definition.store
        arguments: tuple[Any, ...] = (*_encoded(wanted.module), *_encoded(wanted.name), byref(extern))
        engine = self._engine._use()
        scratch = owning(raw.wasmtime_linker_new(engine.pointer), raw.wasmtime_linker_delete)
        try:
            if not guarded(store, raw.wasmtime_linker_get, self._linker.pointer, store._address, *arguments):
                return False
            try:
                guarded(store, raw.wasmtime_linker_define, scratch.pointer, store._address, *arguments)
            finally:
                raw.wasmtime_extern_delete(byref(extern))
        except WasmtimeError:  # the store is in use by another thread
            return False
        with Module(self._engine, probes.probe([wanted])) as probe:
            return _refusal(scratch, probe) is None


def existing(linker: Native, engine: Engine, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these names that the linker has a definition for."""
    found = set()
    with Store(engine) as store:
        for module, name in set(names):
            extern = Extern()
            if raw.wasmtime_linker_get(
                linker.pointer, store._address, *_encoded(module), *_encoded(name), byref(extern)
            ):
                raw.wasmtime_extern_delete(byref(extern))
                found.add((module, name))
    return found


def _refusal(linker: Native, module: Module) -> tuple[str, str] | None:
    """What of the module the linker cannot instantiate, and why, in the library's words."""
    native, made = module._use(), c_void_p()
    error = raw.wasmtime_linker_instantiate_pre(linker.pointer, native.pointer, byref(made))
    if not error:
        raw.wasmtime_instance_pre_delete(made.value)
        return None
    what, _, cause = error_text(error).partition("\n\nCaused by:\n")
    return what, cause.strip()


def _wanted(module: Module) -> Sequence[ExternType] | None:
    """The types of the imports, or None where one of them cannot be told."""
    try:
        return [each.type for each in module._import_types()]
    except WasmtimeError:
        return None


def _encoded(text: str) -> tuple[bytes, int]:
    encoded = str.encode(text)
    return encoded, len(encoded)
