"""How a job's events are shown: a bar on a terminal, plain lines elsewhere, or JSON."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from platekey.core import protocol

from .journal import journal_in

Report = Callable[[Any], None]


class Screen(Protocol):
    """Where sentences and the state of the job go."""

    def line(self, text: str) -> None:
        """Shows a line of the job's result."""

    def complain(self, text: str) -> None:
        """Shows a warning or an error."""

    def progress(self, done: float, text: str) -> None:
        """Shows which part is done, 0 to 1."""

    def failed(self, text: str) -> None:
        """Tells a farm why the job failed, after its result."""


@contextmanager
def reporter(*, as_json: bool, journal: str = "") -> Iterator[Report]:
    """Yields what takes a job's events, from any thread but one at a time.

    Args:
        as_json: shows messages of the protocol, nothing else.
        journal: folder that keeps them as well, see journal.py; "" for none.
    """
    with journal_in(journal) as keep, _shown(as_json) as show:

        def report(event: Any) -> None:
            keep(event)
            show(event)

        yield report


@contextmanager
def _shown(as_json: bool) -> Iterator[Report]:
    if as_json:
        with _protocol_only() as stream:
            yield lambda event: print(_logged(protocol.encode(event)), file=stream, flush=True)
    elif sys.stdout.isatty():
        with _bar() as screen:
            yield Sentences(screen)
    else:
        yield Sentences(PlainLines())


class Sentences:
    """Tells a job's events in sentences."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __call__(self, event: Any) -> None:
        """Shows one event of the protocol."""
        _logged(protocol.encode(event))
        screen = self._screen
        if isinstance(event, protocol.Progress):
            screen.progress(event.done, event.message)
        elif isinstance(event, protocol.FrameDone):
            screen.line(_frame_sentence(event))
        elif isinstance(event, protocol.Trained):
            screen.line(f"platekey: {event.message}")
        elif isinstance(event, protocol.FrameFailed):
            screen.complain(f"platekey: error: frame {event.frame}: {event.message}")
        elif isinstance(event, protocol.Warning):
            where = "" if event.frame is None else f"frame {event.frame}: "
            screen.complain(f"platekey: warning: {where}{event.message}")
        elif isinstance(event, protocol.Result):
            screen.line(_result_sentence(event))
            if event.failed:
                screen.failed(_failed_sentence(event))


class PlainLines:
    """A line each, whole at once, for farms and logs: `Progress: 37%`.

    The lines that begin with openjd_ are how Open Job Description is told the same.
    """

    def __init__(self) -> None:
        self._percent = -1

    def line(self, text: str) -> None:
        """Prints to stdout."""
        print(text, flush=True)

    def complain(self, text: str) -> None:
        """Prints to stderr."""
        print(text, file=sys.stderr, flush=True)

    def progress(self, done: float, text: str) -> None:
        """Prints a percentage that was not printed yet."""
        percent = int(100 * done)
        if percent > self._percent:
            self._percent = percent
            print(f"Progress: {percent}%\nopenjd_progress: {percent}", flush=True)

    def failed(self, text: str) -> None:
        """Prints it for Open Job Description."""
        print(f"openjd_fail: {text}", flush=True)


@contextmanager
def _bar() -> Iterator[Screen]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("[progress.percentage]{task.percentage:>3.0f}%"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console()) as bar:
        task = bar.add_task("starting", total=1.0)

        class Bar:
            def line(self, text: str) -> None:
                bar.console.print(text, markup=False, highlight=False)

            complain = line

            def progress(self, done: float, text: str) -> None:
                bar.update(task, completed=done, description=text)

            def failed(self, text: str) -> None:
                """The result says it already."""

        yield Bar()


@contextmanager
def _protocol_only() -> Iterator[TextIO]:
    """Yields the real stdout; what anything else prints there, a C library too, goes to stderr."""
    try:
        is_ours = sys.stdout.fileno() == 1
    except io.UnsupportedOperation:
        is_ours = False
    if not is_ours:  # somebody captures Python's stdout: nothing else can reach it
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8", newline="\n") as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _logged(line: str) -> str:
    logging.info("%s", line)
    return line


def _frame_sentence(event: protocol.FrameDone) -> str:
    if event.skipped:
        return f"frame {event.frame} skipped: it is whole and of the same settings"
    return f"frame {event.frame} {event.seconds:.2f} s {event.memory_mib:.0f} MiB"


def _result_sentence(result: protocol.Result) -> str:
    counts = f"{len(result.written)} written, {len(result.skipped)} skipped"
    if result.failed:
        counts += f", {_failed_sentence(result)}"
    ending = "; stopped on request" if result.exit_code == 5 else ""
    return f"{counts}, in {result.seconds:.1f} s{ending}"


def _failed_sentence(result: protocol.Result) -> str:
    return f"{len(result.failed)} failed: {' '.join(map(str, result.failed))}"
