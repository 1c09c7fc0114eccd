"""What all that can be closed has in common."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Self


class Managed:
    """Base of what can be closed, and of types and errors, where closing does nothing: they own nothing here."""

    _core: Any = None  # the object of wasmtime_gen behind this one

    def close(self) -> None:
        """End this object: using it later raises ValueError. A second time it does nothing."""
        if hasattr(self._core, "close"):
            self._core.close()

    def ptr(self) -> NoReturn:
        """Raises TypeError: pointers are had from wasmtime_capi, which keeps nobody from a crash."""
        raise TypeError(
            f"the native pointer of a {type(self).__name__} is not given away: what is to be done with it can be done "
            "through wasmtime_gen, or through wasmtime_capi with pointers of its own"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Parts:
    """What a Config or WasiConfig was given so far, until that is closed or used up."""

    def __init__(self) -> None:
        self._given: dict[str, Any] | None = {}

    def of_open(self) -> dict[str, Any]:
        """The parts. Raises ValueError when they are gone."""
        if self._given is None:
            raise ValueError("already closed")
        return self._given

    def close(self) -> None:
        self._given = None
