"""How long work is stopped: it asks `should_stop` between its steps."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Cancelled


def never() -> bool:
    """A `should_stop` for callers that never stop."""
    return False


def go_on(should_stop: Callable[[], bool]) -> None:
    """Returns if the work is to go on.

    Raises:
        Cancelled: it is not.
    """
    if should_stop():
        raise Cancelled("stopped on request.")
