"""The compile cache: what was compiled once is loaded, what is not whole or not ours is not."""

from __future__ import annotations

import errno
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wasmtime_gen import CompileCache, Engine, Linker, Module, Store, ValidationError, _compiling, wat2wasm
from wasmtime_gen._image import pack

TEXT = '(module $cached (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'
WASM = wat2wasm(TEXT)

needs_users = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions by user are those of POSIX")


@pytest.fixture
def cache(tmp_path: Path) -> CompileCache:
    return CompileCache(tmp_path / "cache")


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was compiled, in order."""
    seen: list[bytes] = []
    compile = _compiling.compiled

    def compiled(engine: Engine, binary: bytes) -> object:
        seen.append(binary)
        return compile(engine, binary)

    monkeypatch.setattr(_compiling, "compiled", compiled)
    return seen


def add(module: Module) -> object:
    return Linker(module.engine).instantiate(Store(module.engine), module).exports.add(40, 2)


def entry(cache: CompileCache) -> Path:
    (only,) = Path(cache.directory).iterdir()
    return only


def test_a_module_is_compiled_once(engine: Engine, cache: CompileCache, compilations: list[bytes]) -> None:
    assert not cache.has(engine, WASM)
    first = Module(engine, WASM, cache=cache)
    assert cache.has(engine, WASM)
    for kind in (bytes, bytearray, memoryview):
        assert cache.has(Engine(), kind(WASM))
    second = Module(Engine(), WASM, cache=cache)
    assert compilations == [WASM]
    assert add(first) == add(second) == 42
    assert first.name == second.name == "cached"


def test_all_ways_to_make_a_module_take_a_cache(engine: Engine, tmp_path: Path, compilations: list[bytes]) -> None:
    text, binary, directory = tmp_path / "m.wat", tmp_path / "m.wasm", tmp_path / "cache"
    text.write_text(TEXT)
    binary.write_bytes(WASM)
    for module in (
        Module(engine, WASM, cache=directory),
        Module.from_binary(engine, WASM, cache=str(directory)),
        Module.from_text(engine, TEXT, cache=CompileCache(directory)),
        Module.from_file(engine, text, cache=directory),
        Module.from_file(engine, binary, cache=directory),
    ):
        assert add(module) == 42
    assert compilations == [WASM]


def test_other_wasm_and_other_options_are_other_entries(cache: CompileCache, compilations: list[bytes]) -> None:
    other = wat2wasm(TEXT.replace("cached", "others"))
    Module(Engine(), WASM, cache=cache)
    assert not cache.has(Engine(), other)
    assert not cache.has(Engine(consume_fuel=True), WASM)
    assert cache.has(Engine(parallel_compilation=False), WASM)
    Module(Engine(consume_fuel=True), WASM, cache=cache)
    Module(Engine(), other, cache=cache)
    assert len(list(Path(cache.directory).iterdir())) == len(compilations) == 3
    assert Module(Engine(), other, cache=cache).name == "others"


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "of other wasm", "no image"])
def test_a_damaged_entry_is_compiled_again_and_rewritten(
    engine: Engine, cache: CompileCache, compilations: list[bytes], damage: str
) -> None:
    Module(engine, WASM, cache=cache)
    path = entry(cache)
    whole = path.read_bytes()
    other = Module.from_text(engine, "(module $other)")
    path.write_bytes(
        {
            "flipped": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
            "cut": whole[:-1],
            "empty": b"",
            "of other wasm": pack(other._use(), wat2wasm("(module $other)"), engine.config),
            "no image": b"\x7fELF",
        }[damage]
    )
    assert not cache.has(engine, WASM)
    assert add(Module(engine, WASM, cache=cache)) == 42
    assert [wasm for wasm in compilations if wasm == WASM] == [WASM, WASM]
    assert path.read_bytes() == whole
    assert cache.has(engine, WASM)


@needs_users
def test_a_link_a_pipe_and_a_file_that_others_can_write_are_no_entries(engine: Engine, cache: CompileCache) -> None:
    Module(engine, WASM, cache=cache)
    path = entry(cache)
    elsewhere = path.parent.parent / "elsewhere"
    path.chmod(0o622)
    assert not cache.has(engine, WASM)
    path.rename(elsewhere)
    elsewhere.chmod(0o600)
    path.symlink_to(elsewhere)
    assert not cache.has(engine, WASM)
    path.unlink()
    os.mkfifo(path)
    assert not cache.has(engine, WASM)
    Module(engine, WASM, cache=cache)
    assert cache.has(engine, WASM)
    assert path.is_file()


@needs_users
def test_directory_and_entries_are_for_this_user_alone(engine: Engine, tmp_path: Path) -> None:
    cache = CompileCache(tmp_path / "a" / "cache")
    Module(engine, WASM, cache=cache)
    assert Path(cache.directory).stat().st_mode & 0o777 == 0o700
    assert entry(cache).stat().st_mode & 0o777 == 0o600


@needs_users
@pytest.mark.parametrize("mode", [0o777, 0o720, 0o1777, 0o702])
def test_a_directory_that_others_can_write_to_is_refused(engine: Engine, tmp_path: Path, mode: int) -> None:
    cache = CompileCache(tmp_path / "cache")
    (tmp_path / "cache").chmod(mode)
    message = re.escape(
        f"other users can write to it (its mode is {mode:o}) and could put other code there. Remove what it"
    )
    for attempt in (
        lambda: CompileCache(tmp_path / "cache"),
        lambda: cache.has(engine, WASM),
        lambda: Module(engine, WASM, cache=cache),
        lambda: Module(engine, WASM, cache=tmp_path / "cache"),
    ):
        with pytest.raises(PermissionError, match=message) as caught:
            attempt()
    assert caught.value.filename == str(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@needs_users
def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    message = f"it belongs to user {user}, who could put other code there. Give one that belongs to user {user + 1}"
    with pytest.raises(PermissionError, match=message):
        CompileCache(tmp_path)


def test_what_cannot_be_a_directory_is_told(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=r"the compile cache cannot be made: .* Give one that this user can write to"):
            Module(engine, WASM, cache=path)
    with pytest.raises(TypeError, match="a cache is a CompileCache or the path of a directory, not int"):
        Module(engine, WASM, cache=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a cache is a CompileCache or the path of a directory, not bytes"):
        Module(engine, WASM, cache=b"cache")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a cache needs the path of a directory, which is empty here"):
        Module(engine, WASM, cache="")


def test_what_cannot_be_written_is_told(
    engine: Engine, cache: CompileCache, monkeypatch: pytest.MonkeyPatch, compilations: list[bytes]
) -> None:
    def replace(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", replace)
    message = "the compile cache cannot be written to: No space left on device. Give one that this user can write to"
    with pytest.raises(OSError, match=message) as caught:
        Module(engine, WASM, cache=cache)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, cache.directory)
    assert list(Path(cache.directory).iterdir()) == []


@needs_users
def test_a_directory_that_cannot_be_written_to_still_serves(
    engine: Engine, cache: CompileCache, monkeypatch: pytest.MonkeyPatch, compilations: list[bytes]
) -> None:
    Module(engine, WASM, cache=cache)
    Path(cache.directory).chmod(0o500)
    assert add(Module(engine, WASM, cache=cache)) == 42
    if os.geteuid():  # root may write anywhere
        with pytest.raises(PermissionError, match="the compile cache cannot be written to: Permission denied"):
            Module.from_text(engine, "(module)", cache=cache)
    Path(cache.directory).chmod(0o700)


def test_a_removed_directory_comes_back(engine: Engine, cache: CompileCache) -> None:
    Path(cache.directory).rmdir()
    Module(engine, WASM, cache=cache)
    assert cache.has(engine, WASM)


def test_errors_of_the_compiler_come_out_and_leave_nothing(engine: Engine, cache: CompileCache) -> None:
    broken = wat2wasm("(module (func))") + b"\xff"
    with pytest.raises(ValidationError, match="at offset"):
        Module(engine, broken, cache=cache)
    with pytest.raises(TypeError, match=r"a str in the text format goes to Module\.from_text"):
        cache.has(engine, "(module)")  # type: ignore[arg-type]
    assert list(Path(cache.directory).iterdir()) == []


def test_a_cache_travels_and_shows_its_directory(cache: CompileCache) -> None:
    assert pickle.loads(pickle.dumps(cache)).directory == cache.directory
    assert repr(cache) == f"CompileCache({cache.directory!r})"


def test_a_path_is_kept_when_the_current_directory_changes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cache = CompileCache("cache")
    assert cache.directory == str(tmp_path / "cache")


def test_processes_may_write_the_same_entries_at_once(engine: Engine, cache: CompileCache) -> None:
    program = """
import sys
from wasmtime_gen import CompileCache, Engine, Linker, Module, Store
cache, engine = CompileCache(sys.argv[1]), Engine()
for turn in range(40):
    text = f'(module (func (export "run") (result i32) (i32.const {turn % 10})))'
    module = Module.from_text(engine, text, cache=cache)
    assert Linker(engine).instantiate(Store(engine), module).exports.run() == turn % 10
    import os
    if turn % 10 == 9:
        for name in os.listdir(cache.directory):
            if name.endswith(".image"):
                try: os.unlink(os.path.join(cache.directory, name))
                except FileNotFoundError: pass
"""
    command = [sys.executable, "-c", program, cache.directory]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(each.communicate(timeout=60)[1], each.returncode) for each in running] == [("", 0)] * 3
    assert all(path.suffix == ".image" for path in Path(cache.directory).iterdir())
