"""The options of Config in the reference: each stands in the code as a call that holds its default and its text."""

from __future__ import annotations

from typing import Any

import griffe

from wasmtime_gen._config.keywords import Options
from wasmtime_gen._config.options import ConfigOptions


class ConfigOption(griffe.Extension):
    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        # Postponed annotations of a TypedDict are kept as forward references.
        type_ = Options.__annotations__.get(attr.name)
        if type_ is None or attr.parent is None or attr.parent.name != ConfigOptions.__name__:
            return
        attr.docstring = griffe.Docstring(getattr(ConfigOptions, attr.name).__doc__, parent=attr)
        attr.annotation = type_.__forward_arg__
        attr.value = None
