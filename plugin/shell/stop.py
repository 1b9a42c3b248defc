"""Ctrl+C and a farm's SIGTERM, turned into the flag that long work looks at."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_MESSAGE = b"\nplatekey: stopping, what is written is whole; once more to stop at once\n"


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Yields the flag. The first signal sets it; a second one ends the process as usual.

    A signal that whoever started us had ignored (nohup) stays ignored.
    """
    stop = threading.Event()
    before: dict[int, Any] = {}

    def ask(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[number])
        os.write(2, _MESSAGE)  # print is not safe in a signal handler

    for awaited in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(awaited)
        if handler is not signal.SIG_IGN:
            before[awaited] = signal.SIG_DFL if handler is None else handler
            signal.signal(awaited, ask)
    try:
        yield stop.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
