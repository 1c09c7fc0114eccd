"""run(): programs from start to end, and what is told of them."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

from tests.api.programs import CAT, WASI, exits, program, writes
from tests.api.snippets import check_snippet
from tests.api.wasi_guests import fails
from wasmtime_gen import (
    CalledProgramError,
    CompletedProgram,
    Config,
    Engine,
    LinkError,
    Module,
    OutOfFuelTrap,
    StackOverflowTrap,
    UnreachableTrap,
    ValidationError,
    WasmtimeError,
    WritableDir,
    run,
    wat2wasm,
)
from wasmtime_gen._process import process_engine


def test_a_program_ends_and_is_told_of() -> None:
    result = run(program(writes(1) + writes(2, 3)))
    assert (result.returncode, result.stdout, result.stderr, result.trap) == (0, b"hello\n", b"hel", None)
    assert 0 < result.duration < 20
    assert (result.fuel_used, result.peak_memory, result.args) == (None, 2 << 16, ("program",))
    result.check_returncode()
    assert repr(run(exits(3))).startswith("CompletedProgram(args=('program',), returncode=3, stdout=b'', stderr=b'', ")
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize("code", range(256))
def test_each_exit_code_is_the_returncode(code: int) -> None:
    result = run(EXITS[code], check=code == 0)
    assert (result.returncode, result.trap) == (code, None)


def test_of_a_larger_exit_code_the_lowest_bits_count() -> None:
    assert [run(exits(code)).returncode for code in (256, 511, -1, -(2**31))] == [0, 255, 255, 0]


class _Exits(dict[int, bytes]):
    def __missing__(self, code: int) -> bytes:
        return exits(code)


EXITS = _Exits()


def test_a_program_is_a_path_or_bytes_or_a_module(tmp_path: Path) -> None:
    wasm = exits(7)
    (tmp_path / "ä.wasm").write_bytes(wasm)
    (tmp_path / "b.wat").write_text('(module (func (export "_start") unreachable))')
    engine = Engine(interruptible=True)
    for given, name in (
        (tmp_path / "ä.wasm", str(tmp_path / "ä.wasm")),
        (str(tmp_path / "ä.wasm"), str(tmp_path / "ä.wasm")),
        (wasm, "program"),
        (bytearray(wasm), "program"),
        (Module(engine, wasm), "guest"),
    ):
        result = run(given)
        assert (result.returncode, result.args) == (7, (name,))
    assert run(tmp_path / "b.wat").returncode == 134


def test_what_is_no_program_is_told_so(tmp_path: Path) -> None:
    assert fails(run, tmp_path / "missing.wasm") == (
        FileNotFoundError,
        f"[Errno 2] No such file or directory: '{tmp_path / 'missing.wasm'}'",
    )
    assert fails(run, tmp_path)[0] is IsADirectoryError
    assert fails(run, b"\0asm\1\0\0\0\1")[0] is ValidationError
    assert fails(run, b"\0asm\x0d\0\1\0") == (
        ValidationError,
        "this is a component, not a module: components cannot be loaded as Module",
    )
    for other in (5, *map(_passing_for, (Module, bytes, str))):
        told = f"program must be a path, bytes or a Module, not {type(other).__name__}"
        assert fails(run, other) == (TypeError, told)
    for library in (
        "(module)",
        "(module (memory 1))",
        '(module (memory 1) (func (export "add")))',
        '(module (global (export "_start") i32 (i32.const 1)))',
        '(module (func (export "_start") (param i32)))',
        '(module (func (export "_start") (result i32) (i32.const 1)))',
    ):
        assert fails(run, wat2wasm(library)) == (
            WasmtimeError,
            "this is no program: it exports no function '_start' that takes and returns nothing. A library is used "
            "through its exports, by Linker.instantiate()",
        )
    needy = wat2wasm('(module (import "env" "log" (func)) (func (export "_start")))')
    kind, told = fails(run, needy)
    assert kind is LinkError
    assert "env.log is missing" in told


def _passing_for(kind: type) -> object:
    """What isinstance() takes for one of this class."""
    return type("Other", (), {"__class__": property(lambda _: kind)})()


def test_a_module_of_another_engine_is_told_what_that_lacks() -> None:
    for options, keywords, lacks in (
        ({}, {}, "interruptible=True"),
        ({}, {"fuel": 5}, "interruptible=True and consume_fuel=True"),
        ({"interruptible": True}, {"fuel": 5}, "consume_fuel=True"),
        ({"epoch_interruption": True}, {}, "interruptible=True"),
    ):
        assert fails(run, Module(Engine(Config(**options)), exits(0)), **keywords) == (  # type: ignore[arg-type]
            WasmtimeError,
            f"this Module cannot be run so: its engine lacks {lacks}. Make the engine with that, or give run() the "
            "path or the bytes",
        )


def test_a_program_is_compiled_once_in_a_process() -> None:
    run(exits(99))
    assert process_engine(Config(interruptible=True)) is process_engine(Config(interruptible=True))
    from wasmtime_gen._process import _compiled

    before = _compiled.cache_info().misses
    for _ in range(3):
        run(exits(99))
    assert _compiled.cache_info().misses == before


def test_a_program_gets_arguments_and_an_environment_and_nothing_else() -> None:
    counts = program("""(drop (call $args (i32.const 200) (i32.const 204)))
      (drop (call $env (i32.const 208) (i32.const 212)))
      (call $exit (i32.add (i32.mul (i32.load (i32.const 200)) (i32.const 10)) (i32.load (i32.const 208))))""")
    assert run(counts).returncode == 10
    assert run(counts, ["a", "ä"], env={"A": "1", "B": "2"}).returncode == 32
    assert run(counts, ("a",)).args == ("program", "a")
    assert fails(run, counts, "ab") == (TypeError, "args must be a sequence of str, such as ['cat', '-'], not str")
    assert fails(run, counts, [1]) == (TypeError, "args[0] must be a str, not int")
    assert fails(run, counts, env={"A": 1}) == (TypeError, "env['A'] must be a str, not int")


def test_a_failed_program_is_told_of_when_it_is_to_be_checked() -> None:
    with pytest.raises(CalledProgramError) as caught:
        run(program(writes(2, then="(call $exit (i32.const 3))")), check=True)
    assert str(caught.value) == "program exited with code 3\nThe end of its stderr:\n  hello"
    assert (caught.value.returncode, caught.value.stdout, caught.value.stderr) == (3, b"", b"hello\n")
    assert pickle.loads(pickle.dumps(caught.value)).result == caught.value.result
    with pytest.raises(CalledProgramError) as caught:
        run(program("unreachable"), check=True)
    assert str(caught.value).startswith("program trapped: wasm trap: wasm `unreachable` instruction executed\n  at ")
    assert caught.value.trap is caught.value.__cause__
    assert isinstance(caught.value.trap, UnreachableTrap)


def test_what_a_program_says_commands_no_terminal() -> None:
    stderr = "\x1b[2Jä\x07\t\u202e日本\n".encode()
    told = str(CalledProgramError(CompletedProgram(("p",), 1, None, stderr, 0.0, None, None, 0)))
    assert told.splitlines()[-1] == "  \\x1b[2Jä\\x07  \\u202e日本"


def test_of_a_long_stderr_the_end_is_told() -> None:
    stderr = "".join(f"line {n}\n" for n in range(100)).encode() + b"\xff"
    result = CompletedProgram(("p",), 1, None, stderr, 0.0, None, None, 0)
    told = str(CalledProgramError(result)).splitlines()
    assert told == [
        "p exited with code 1",
        "The end of its stderr:",
        *[f"  line {n}" for n in range(91, 100)],
        "  \ufffd",
    ]
    for shown, longest in (b"x" * 10**6, 3000), (None, 30):
        error = CalledProgramError(CompletedProgram(("p",), 1, None, shown, 0.0, None, None, 0))
        assert len(str(error)) < longest


def test_a_trap_is_part_of_the_result() -> None:
    result = run(program(writes(1, then="unreachable")))
    assert (result.returncode, result.stdout) == (134, b"hello\n")
    assert isinstance(result.trap, UnreachableTrap)
    assert result.trap.frames
    assert result.trap.__traceback__ is None
    start = wat2wasm('(module (memory 3) (func $f unreachable) (start $f) (func (export "_start")))')
    assert isinstance(run(start).trap, UnreachableTrap)
    assert run(start).peak_memory == 3 << 16
    assert isinstance(run(program("(call 6)", wasi=WASI + "(func $f call $f)")).trap, StackOverflowTrap)


def test_fuel_is_bounded_and_told() -> None:
    result = run(program(writes(1)), fuel=10_000)
    assert result.fuel_used is not None
    assert 0 < result.fuel_used < 100
    result = run(program("(loop (br 0))"), fuel=10_000)
    assert isinstance(result.trap, OutOfFuelTrap)
    assert (result.returncode, result.fuel_used) == (134, 10_000)
    engine = Engine(interruptible=True, consume_fuel=True)
    assert run(Module(engine, exits(3))).returncode == 3  # no bound
    assert fails(run, exits(0), fuel=-1) == (OverflowError, "fuel is -1, but must be from 0 to 2**64-1")
    assert fails(run, exits(0), fuel="1") == (TypeError, "fuel must be an int, not str")


def test_wrong_bounds_are_refused_before_anything_runs() -> None:
    assert fails(run, exits(0), timeout="1") == (TypeError, "a timeout must be a number of seconds, not str")
    assert fails(run, exits(0), timeout=-1)[0] is ValueError
    assert fails(run, exits(0), memory=-1)[0] is OverflowError
    assert fails(run, exits(0), dirs=["/"]) == (TypeError, "preopens must be a mapping, such as a dict, not list")


def test_a_program_sees_the_directories_it_is_given(tmp_path: Path, python_wasm: Path) -> None:
    module = Module.from_file(Engine(interruptible=True), python_wasm, cache=python_wasm.with_name("images"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("content")
    (tmp_path / "out").mkdir()
    code = "import os; open('/out/copy', 'w').write(open('/in/file').read()); print(os.listdir('/in'))"
    result = run(module, ["-c", code], dirs={"/in": tmp_path / "in", "/out": WritableDir(tmp_path / "out")}, check=True)
    assert (result.stdout, (tmp_path / "out" / "copy").read_text()) == (b"['file']\n", "content")
    assert fails(run, module, dirs={"/": tmp_path / "missing"}) == (
        FileNotFoundError,
        "[Errno 2] the directory for the guest's '/' cannot be opened: No such file or directory: "
        f"'{tmp_path / 'missing'}'",
    )


def test_programs_run_in_many_threads_at_once_and_within_each_other() -> None:
    results: list[bytes | None] = []

    def work(number: int) -> None:
        for _ in range(20):
            results.append(run(CAT, input=str(number)).stdout)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, results)) == sorted(str(n).encode() for n in range(4) for _ in range(20))
    inner: list[bytes | None] = []
    run(CAT, input=b"abc", stdout=lambda data: inner.append(run(CAT, input=data).stdout))
    assert inner == [b"abc"]


def test_threads_with_small_stacks_do_not_end_the_process() -> None:
    before = threading.stack_size(256 << 10)
    try:
        assert isinstance(run(program("(call 6)", wasi=WASI + "(func $f call $f)")).trap, StackOverflowTrap)
        assert threading.stack_size() == 256 << 10
    finally:
        threading.stack_size(before)


def test_type_checkers_know_what_is_given_and_returned(tmp_path: Path) -> None:
    snippet = """
import io
import sys
from pathlib import Path
from wasmtime_gen import INHERIT, STDOUT, Capture, WritableDir, run
result = run("a.wasm", ["x"], input=b"", env={"A": "1"}, dirs={"/": WritableDir("x")}, timeout=1, fuel=2, memory=3)
reveal_type(result)  # CompletedProgram
reveal_type(result.stdout)  # bytes | None
reveal_type(result.trap)  # Trap | None
run(Path("a"), input=sys.stdin.buffer, stdout=print, stderr=STDOUT, env=INHERIT)
run(b"", input=lambda size: b"", stdout=io.BytesIO(), stderr=Capture(5), capture=False)
run(5)  # error: arg-type
run(b"", timeout="1")  # error: arg-type
"""
    check_snippet(snippet, tmp_path)
