"""Runs for ever, whatever is raised."""


def run(text: str) -> str:
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
