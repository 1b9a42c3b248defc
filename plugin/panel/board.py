"""The jobs of a host, as its panel shows them; set from any thread. Python 3.7, stdlib."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from platekey.core import protocol

RUNNING, PAUSED, DONE, FAILED, CANCELLED = "running", "paused", "done", "failed", "cancelled"
_CANCELLED = 5  # the exit code of a result
_LINES = 500  # of a log
_POINTS = 2000  # of a curve; beyond, every second one is dropped


def nothing() -> None:
    """What a job does that cannot be started again."""


class Job:
    """One solve or tune, from its start over pauses to its end.

    Attributes:
        title: for people, as a rule the node's full name.
        kind: "solve" or "tune".
        state: one of the words above.
        done: part of it, 0 to 1.
        message: a sentence on how it goes, or how it ended.
        curves: by name ("loss", "score") points of step and value.
        sheet: file of the contact sheet, or "".
        stop: set when the job is to end within a frame or a step.
    """

    def __init__(self, title: str, kind: str, again: Callable[[], None] = nothing) -> None:
        """`again` starts it once more from where it was stopped, on the panel's thread."""
        self.title, self.kind = title, kind
        self.state, self.done, self.message, self.sheet = RUNNING, 0.0, "starting", ""
        self.curves: dict[str, list[tuple[int, float]]] = {"loss": [], "score": []}
        self.stop = threading.Event()
        self.warnings: list[str] = []
        self.failures: list[str] = []
        self._again = again
        self._started = time.monotonic()
        self._left: float | None = None
        self._wanted = CANCELLED
        self._log: deque[str] = deque(maxlen=_LINES)
        self._lock = threading.Lock()

    @property
    def is_running(self) -> bool:
        """Whether it has not come to an end."""
        return self.state == RUNNING

    @property
    def can_resume(self) -> bool:
        """Whether resuming does anything."""
        return self.state in (PAUSED, CANCELLED, FAILED) and self._again is not nothing

    @property
    def seconds_left(self) -> float | None:
        """Of a running job: what it says itself, else from the time it took so far."""
        if not self.is_running:
            return None
        if self._left is not None:
            return self._left
        if self.done < 0.02:
            return None
        return (time.monotonic() - self._started) * (1 - self.done) / self.done

    def log(self) -> list[str]:
        """The last lines."""
        with self._lock:
            return list(self._log)

    def note(self, line: str) -> None:
        """Adds a line, with the time of day."""
        with self._lock:
            self._log.append(f"{time.strftime('%H:%M:%S')} {line}")

    def pause(self) -> None:
        """Stops it within a frame or a step; what is done is kept, and it can go on."""
        self._wanted = PAUSED
        self.stop.set()

    def cancel(self) -> None:
        """Stops it within a frame or a step; what is done is kept."""
        self._wanted = CANCELLED
        self.stop.set()

    def resume(self) -> None:
        """Starts it again where it was stopped."""
        if self.can_resume:
            self._again()

    def tell(self, event: Any) -> None:
        """Takes one of the protocol's events."""
        if isinstance(event, protocol.Progress):
            self.done = min(1.0, max(0.0, event.done))
            self.message = event.message or self.message
        elif isinstance(event, protocol.Trained):
            self._trained(event)
        elif isinstance(event, protocol.Warning):
            self.warnings.append(event.message)
            self.note(f"warning: {event.message}")
        elif isinstance(event, protocol.FrameDone):
            self.note(f"frame {event.frame} {'was there' if event.skipped else 'is done'}")
        elif isinstance(event, protocol.FrameFailed):
            self.failures.append(f"{event.frame}: {event.message}")
            self.note(f"frame {event.frame} failed: {event.message}")
        elif isinstance(event, protocol.Error):
            self.end(FAILED, f"{event.message}\nlog: {event.log}")
        elif isinstance(event, protocol.Result):
            self._result(event)

    def end(self, state: str, message: str) -> None:
        """It is over."""
        self.state, self.message = state, message
        if state == DONE:
            self.done = 1.0
        self.note(f"{state}: {message}")

    def _result(self, event: protocol.Result) -> None:
        if event.exit_code == _CANCELLED:
            self.end(self._wanted, "stopped; what is done is kept")
        elif self.failures or event.exit_code:
            self.end(FAILED, "\n".join([f"{len(self.failures)} frames failed", *self.failures[:1]]))
        else:
            self.end(DONE, self.message if self.kind == "tune" else "done")

    def _trained(self, event: protocol.Trained) -> None:
        if event.message:
            self.message = event.message
            self.note(event.message)
        left = event.figures.get("seconds_left")
        self._left = self._left if left is None else left
        self.sheet = event.outputs.get("sheet", self.sheet)
        if "loss_total" in event.figures:
            self._point("loss", event.step, event.figures["loss_total"])
        elif "score" in event.figures and "weights" not in event.outputs:  # else the verdict's
            self._point("score", event.step, event.figures["score"])

    def _point(self, name: str, step: int, value: float) -> None:
        points = self.curves[name]
        if points and points[-1][0] >= step:  # after a resume, from an earlier checkpoint
            points = [point for point in points if point[0] < step]
        if len(points) >= _POINTS:
            points = points[::2]
        self.curves[name] = [*points, (step, value)]  # a new list: the panel may be drawing


class Board:
    """The jobs, oldest first."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def add(self, job: Job) -> Job:
        """Puts a job on it, in the place of an ended one of the same title and kind."""
        with self._lock:
            name = (job.title, job.kind)
            kept = [i for i in self._jobs if i.is_running or (i.title, i.kind) != name]
            self._jobs = [*kept, job]
        return job

    def jobs(self) -> list[Job]:
        """All of them."""
        with self._lock:
            return list(self._jobs)

    def remove_ended(self) -> None:
        """Takes those off that are over."""
        with self._lock:
            self._jobs = [job for job in self._jobs if job.is_running]
