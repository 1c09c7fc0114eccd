"""Serialized modules: the library's image of machine code, made safe to load again.

Loading an image that was changed crashes the process (3 of 400 single changed bytes did), and the library does not
compare all that matters (cranelift_nan_canonicalization, say). So behind its image stand the wasm that was compiled,
which names, custom sections and types of tables are read from; the circumstances as text; and a trailer with the
sizes, the SHA-256 of everything before it, the version of this form and a mark. All of it is checked before native code
sees it. The digest notices accidents: it is no signature of whoever made the image.
"""

from __future__ import annotations

import sys
from _struct import Struct
from hashlib import sha256

from wasmtime_capi import library
from wasmtime_capi.cdata import byref, c_void_p, string_at
from wasmtime_capi.version import VERSION

from wasmtime_gen._config.options import BY_HAND, PLAIN
from wasmtime_gen._config.rules import machine
from wasmtime_gen._errors import ImageError
from wasmtime_gen._handle import Native, owning
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._trap import take_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._config.config import Config
    from wasmtime_gen._engine import Engine

FORM = 1
_MARK = b"wasmtime_gen img"
_SIZES = Struct("<3Q")  # of the library's image, the wasm and the text
_TRAILER = Struct("<3Q32sI16s")
# Options that neither change the code nor what it may do; the library loads images of engines that differ in them.
# What a new release brings is not among them.
INDIFFERENT = frozenset(
    {
        "async_stack_size",
        "cache",
        "cranelift_debug_verifier",
        "macos_use_mach_ports",
        "interruptible",  # what of it changes the code is epoch_interruption
        "max_wasm_stack",
        "memory_reservation_for_growth",
        "parallel_compilation",
        "profiler",
    }
)
_OPTIONS = sorted({*PLAIN, *BY_HAND} - INDIFFERENT)
_AGAIN = "Compile the module again and serialize that"


def pack(native: Native, wasm: bytes, config: Config) -> bytes:
    """The image of a native module that was compiled from `wasm` with `config`."""
    image, text = native_image(native), circumstances(config).encode()
    sizes = _SIZES.pack(len(image), len(wasm), len(text))
    digest = sha256(image)
    for part in (wasm, text, sizes):
        digest.update(part)
    return b"".join((image, wasm, text, sizes, digest.digest(), FORM.to_bytes(4, "little"), _MARK))


def unpack(engine: Engine, image: bytes) -> tuple[Native, bytes]:
    """The native module in an image, and the wasm that it was compiled from.

    Raises ImageError, before native code sees it, for anything but an unchanged image that this version of the library
    wrote for an engine like this.
    """
    asked = engine._use()
    size, wasm = _checked(engine.config, image)
    return native_from_image(asked, image, size), wasm


def _checked(config: Config, image: bytes) -> tuple[int, bytes]:
    """The size of the library's image within an image, and the wasm."""
    native, wasm, found = parts(image)
    expected = circumstances(config)
    if found != expected:
        raise ImageError(f"this image was compiled {_difference(found, expected)}. {_AGAIN}")
    return native, wasm


def parts(image: bytes) -> tuple[int, bytes, str]:
    """The size of the library's image within an image, the wasm, and the circumstances. Raises ImageError."""
    start = len(image) - _TRAILER.size
    if start < 0 or not image.endswith(_MARK):
        if image.startswith(b"\0asm"):
            raise ImageError(
                "this is WebAssembly, not an image of a compiled module: compile it with Module(engine, wasm)"
            )
        raise ImageError(
            "this is no image that module.serialize() wrote, or its end is missing: the mark at the end is not there. "
            f"{_AGAIN}; images of other programs can be loaded by Module.deserialize_unsafe"
        )
    *sizes, digest, form, _ = _TRAILER.unpack_from(image, start)
    if form != FORM:
        raise ImageError(f"this image has the form {form}, and this wasmtime_gen reads form {FORM}. {_AGAIN}")
    if sum(sizes) != start:
        raise ImageError(f"this image should be {sum(sizes) + _TRAILER.size} bytes long, but is {len(image)}. {_AGAIN}")
    # What the digest covers: all before it.
    if sha256(memoryview(image)[: start + _SIZES.size]).digest() != digest:
        raise ImageError(f"this image was changed after it was written: its SHA-256 is another one. {_AGAIN}")
    native, wasm, _ = sizes
    return native, image[native : native + wasm], image[native + wasm : start].decode(errors="replace")


def circumstances(config: Config) -> str:
    """What an image is good for: library, machine, and all options that matter, one a line."""
    options = [f"{name}={config.effective(name)!r}" for name in _OPTIONS]
    return "\n".join((f"wasmtime {_version()}", f"{sys.platform} on {machine()}", *options))


def _difference(found: str, expected: str) -> str:
    given, wanted = found.split("\n"), expected.split("\n")
    if given[:1] != wanted[:1]:
        return f"by {given[0]}, but this process runs {wanted[0]}"
    if given[1:2] != wanted[1:2]:
        return f"for {''.join(given[1:2])}, but this machine is {wanted[1]}"
    lacking = [line for line in given if line not in wanted]
    other = [line for line in wanted if line not in given]
    return f"with {', '.join(lacking) or 'fewer options'}, but the engine has {', '.join(other) or 'none of them'}"


_versions: list[str] = []


def _version() -> str:
    """The exact version of the library, which may be another patch release than the bindings."""
    if not _versions:
        from wasmtime_capi._library import _MARK as mark
        from wasmtime_capi._library import version_of

        exact = hasattr(library(), mark + VERSION.replace(".", "_"))
        _versions.append(VERSION if exact else version_of(library()._name))
    return _versions[0]


def native_image(native: Native) -> bytes:
    """The library's own image of a native module."""
    out = Vec()
    error = raw.wasmtime_module_serialize(native.pointer, byref(out))
    if error:
        raise take_error(error, ImageError)
    try:
        return string_at(out[1], out[0])
    finally:
        raw.wasm_byte_vec_delete(byref(out))


def native_from_image(engine: Native, image: bytes, size: int) -> Native:
    """The native module in the first `size` bytes. Raises ImageError when the library refuses; it may crash instead."""
    pointer = c_void_p()
    error = raw.wasmtime_module_deserialize(engine.pointer, image, size, byref(pointer))
    if error:
        raise take_error(error, ImageError)
    return owning(pointer.value, raw.wasmtime_module_delete)
