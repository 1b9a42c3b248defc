"""`python -I -m platekey.core.worker`: JSON lines in on stdin, JSON lines out on stdout."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
from typing import Any, NoReturn, TextIO

from platekey.core import protocol
from platekey.core.errors import BadMessage, PlatekeyError, ProtocolMismatch
from platekey.core.job.threads import share_cores

from .dispatch import Dispatcher, describe_error
from .log import start_logging

_GRACE = 30.0  # seconds for the running job to reach its next look at the stop flag
_LOG = logging.getLogger(__name__)


def main() -> NoReturn:
    """Talks to one host until it says `shutdown` or closes stdin; ends the process."""
    _leave(_converse())


def _converse() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the host's: it will close stdin
    if sys.platform != "win32":  # before any thread: theirs is then blocked as well
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    share_cores()
    source, sink = _take_standard_streams()
    log = str(start_logging())
    send = _Sender(sink)
    software = f"platekey worker, Python {sys.version.split()[0]}"
    send(protocol.Hello(software=software, log=log))
    dispatcher = Dispatcher(send, log)
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    if sys.platform != "win32":
        threading.Thread(
            target=_end_on_terminate, args=(dispatcher,), name="terminate", daemon=True
        ).start()
    try:
        _greet(source)
    except PlatekeyError as error:
        send(describe_error(error, log))
        return error.exit_code
    _serve(source, send, dispatcher, log)
    _close(dispatcher)
    return 0


def _close(dispatcher: Dispatcher) -> None:
    if not dispatcher.close(_GRACE):
        _LOG.warning("the running job did not stop within %g s", _GRACE)


def _end_on_terminate(dispatcher: Dispatcher) -> None:
    """Waits for SIGTERM on a thread: a handler would wait for the next line from the host."""
    signal.sigwait({signal.SIGTERM})
    _LOG.warning("terminated")
    _close(dispatcher)
    _leave(5)


class _Sender:
    """Writes messages from any thread, a line each; ends the process when the host is gone."""

    def __init__(self, sink: TextIO) -> None:
        self._sink = sink
        self._lock = threading.Lock()

    def __call__(self, message: Any) -> None:
        line = protocol.encode(message)
        try:
            with self._lock:
                self._sink.write(line + "\n")
                self._sink.flush()
        except OSError as error:  # nobody listens: there is no use in going on
            _LOG.warning("the host is gone: %s", error)
            _leave(5)


def _take_standard_streams() -> tuple[TextIO, TextIO]:
    """Returns stdin and stdout under descriptors that nobody else knows.

    A C library's print on descriptor 1 goes to stderr from now on, and a child program cannot
    read from the host.
    """
    source = os.fdopen(os.dup(0), "r", encoding="utf-8", errors="replace", newline="\n")
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink


def _warm_up() -> None:
    """Imports torch and the rest while the host still thinks about its first request."""
    try:
        importlib.import_module("platekey.core.job.solve")
    except Exception:  # the first request meets the same error and reports it
        _LOG.exception("the solver cannot be imported")


def _greet(source: TextIO) -> None:
    line = _read_line(source)
    if line is None:
        raise ProtocolMismatch("stdin ended before a hello; start the worker from a host.")
    hello = protocol.decode(line)
    if not isinstance(hello, protocol.Hello) or hello.version != protocol.VERSION:
        got = f"version {hello.version}" if isinstance(hello, protocol.Hello) else "no hello"
        raise ProtocolMismatch(
            f"the host speaks {got}, this worker speaks protocol version {protocol.VERSION}; "
            "install the same platekey on both sides."
        )


def _serve(source: TextIO, send: _Sender, dispatcher: Dispatcher, log: str) -> None:
    while True:
        number = 0
        try:
            line = _read_line(source)
            if line is None:
                _LOG.info("stdin ended")
                return
            message = protocol.decode(line)
            if isinstance(message, protocol.Shutdown):
                return
            if isinstance(message, protocol.Request) and not dispatcher.holds(message.id):
                number = message.id  # else the error would end the request that has the id
            dispatcher.handle(message)
        except PlatekeyError as error:
            send(describe_error(error, log, number))


def _read_line(source: TextIO) -> str | None:
    """Returns the next line, None at the end; an endless line is skipped without keeping it.

    Raises:
        BadMessage: the line is longer than LONGEST_LINE.
    """
    line = source.readline(protocol.LONGEST_LINE + 1)
    if not line:
        return None
    if not line.endswith("\n") and len(line) > protocol.LONGEST_LINE:
        while line and not line.endswith("\n"):
            line = source.readline(protocol.LONGEST_LINE)
        raise BadMessage(f"a line is longer than {protocol.LONGEST_LINE} characters; send less.")
    return line.rstrip("\r\n")


def _leave(exit_code: int) -> NoReturn:
    """Ends the process at once: torch may still be importing or solving on another thread.

    Finalising the interpreter under it would crash; outputs are renamed when whole, so nothing
    is lost.
    """
    logging.shutdown()
    os._exit(exit_code)


if __name__ == "__main__":
    main()
