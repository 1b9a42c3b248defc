"""The hosts' side of the worker: starts it, sends requests, hands over events. Python 3.7, stdlib.

Nothing waits without a limit, so that a host never freezes on a worker that is busy or stuck.
"""

from __future__ import annotations

import queue
import threading
import traceback
from typing import Any, Callable, Iterator

from platekey.core import protocol
from platekey.core.errors import (
    BadMessage,
    PlatekeyError,
    ProtocolMismatch,
    WorkerDied,
    WorkerError,
)

from .line_process import LineProcess


def worker_command(python: str) -> list[str]:
    """The command line of the worker in the environment of that interpreter."""
    return [python, "-I", "-m", "platekey.core.worker"]


class WorkerClient:
    """One worker process, from `start` to `shutdown`; also a context manager.

    Args:
        command: the worker's command line, see worker_command.
        log: takes each line that the worker writes to stderr, from a thread.

    Example:
        with WorkerClient(worker_command(python)) as worker:
            for event in worker.events(worker.submit("solve", arguments)):
                ...  # the last one is a Result or an Error
    """

    def __init__(self, command: list[str], log: Callable[[str], None] | None = None) -> None:
        self.hello = protocol.Hello(version=0)  # the worker's, once started; names its log
        self._command = command
        self._log = log
        self._process: LineProcess | None = None
        self._greetings: queue.SimpleQueue[protocol.Hello | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[protocol.StatusReply | None] = queue.SimpleQueue()
        self._inboxes: dict[int, Callable[[Any], None]] = {}  # of open requests
        self._queues: dict[int, queue.SimpleQueue[Any]] = {}  # of those that `events` reads
        self._last_id = 0
        self._lock = threading.Lock()
        self._status_lock = threading.Lock()
        self._closing = False
        self._death = ""  # why nothing can be asked any more

    def __enter__(self) -> WorkerClient:
        """Starts the worker."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Shuts the worker down."""
        self.shutdown()

    def start(self, timeout: float = 60.0) -> None:
        """Starts the worker and shakes hands within `timeout` seconds.

        Raises:
            WorkerNotFound: the command cannot be started.
            ProtocolMismatch: the worker is of another version of platekey.
            WorkerDied: it ended at once.
            WorkerError: it is started already, or it did not answer in time.
        """
        if self._process is not None:
            raise WorkerError("the worker was started before; make a new client for a new worker.")
        self._process = LineProcess(
            self._command, on_line=self._read, on_end=self._bury, log=self._log
        )
        try:
            self._shake_hands(self._process, timeout)
        except PlatekeyError:
            self.shutdown(0.0)
            raise

    def submit(
        self,
        task: str,
        arguments: dict[str, Any],
        on_event: Callable[[Any], None] | None = None,
    ) -> int:
        """Queues a request and returns its id at once.

        Args:
            task: "solve".
            arguments: those of the task, plain JSON values.
            on_event: takes each event from a thread of this client, the last being a Result or an
                Error, which is of kind "WorkerDied" if the worker ended; without it the events
                wait for `events`.

        Raises:
            WorkerDied: the worker has ended.
            BadMessage: the arguments are no JSON.
        """
        with self._lock:
            process = self._alive()
            number = self._last_id + 1
            line = protocol.encode(protocol.Request(id=number, task=task, arguments=arguments))
            self._last_id = number
            if on_event is None:
                self._queues[number] = queue.SimpleQueue()
                on_event = self._queues[number].put
            self._inboxes[number] = on_event
        process.send(line)
        return number

    def events(self, number: int, silence: float = 600.0) -> Iterator[Any]:
        """Yields the events of a request; the last one is its Result or its Error.

        Args:
            number: what `submit` without `on_event` returned.
            silence: seconds without any event after which the worker is given up.

        Raises:
            WorkerDied: the worker ended before the request did.
            WorkerError: nothing came for `silence` seconds, or the events went elsewhere.
        """
        inbox = self._queues.get(number)
        if inbox is None:
            raise WorkerError(f"request {number} has no events waiting here.")
        ended = False
        while not ended:
            event = self._wait(inbox, silence)
            ended = isinstance(event, (protocol.Result, protocol.Error))
            if ended:
                self._queues.pop(number, None)
            if isinstance(event, protocol.Error) and event.kind == WorkerDied.__name__:
                raise WorkerDied(event.message)
            yield event

    def cancel(self, number: int) -> None:
        """Asks to stop a request within a frame; it still ends with a Result or an Error."""
        if self._process is not None:
            self._process.send(protocol.encode(protocol.Cancel(id=number)))

    def status(self, timeout: float = 10.0) -> protocol.StatusReply:
        """Asks what the worker does now.

        Raises:
            WorkerDied: it has ended.
            WorkerError: it did not answer within `timeout` seconds.
        """
        with self._status_lock:  # one question at a time, so that the answer is to it
            while not self._replies.empty():  # answers that came too late for earlier questions
                self._replies.get()
            self._alive().send(protocol.encode(protocol.Status()))
            reply: protocol.StatusReply = self._wait(self._replies, timeout)
        return reply

    def is_alive(self) -> bool:
        """Whether it is there, be it too busy to answer, with another node's job."""
        try:
            self.status()
        except WorkerDied:
            return False
        except WorkerError:
            return True
        return True

    def shutdown(self, timeout: float = 10.0) -> None:
        """Ends the worker: asks, and after `timeout` seconds kills. May be called twice."""
        if self._process is not None:
            self._closing = True
            self._process.send(protocol.encode(protocol.Shutdown()))
            self._process.stop(timeout)

    def _shake_hands(self, process: LineProcess, timeout: float) -> None:
        process.send(protocol.encode(protocol.Hello(software="platekey client")))
        self.hello = self._wait(self._greetings, timeout)
        if self.hello.version != protocol.VERSION:
            raise ProtocolMismatch(
                f"the worker speaks protocol version {self.hello.version}, this host speaks "
                f"{protocol.VERSION}; install the same platekey on both sides."
            )

    def _wait(self, replies: queue.SimpleQueue[Any], timeout: float) -> Any:
        try:
            reply = replies.get(timeout=timeout)
        except queue.Empty:
            raise WorkerError(
                f"the worker said nothing for {timeout:g} seconds; cancel, or restart it; "
                f"its log is {self.hello.log or 'not known yet'}."
            ) from None
        if reply is None:  # put by _bury
            self._alive()
        return reply

    def _alive(self) -> LineProcess:
        if self._process is None:
            raise WorkerError("the worker is not started; call start first.")
        if self._death:
            raise WorkerDied(self._death)
        return self._process

    def _read(self, line: str) -> None:
        try:
            message = protocol.decode(line)
        except BadMessage as error:
            self._note(f"the worker sent no message: {error}")
            return
        if isinstance(message, protocol.Hello):
            self._greetings.put(message)
        elif isinstance(message, protocol.StatusReply):
            self._replies.put(message)
        else:
            self._hand_over(message)

    def _note(self, line: str) -> None:
        if self._process is not None:
            self._process.note(line)

    def _hand_over(self, event: Any) -> None:
        ended = isinstance(event, (protocol.Result, protocol.Error))
        with self._lock:
            inbox = self._inboxes.pop(event.id, None) if ended else self._inboxes.get(event.id)
        if inbox is None:
            self._note(f"the worker: {protocol.encode(event)}")
            return
        try:
            inbox(event)
        except Exception:  # a host's callback must not end the conversation
            self._note(traceback.format_exc())

    def _bury(self, exit_code: int, last_lines: str) -> None:
        death = "the worker was shut down; start a new one."
        if not self._closing:
            death = (
                f"the worker ended with exit code {exit_code}; start it again, and report it with "
                f"its log {self.hello.log or '(none yet)'} if that happens again; "
                f"its last lines: {last_lines}"
            )
        with self._lock:
            self._death = death
            open_requests = list(self._inboxes)
        for number in open_requests:
            kind = WorkerDied.__name__
            self._hand_over(protocol.Error(kind, death, log=self.hello.log, id=number))
        self._greetings.put(None)
        self._replies.put(None)
