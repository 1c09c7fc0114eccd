"""`wasmtime-gen`, or `python -m wasmtime_gen`: the command line, if its libraries are installed."""

from __future__ import annotations

import sys


def main() -> int:
    try:
        import click  # noqa: F401
        import rich  # noqa: F401

        from wasmtime_gen.cli.commands import main

        return main()
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        print(
            f"wasmtime-gen needs {error.name}, which is not installed. Get it with: pip install 'wasmtime_gen[cli]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:  # importing takes most of the time of a short command
        return 130


if __name__ == "__main__":
    sys.exit(main())
