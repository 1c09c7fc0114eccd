"""The real headers of the version under test, and what a C compiler makes of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi

from codegen import config, model, pipeline, sources
from tests.capi import c_facts
from tests.capi.subject import API


@pytest.fixture(scope="session")
def library() -> Path:
    """The library that the package under test opened."""
    return Path(wasmtime_capi.library()._name)


@pytest.fixture(scope="session")
def source(crate_source: Callable[..., sources.Source]) -> sources.Source:
    return crate_source(API.version)


@pytest.fixture(scope="session")
def headers(source: sources.Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the headers, with conf.h rendered for the features of the version under test."""
    folder = tmp_path_factory.mktemp("include")
    texts = dict(source.headers)
    texts["wasmtime/conf.h"], _ = sources.render_conf(texts.pop("wasmtime/conf.h.in"), set(API.features))
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="session")
def in_c(source: sources.Source) -> model.Api:
    """What clang reads in the headers, before any rule of the allowlist renames it."""
    return pipeline.read(source, config.load())[0]


@pytest.fixture(scope="session")
def build(c_compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """build(text, *flags): the program or library that the C compiler makes of this text."""

    def build_(text: str, *flags: str) -> Path:
        folder = tmp_path_factory.mktemp("c")
        (folder / "program.c").write_text(text)
        command = [c_compiler, "-std=gnu11", "-o", "program", "program.c", *flags]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return folder / "program"

    return build_


@pytest.fixture(scope="session")
def compile_c(build: Callable[..., Path], headers: Path) -> Callable[..., Path]:
    """compile_c(text, *flags): the same, of a text that includes wasmtime.h."""
    return lambda text, *flags: build(text, f"-I{headers}", *flags)


@pytest.fixture(scope="session")
def c_says(compile_c: Callable[..., Path], in_c: model.Api) -> dict[str, Any]:
    """The facts that the C compiler knows, told by a program: see c_facts."""
    program = compile_c(c_facts.program(API, in_c))
    told = subprocess.run([os.fspath(program)], capture_output=True, text=True, check=True)
    facts: dict[str, Any] = json.loads(told.stdout)
    return facts


@pytest.fixture(scope="session")
def c_macros(c_compiler: str, headers: Path) -> dict[str, str]:
    """Each macro that is defined after `#include <wasmtime.h>`, and not by the standard headers that it includes."""

    def defined(text: str) -> dict[str, str]:
        command = [c_compiler, "-std=gnu11", f"-I{headers}", "-E", "-dM", "-xc", "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        return {line.split()[1]: line.partition(" ")[2] for line in done.stdout.splitlines()}

    standard = ["assert", "stdalign", "stdbool", "stddef", "stdint", "stdio", "stdlib", "string"]
    foreign = defined("\n".join(f"#include <{name}.h>" for name in standard))
    return {name: text for name, text in defined("#include <wasmtime.h>").items() if name not in foreign}
