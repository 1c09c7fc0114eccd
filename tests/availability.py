"""What a test does where something it needs cannot be had."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip, with the reason; fail where CI_NO_SKIPS=1 says that everything is to be had."""
    if os.environ.get("CI_NO_SKIPS") == "1":
        pytest.fail(f"CI_NO_SKIPS=1, but {reason}", pytrace=False)
    pytest.skip(reason)
