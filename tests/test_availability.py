"""A test that cannot have what it needs skips, and fails where everything is to be had."""

from __future__ import annotations

import pytest

from tests.availability import unavailable


def test_what_cannot_be_had_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_NO_SKIPS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^there is no compiler$"):
        unavailable("there is no compiler")


def test_what_cannot_be_had_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_NO_SKIPS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"^CI_NO_SKIPS=1, but there is no compiler$"):
        unavailable("there is no compiler")
