"""A host for plug-ins that nobody trusts, written in WAT, C or Python: see README.md, which is a tutorial.

What happens to a text: `__main__` gives it to the PluginHost (`host`), which finds the plug-in in its folder (`folder`)
and opens a Session: what this run may ask for, within its Budget. The plug-in is a module that talks through its memory
(`linear`), or a script in a CPython that talks in lines (`script`); both offer the Protocol Host (`api`). The run ends
in an Outcome, whatever the plug-in did. `pool` does the same in several processes.
"""

from .api import Budget, Host, Outcome
from .host import PluginHost, Settings
from .pool import spread

__all__ = ["Budget", "Host", "Outcome", "PluginHost", "Settings", "spread"]
