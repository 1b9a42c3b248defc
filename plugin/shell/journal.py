"""What a job told, kept in a folder: `platekey report` reads there how a farm's tasks went."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platekey.core import protocol
from platekey.core.errors import BadMessage

Keep = Callable[[Any], None]
_KEPT = (protocol.FrameDone, protocol.FrameFailed, protocol.Warning, protocol.Result)
_LOG = logging.getLogger(__name__)


@contextmanager
def journal_in(folder: str) -> Iterator[Keep]:
    """Yields what appends messages to a file of this process's own in the folder; "" for nothing.

    A journal that cannot be written is told in the log: it is no reason to lose a frame.
    """
    if not folder:
        yield lambda event: None
        return
    host = socket.gethostname() or "host"
    path = Path(folder, f"{time.time_ns()}-{host}-{os.getpid()}.jsonl")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = open(path, "x", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        _LOG.warning("there will be no journal %s: %s", path, error)
        yield lambda event: None
        return

    def keep(event: Any) -> None:
        if isinstance(event, _KEPT):
            try:
                print(protocol.encode(event), file=stream, flush=True)
            except OSError as error:
                _LOG.warning("not in the journal %s (%s): %s", path, error, event)

    with stream:
        yield keep


def read_journal(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every message in the folder with the host that told it, the oldest process first.

    A last line that a killed process left unfinished is passed over.
    """
    for path in sorted(folder.glob("*.jsonl")):
        host = path.stem.split("-", 1)[1].rpartition("-")[0]
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield host, protocol.decode(line)
            except BadMessage:
                _LOG.warning("no message in %s: %s", path, line[:80])
