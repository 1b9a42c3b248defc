"""Reading ahead and writing behind, so that the disk works while the solver does."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


def read_ahead(
    read: Callable[[int], T], frames: Iterable[int], *, depth: int = 2
) -> Iterator[tuple[int, T | Exception]]:
    """Yields every frame with what `read` returned for it, or with the exception that it raised.

    At most `depth` frames wait in memory. The thread ends with the iterator: when it is exhausted,
    closed, or when the caller leaves its loop; a read that runs then is waited for.

    Args:
        read: called on one thread, for one frame after the other.
        frames: in the order to read them.
        depth: how many frames are read beyond the one that is worked on.
    """
    remaining = iter(frames)
    waiting: deque[tuple[int, Future[T]]] = deque()
    reader = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
    try:
        for frame in itertools.islice(remaining, depth):
            waiting.append((frame, reader.submit(read, frame)))
        while waiting:
            frame, future = waiting.popleft()
            error = future.exception()
            for following in itertools.islice(remaining, 1):
                waiting.append((following, reader.submit(read, following)))
            if error is not None and not isinstance(error, Exception):
                raise error  # a keyboard interrupt or the like is no frame's own failure
            result: T | Exception = error if error is not None else future.result()
            del future  # the frame is the caller's alone now
            yield frame, result
            del result
    finally:
        reader.shutdown(wait=True, cancel_futures=True)


class WriteBehind(Generic[T]):
    """Writes on a thread of its own, in order, with a bounded number of frames waiting.

    Usage:
        with WriteBehind(write) as writer:
            for ...:
                writer.put(frame, picture)      # waits while the queue is full
                for frame, outcome in writer.finished(): ...
        for frame, outcome in writer.finished(): ...

    Leaving the block waits for all writes. Leaving it by an exception drops the frames that have
    not begun; the one that is being written is finished.
    """

    def __init__(self, write: Callable[[int, T], object], *, depth: int = 2) -> None:
        """Sets it up.

        Args:
            write: called with frame number and what was put; what it returns is its outcome.
            depth: how many frames may wait.
        """
        self._write = write
        self._room = threading.BoundedSemaphore(depth)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write-behind")
        self._pending: deque[tuple[int, Future[object]]] = deque()

    def __enter__(self) -> WriteBehind[T]:
        """The writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Waits for the thread."""
        self._pool.shutdown(wait=True, cancel_futures=error is not None)

    def put(self, frame: int, item: T) -> None:
        """Queues a frame; waits while `depth` frames are waiting or being written."""
        self._room.acquire()
        future = self._pool.submit(self._write, frame, item)
        future.add_done_callback(lambda _: self._room.release())
        self._pending.append((frame, future))

    def finished(self) -> Iterator[tuple[int, object | Exception]]:
        """Yields each frame that is done since the last call, with its outcome or its exception.

        After the block it yields all that is left; frames that were dropped are left out.
        """
        while self._pending and self._pending[0][1].done():
            frame, future = self._pending.popleft()
            if future.cancelled():
                continue
            error = future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield frame, error if error is not None else future.result()
