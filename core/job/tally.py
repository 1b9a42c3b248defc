"""The book-keeping of a job: which frame came to what, told to whoever listens."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from platekey.core import protocol
from platekey.core.errors import InputError, OutOfMemory, PlatekeyError

from .inputs import Warned
from .memory import resident_mib

Emit = Callable[[Any], None]

_CANCELLED, _SOME_FAILED, _DEFECT = 5, 4, 1  # exit codes, DESIGN.md section 6
_LOG = logging.getLogger(__name__)


class Tally:
    """Counts the frames of a job and emits an event for each.

    Args:
        emit: takes the events.
        count: number of frames of the job.
    """

    def __init__(self, emit: Emit, count: int) -> None:
        self._emit = emit
        self._count = count
        self._written: list[int] = []
        self._skipped: list[int] = []
        self._failures: dict[int, PlatekeyError] = {}
        self._told: set[str] = set()  # topics of warnings

    def progress(self, message: str, part: float = 0.0) -> None:
        """Tells what is done now; `part` of one more frame, 0 to 1, is done already."""
        ended = len(self._written) + len(self._skipped) + len(self._failures)
        done = min(1.0, (ended + part) / max(1, self._count))
        self._emit(protocol.Progress(done, message))

    def warn(self, frame: int | None, warned: Warned) -> None:
        """Tells a warning, one of a topic a job; `frame` is None if it is about the whole job."""
        if warned.topic not in self._told:
            self._emit(protocol.Warning(warned.message, frame))
        if warned.topic:
            self._told.add(warned.topic)

    def skip(self, frame: int, paths: dict[str, str]) -> None:
        """The frame was whole already."""
        self._skipped.append(frame)
        self._emit(protocol.FrameDone(frame, paths, skipped=True))

    def done(
        self, frame: int, paths: dict[str, str], seconds: float, report: Mapping[str, Any]
    ) -> None:
        """The frame is on disk."""
        self._written.append(frame)
        memory = resident_mib()
        self._emit(protocol.FrameDone(frame, paths, seconds, memory, report=plain(report)))
        self.progress(f"frame {frame} written")

    def fail(self, frame: int, error: Exception) -> None:
        """The frame cannot be made; the log keeps the trace of what is no fault of a file."""
        failure = _as_ours(error)
        trace = None if isinstance(error, InputError) else error
        _LOG.warning("frame %d failed: %s", frame, failure, exc_info=trace)
        self._failures[frame] = failure
        kind = failure.kind if type(failure) is not PlatekeyError else type(error).__name__
        self._emit(protocol.FrameFailed(frame, kind, str(failure)))
        self.progress(f"frame {frame} failed")

    def result(self, seconds: float, *, cancelled: bool) -> protocol.Result:
        """The end of the job.

        A defect of ours outweighs other failures; if not one frame was made, the exit code is that
        of the first failure.
        """
        codes = [error.exit_code for error in self._failures.values()]
        exit_code = 0
        if cancelled:
            exit_code = _CANCELLED
        elif _DEFECT in codes:
            exit_code = _DEFECT
        elif codes:
            exit_code = _SOME_FAILED if self._written or self._skipped else codes[0]
        return protocol.Result(
            exit_code, self._written, self._skipped, list(self._failures), seconds
        )


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python, torch or OpenCV had too little memory, on the CPU or a device."""
    if isinstance(error, (MemoryError, OutOfMemory)):
        return True
    text = str(error).lower()  # RuntimeError of torch and cv2.error have no class for it
    words = [
        "out of memory",
        "can't allocate memory",
        "not enough memory",
        "insufficient memory",
        "can't start new thread",  # there is none for its stack
        "resource temporarily unavailable",  # the same, in C++
    ]
    return type(error).__module__ in ("builtins", "torch", "cv2") and any(w in text for w in words)


def plain(value: Any) -> Any:
    """A report as plain JSON values: NaN and infinity become None, numpy's numbers Python's."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _as_ours(error: Exception) -> PlatekeyError:
    if isinstance(error, PlatekeyError):
        return error
    if is_out_of_memory(error):
        return OutOfMemory(
            "there is too little memory for this frame, with the smallest tile too; free some, "
            "use a larger machine, or crop the plate."
        )
    name = type(error).__name__
    return PlatekeyError(f"platekey failed with {name}: {error}; please report it with the log.")
