"""A request to the worker as Blender follows it: nothing waits, everything is asked for.

Standard library: a job's thread never touches bpy.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

from platekey.core import protocol
from platekey.core.errors import WorkerError
from platekey.plugin.client import WorkerClient

CANCELLED = 5  # the exit code of a result
PATIENCE = 60.0  # seconds between a cancel and the end of a worker that does not listen


class Job:
    """One request, from its start to its Result or Error.

    Attributes:
        done: part of it, 0 to 1.
        message: for a progress bar.
        failures: a sentence for each frame that failed.
        warnings: for the artist.
        outputs: of the last frame that is whole, pass to file; of a tune, its files by name.
        end: the Result or Error, once it is there.
    """

    def __init__(
        self,
        client: WorkerClient,
        task: str,
        arguments: dict[str, Any],
        end_worker: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        """Hands the request to the worker.

        Args:
            client: the worker, started.
            task: as in the protocol.
            arguments: of the task.
            end_worker: ends a worker that does not listen.
            patience: seconds between a cancel and end_worker.

        Raises:
            WorkerDied: the worker has ended.
        """
        self.done = 0.0
        self.message = "starting"
        self.failures: list[str] = []
        self.warnings: list[str] = []
        self.outputs: dict[str, str] = {}
        self.end: protocol.Result | protocol.Error | None = None
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._client, self._end_worker, self._patience = client, end_worker, patience
        self._number = self._client.submit(task, arguments, self._events.put)
        self._asked = 0.0

    def follow(self, seconds: float = 0.0) -> bool:
        """Takes what has happened, after at most `seconds`; False once the job has ended.

        Raises:
            WorkerError: the worker did not listen to a cancel, and was ended.
        """
        wait = seconds
        while self.end is None:
            try:
                self._take(self._events.get(timeout=wait) if wait else self._events.get_nowait())
            except queue.Empty:
                break
            wait = 0.0
        waited = time.monotonic() - self._asked if self._asked else 0.0
        if self.end is None and waited > self._patience:
            self._end_worker()
            raise WorkerError("the worker did not listen to the cancel and was ended; start again.")
        return self.end is None

    def cancel(self) -> None:
        """Asks to stop within a frame or a step."""
        if not self._asked:
            self._client.cancel(self._number)
            self._asked = time.monotonic()
            self.message = "cancelling"

    @property
    def is_cancelled(self) -> bool:
        """Whether it ended because it was cancelled."""
        return isinstance(self.end, protocol.Result) and self.end.exit_code == CANCELLED

    @property
    def is_solved(self) -> bool:
        """Whether there is a result to show."""
        return isinstance(self.end, protocol.Result) and bool(self.end.written or self.end.skipped)

    @property
    def exit_code(self) -> int:
        """As the command line has it."""
        return 1 if self.end is None else self.end.exit_code

    def verdict(self) -> tuple[str, bool]:
        """How it ended, for the artist, and whether that is as it should be."""
        if isinstance(self.end, protocol.Error):
            return f"{self.end.message} Log: {self.end.log}", False
        if self.is_cancelled:
            return "cancelled", True
        if self.failures:
            return f"{len(self.failures)} frames failed. {self.failures[0]}", False
        return "done", True

    def _take(self, event: Any) -> None:
        if isinstance(event, (protocol.Result, protocol.Error)):
            self.end = event
        elif isinstance(event, protocol.Progress):
            self.done = event.done
            self.message = event.message if not self._asked else self.message
        elif isinstance(event, protocol.FrameDone):
            self.outputs = dict(event.outputs)
        elif isinstance(event, protocol.Trained):
            self.outputs.update(event.outputs)
            self.message = self.message if self._asked else event.message or self.message
        elif isinstance(event, protocol.FrameFailed):
            self.failures.append(f"{event.frame}: {event.message}")
        elif isinstance(event, protocol.Warning):
            self.warnings.append(event.message)
