"""Engine: what compiles and what is configured once, shared by stores and modules of any thread."""

from __future__ import annotations

import sys

from wasmtime_gen._handle import Handle, checked, own
from wasmtime_gen._raw import raw
from wasmtime_gen._signals import remember
from wasmtime_gen._stack import enough, expect, need_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from wasmtime_gen._config.config import Config
    from wasmtime_gen._config.keywords import Options
    from wasmtime_gen._pulse import Pulse
    from wasmtime_gen._ticker import Ticker


class Engine(Handle):
    """Compiles modules, and holds the configuration that its modules and stores share. Any thread may use it.

    Options can be given as a Config or directly:

    >>> from wasmtime_gen import Config, Engine
    >>> Engine(Config(consume_fuel=True)).config == Engine(consume_fuel=True).config
    True
    """

    __slots__ = ("_config", "_need", "_pulse")
    _config: Config | None  # None for the default one, which most programs never look at
    _need: int  # what guests may take of the stack
    _pulse: Pulse | None  # of an interruptible engine

    def __init__(self, config: Config | None = None, **options: Unpack[Options]) -> None:
        self._first_init()
        enough()
        if config is None and not options and sys.platform != "darwin":
            native = raw.wasm_config_new()
        else:
            from wasmtime_gen._config.config import Config

            config = Config() if config is None else checked(config, Config, "config")
            if options:
                config = config.replace(**options)
            native = config._make_native()
        self._need = need_of(config)
        expect(self._need)
        # The native config is eaten, also by a failure.
        owned = self._own(raw.wasm_engine_new_with_config(native), raw.wasm_engine_delete)
        self._config = config
        remember(config)
        self._pulse = None
        if config is not None and config._options.get("interruptible"):
            from wasmtime_gen._pulse import Pulse

            self._pulse = Pulse(owned)

    @property
    def config(self) -> Config:
        """The configuration that the engine was made with."""
        if self._config is None:
            from wasmtime_gen._config.config import Config

            self._config = Config()
        return self._config

    def increment_epoch(self) -> None:
        """Count the epoch up by one tick. Stores whose deadline that passes interrupt their guests."""
        native = own(self, Engine)
        raw.wasmtime_engine_increment_epoch(native.pointer)

    def close(self) -> None:
        """Free the engine when its modules and stores are gone, which can be used until then."""
        super().close()

    def _free(self) -> None:
        self._pulse = None
        super()._free()

    @property
    def is_pulley(self) -> bool:
        """True if guests run in the interpreter Pulley instead of as machine code."""
        native = own(self, Engine)
        return bool(raw.wasmtime_engine_is_pulley(native.pointer))

    def ticker(self, interval: float = 0.01) -> Ticker:
        """Count the epoch up every `interval` seconds in a background thread, for as long as the `with` block lasts.

        Raises WasmtimeError in an engine without `epoch_interruption=True`, whose guests do not look at it.

        >>> from wasmtime_gen import Engine
        >>> with Engine(epoch_interruption=True) as engine, engine.ticker(0.01):
        ...     pass
        """
        from wasmtime_gen._ticker import Ticker

        made = Ticker(self, interval)
        self._use()
        self._need_ticks()
        return made

    def _need_ticks(self) -> None:
        """Refuse what would have no effect."""
        if not self.config.effective("epoch_interruption"):
            from wasmtime_gen._errors import WasmtimeError

            raise WasmtimeError(
                "guests of this engine do not look at its epoch, and would run on: make it with "
                "Engine(epoch_interruption=True)"
            )

    def __repr__(self) -> str:
        return f"<Engine{' (closed)' if self.closed else ''} {self.config!r}>"
