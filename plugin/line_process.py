"""A child process that is talked to in lines, and never waited for. Python 3.7, stdlib."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import IO

from platekey.core.errors import WorkerNotFound

# what a host sets for its own Python, Qt and libraries, and what breaks a foreign interpreter
_SCRUBBED = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "QT_PLUGIN_PATH")
_SCRUBBED_PREFIXES = ("DYLD_",)
_LAST_LINES = 20  # of stderr, told when the process dies
_CHUNK = 1 << 22  # bytes; a longer line on stdout comes in pieces, which are no messages


def scrubbed_environment() -> dict[str, str]:
    """This process's environment without what a host sets for itself alone."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _SCRUBBED and not name.startswith(_SCRUBBED_PREFIXES)
    }


class LineProcess:
    """Starts a program; three threads write its stdin and read its stdout and stderr.

    Args:
        command: the command line.
        on_line: takes each line of stdout, from a thread.
        on_end: takes the exit code and the last lines of stderr, once, after the last line.
        log: takes each line of stderr, from a thread.

    Raises:
        WorkerNotFound: the program cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        *,
        on_line: Callable[[str], None],
        on_end: Callable[[int, str], None],
        log: Callable[[str], None] | None,
    ) -> None:
        self._on_line = on_line
        self._on_end = on_end
        self._log = log
        self._outbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._process = _start(command)
        self._threads: list[threading.Thread] = []
        self._start_thread(self._write_lines, self._process.stdin)
        self._log_thread = self._start_thread(self._read_log, self._process.stderr)
        self._start_thread(self._read_lines, self._process.stdout)

    def send(self, line: str) -> None:
        """Queues a line for stdin; after the end it is dropped."""
        self._outbox.put(line)

    def note(self, line: str) -> None:
        """Adds a line to those of stderr."""
        self._last_lines.append(line)
        if self._log is not None:
            try:
                self._log(line)
            except Exception:  # a host's log must not keep us from emptying the pipe
                self._log = None
                self._last_lines.append(traceback.format_exc())

    def stop(self, timeout: float) -> None:
        """Closes stdin, terminates after `timeout` seconds and kills after two more."""
        self._outbox.put(None)
        for insist in (self._process.terminate, self._process.kill, None):
            try:
                self._process.wait(timeout)
                break
            except subprocess.TimeoutExpired:
                if insist is not None:
                    insist()
                timeout = 2.0
        for thread in self._threads:
            if thread is not threading.current_thread():  # a callback may stop the process
                thread.join(5.0)

    def _start_thread(
        self, work: Callable[[IO[bytes]], None], stream: IO[bytes] | None
    ) -> threading.Thread:
        name = "platekey" + work.__name__
        thread = threading.Thread(target=work, args=(stream,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def _write_lines(self, stream: IO[bytes]) -> None:
        try:
            with stream:
                for line in iter(self._outbox.get, None):
                    stream.write((line + "\n").encode("utf-8"))
                    stream.flush()
        except OSError as error:  # _read_lines notices the end and tells it
            self.note(f"cannot write to the worker: {error}")

    def _read_log(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.note(line.decode("utf-8", "replace").rstrip())

    def _read_lines(self, stream: IO[bytes]) -> None:
        with stream:
            for line in iter(lambda: stream.readline(_CHUNK), b""):
                self._on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
        self._outbox.put(None)
        try:
            code = self._process.wait(5.0)
        except subprocess.TimeoutExpired:  # closed its stdout, yet lives: of no use any more
            self._process.kill()
            code = self._process.wait()
        self._log_thread.join(2.0)  # its last words
        self._on_end(code, " | ".join(self._last_lines) or "none")


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=scrubbed_environment(),
            start_new_session=True,  # a Ctrl+C in the host's terminal is not the worker's
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise WorkerNotFound(
            f"the worker {command[0]} cannot be started ({error}); "
            "install it again, or ask platekey doctor."
        ) from error
