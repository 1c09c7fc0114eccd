"""Exceptions on their way through guests: always the same object, with the frames of the call that they left."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest

from wasmtime_gen import (
    Engine,
    Exports,
    Func,
    Instance,
    Linker,
    Module,
    OutOfFuelTrap,
    Store,
    Trap,
    WasmtimeError,
)

Instantiate = Callable[..., Instance]
NOTE = "in a host function called by the guest:"
TEXT = """
(module $guest
  (import "host" "f" (func $f))
  (func $inner (call $f))
  (func $first (export "first") (call $inner))
  (func $second (export "second") (call $f)))
"""


def guest(store: Store, function: Callable[[], object]) -> Exports:
    """Exports that call the host function."""
    linker = Linker(store.engine)
    linker.define_func("host", "f", function, "() -> ()")
    return linker.instantiate(store, Module.from_text(store.engine, TEXT)).exports


def notes_of(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def functions(note: str) -> list[str]:
    """The names of the functions in a note."""
    head, *lines = note.split("\n")
    assert head == NOTE
    return [line.split()[1] for line in lines]


def raiser(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


def test_the_note_of_an_exception_holds_the_guests_frames(store: Store) -> None:
    exports = guest(store, raiser(ValueError("bad")))
    with pytest.raises(ValueError, match="bad") as caught:
        exports.first()
    (note,) = notes_of(caught.value)
    first, second = note.split("\n")[1:]
    assert first.startswith("  at inner in guest, offset 0x")
    assert second.startswith("  at first in guest, offset 0x")


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    code: int = 1


class RefusesAttributes(Exception):
    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError("no attributes")


class RaisesForNotes(Exception):
    @property
    def __notes__(self) -> list[str]:
        raise KeyboardInterrupt("no notes")


class HidesTraceback(Exception):
    __traceback__ = property(lambda self: 1 / 0)


class RaisingName(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class NumberName(type):
    __name__ = 5  # type: ignore[assignment]


class HasRaisingName(Exception, metaclass=RaisingName):
    pass


class HasNumberName(Exception, metaclass=NumberName):
    pass


class HasNoText(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


ODD = [
    Frozen,
    RefusesAttributes,
    RaisesForNotes,
    HidesTraceback,
    HasRaisingName,
    HasNumberName,
    HasNoText,
    GeneratorExit,
    StopIteration,
]


@pytest.mark.parametrize("kind", ODD, ids=range(len(ODD)))
def test_an_odd_exception_leaves_as_the_same_object(store: Store, kind: type[BaseException]) -> None:
    error, got = kind(), None
    exports = guest(store, raiser(error))
    for call in (exports.first, exports.first, Func.wrap(store, raiser(error), "() -> ()")):
        try:
            call()
        except BaseException as caught:
            got = caught
        assert got is error


def test_notes_that_are_no_list_are_left_alone(store: Store) -> None:
    error = ValueError()
    vars(error)["__notes__"] = ("mine",)
    with pytest.raises(ValueError):  # noqa: PT011
        guest(store, raiser(error)).first()
    assert vars(error)["__notes__"] == ("mine",)


def test_the_users_notes_stay(store: Store) -> None:
    error = ValueError()
    vars(error)["__notes__"] = ["mine"]
    exports = guest(store, raiser(error))
    for call in (exports.first, exports.second):
        with pytest.raises(ValueError):  # noqa: PT011
            call()
    assert notes_of(error)[0] == "mine"
    assert functions(notes_of(error)[1]) == ["second"]
    assert len(notes_of(error)) == 2


def test_a_class_does_not_get_the_notes_of_its_exceptions(store: Store) -> None:
    class Noted(Exception):
        __notes__: ClassVar = ["of the class"]

    with pytest.raises(Noted):
        guest(store, raiser(Noted())).first()
    assert Noted.__notes__ == ["of the class"]


def test_a_host_function_that_no_guest_calls_leaves_no_note(store: Store) -> None:
    error = ValueError()
    for _ in range(3):
        with pytest.raises(ValueError):  # noqa: PT011
            Func.wrap(store, raiser(error))()
    assert notes_of(error) == []


def test_frames_are_attached_further_out_where_there_are_any(engine: Engine, store: Store) -> None:
    for home in (store, Store(engine)):
        error, trap = ValueError(), Trap("mine")
        for raised in (error, trap):
            with pytest.raises(type(raised)):
                guest(store, Func.wrap(home, raiser(raised), "() -> ()")).first()
        assert functions(notes_of(error)[0])[-1] == "first"
        assert [frame.function for frame in trap.frames][-1] == "first"


def test_an_exception_that_is_raised_anew_gets_the_frames_of_that_call(store: Store) -> None:
    error, trap = ValueError(), Trap("mine")
    exports, traps = guest(store, raiser(error)), guest(store, raiser(trap))
    expected = {"first": ["inner", "first"], "second": ["second"]}
    for name in ("first", "second", "second", "first"):
        with pytest.raises(ValueError):  # noqa: PT011
            exports[name]()  # type: ignore[operator]
        assert list(map(functions, notes_of(error))) == [expected[name]]
        with pytest.raises(Trap, match="mine"):
            traps[name]()  # type: ignore[operator]
        assert [frame.function for frame in trap.frames] == expected[name]
    with pytest.raises(ValueError):  # noqa: PT011
        Func.wrap(store, raiser(error))()
    assert notes_of(error) == []


def raised_anew_within(store: Store, error: BaseException) -> None:
    """Raised by a guest's host function, caught in another one, and raised there for a second time."""
    inner = guest(store, raiser(error))

    def function() -> None:
        try:
            inner.first()
        except type(error):
            pass
        inner.second()

    guest(store, function).first()


