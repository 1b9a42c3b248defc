"""The loop over a job's frames: reading ahead, making, writing behind, telling."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from platekey.core.errors import Cancelled
from platekey.core.frames.frame import Frame
from platekey.core.frames.pipeline import WriteBehind, read_ahead
from platekey.core.stopping import go_on

from .frame_files import FrameFiles
from .tally import Tally

Inputs = TypeVar("Inputs")


@dataclass(frozen=True)
class Made:
    """A frame that is ready to be written: the pictures of FrameFiles.paths, and the report."""

    pictures: Callable[[], dict[str, Frame]]
    report: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class _Timed:
    made: Made
    seconds: float


@dataclass(frozen=True)
class _Written:
    paths: dict[str, str]
    seconds: float
    report: dict[str, dict[str, Any]]


def make_frames(
    frames: Iterable[int],
    *,
    read: Callable[[int], Inputs],
    make: Callable[[int, Inputs], Made],
    files: FrameFiles,
    tally: Tally,
    should_stop: Callable[[], bool],
) -> bool:
    """Makes and writes frames; one that fails is told and does not stop the others.

    Args:
        frames: to make, in order.
        read: called on a thread of its own.
        make: called on the caller's thread; its pictures are called for on the writing thread.
        files: where they go.
        tally: what is told.
        should_stop: looked at before every frame; what was made by then is still written.

    Returns:
        Whether it was not cancelled.
    """

    def timed(frame: int, inputs: Inputs | Exception) -> _Timed:
        go_on(should_stop)
        if isinstance(inputs, Exception):
            raise inputs
        started = time.monotonic()
        return _Timed(make(frame, inputs), time.monotonic() - started)

    def write(frame: int, item: _Timed) -> _Written:
        started = time.monotonic()
        paths = files.write(frame, item.made.pictures())
        seconds = item.seconds + time.monotonic() - started
        return _Written(paths, seconds, item.made.report)

    def tell_finished() -> None:
        for frame, outcome in writer.finished():
            if isinstance(outcome, Exception):
                tally.fail(frame, outcome)
            elif isinstance(outcome, _Written):
                tally.done(frame, outcome.paths, outcome.seconds, outcome.report)

    finished = True
    with WriteBehind(write, depth=1) as writer:
        for frame, inputs in read_ahead(read, frames):
            try:
                writer.put(frame, timed(frame, inputs))
            except Cancelled:
                finished = False
                break  # and not further: what is made is written on leaving the block
            except Exception as error:
                tally.fail(frame, error)
            tell_finished()
    tell_finished()
    return finished