def test_an_exception_that_is_raised_anew_in_a_nested_call_has_the_frames_of_that(engine: Engine) -> None:
    error = ValueError()
    with pytest.raises(ValueError):  # noqa: PT011
        raised_anew_within(Store(engine), error)
    (note,) = notes_of(error)
    assert functions(note)[0] == "second"


def plainly(call: Callable[[], object]) -> None:
    call()


def again(call: Callable[[], object]) -> None:
    try:
        call()
    except BaseException as error:
        raise error


def in_a_generator(call: Callable[[], object]) -> None:
    def steps() -> Iterator[object]:
        yield call()

    list(steps())


def in_a_context(call: Callable[[], object]) -> None:
    @contextmanager
    def context() -> Iterator[None]:
        try:
            yield
        finally:
            pass

    with context():
        call()


def through_c(call: Callable[[], object]) -> None:
    next(filter(lambda _: call(), [1]))


@pytest.mark.parametrize("way", [plainly, again, in_a_generator, in_a_context, through_c])
@pytest.mark.parametrize("same", [True, False])
def test_an_exception_that_passes_several_calls_keeps_the_innermost_frames(
    engine: Engine, way: Callable[[Callable[[], object]], None], same: bool
) -> None:
    stores = [Store(engine)] * 3 if same else [Store(engine) for _ in range(3)]
    for error in (ValueError("deep"), Trap("deep")):
        call: Callable[[], object] = raiser(error)
        for depth, store in enumerate(stores):
            exports = guest(store, lambda call=call: way(call))  # type: ignore[misc]
            call = exports.second if depth == 0 else exports.first
        for _ in range(2):
            with pytest.raises(type(error), match="deep"):
                call()
            if isinstance(error, Trap):
                names = [str(frame.function) for frame in error.frames]
            else:
                (note,) = notes_of(error)
                names = functions(note)
            assert names[0] == "second"
            assert same or names == ["second"]


def test_the_frames_that_a_trap_was_made_with_stay(store: Store, instantiate: Instantiate) -> None:
    with pytest.raises(Trap) as caught:
        instantiate('(module (func $deep (export "f") unreachable))').exports.f()
    frames = caught.value.frames
    trap = Trap("mine", None, frames)
    for raised in (trap, caught.value):
        with pytest.raises(Trap) as got:
            guest(store, raiser(raised)).first()
        assert got.value is raised
        assert raised.frames == frames


def test_a_trace_shows_the_note(store: Store) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        guest(store, raiser(ValueError("bad"))).second()
    if hasattr(caught.value, "add_note"):
        assert f"ValueError: bad\n{NOTE}\n  at second in guest" in "".join(traceback.format_exception(caught.value))


START = "in the start function of the module that was being instantiated"
SEGMENT = "while the module was being instantiated: one of its active segments does not fit"
STARTS = {
    "(module (func $begin unreachable) (start $begin))": (START, ["begin"]),
    '(module (memory 1) (data (i32.const 65536) "x"))': (SEGMENT, []),
    "(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))": (SEGMENT, []),
    "(module (memory 1) (func $b (drop (i32.load (i32.const 65536)))) (start $b))": (START, ["b"]),
    '(module (import "env" "missing" (func $f)) (func $b (call $f)) (start $b))': (START, ["b"]),
}


@pytest.mark.parametrize("pre", [True, False])
@pytest.mark.parametrize("text", STARTS)
def test_a_trap_while_instantiating_says_so(engine: Engine, store: Store, text: str, pre: bool) -> None:
    linker, module = Linker(engine), Module.from_text(engine, text)
    linker.define_unknown_imports_as_traps(module)
    note, names = STARTS[text]
    ready = linker.instantiate_pre(module)
    with pytest.raises(Trap) as caught:
        ready.instantiate(store) if pre else linker.instantiate(store, module)
    assert notes_of(caught.value) == [note]
    assert [frame.function for frame in caught.value.frames] == names


def test_an_exception_in_a_start_function_says_so(engine: Engine, store: Store) -> None:
    linker, error = Linker(engine), ValueError("bad")
    linker.define_func("host", "f", raiser(error))
    direct = Module.from_text(engine, '(module (import "host" "f" (func $f)) (start $f))')
    within = Module.from_text(engine, '(module (import "host" "f" (func $f)) (func $b (call $f)) (start $b))')
    for instantiate in (
        lambda module: linker.instantiate(store, module),
        lambda module: linker.instantiate_pre(module).instantiate(store),
        lambda module: linker.define_module(store, "m", module),
    ):
        with pytest.raises(ValueError, match="bad") as caught:
            instantiate(direct)
        assert caught.value is error
        assert notes_of(error) == [START]
        with pytest.raises(ValueError, match="bad"):
            instantiate(within)
        first, second = notes_of(error)
        assert (functions(first), second) == (["b"], START)


def test_what_does_not_run_a_start_function_says_nothing_of_it(engine: Engine, store: Store) -> None:
    linker, module = Linker(engine), Module.from_text(engine, '(module (import "env" "missing" (func)))')
    with pytest.raises(WasmtimeError) as caught:
        linker.instantiate(store, module)
    assert notes_of(caught.value) == []
    store.set_limits(memories=0)
    with pytest.raises(WasmtimeError) as caught:
        linker.instantiate(store, Module.from_text(engine, "(module (memory 1))"))
    assert notes_of(caught.value) == []


def test_a_start_function_without_fuel_says_where() -> None:
    store = Store(Engine(consume_fuel=True))
    store.fuel = 1000
    module = Module.from_text(store.engine, "(module (func $begin (loop (br 0))) (start $begin))")
    with pytest.raises(OutOfFuelTrap) as caught:
        Linker(store.engine).instantiate(store, module)
    assert notes_of(caught.value) == [START]


def test_a_trap_in_the_initialization_of_a_library_says_so(engine: Engine, store: Store) -> None:
    module = Module.from_text(engine, '(module (func (export "_initialize") unreachable))')
    with pytest.raises(Trap) as caught:
        Linker(engine).define_module(store, "library", module)
    assert notes_of(caught.value) == ["in the function '_initialize' of the module that was being defined as 'library'"]
