"""The command line's log file; the terminal gets sentences, the file gets the traces."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path

from platekey.core.worker.log import log_folder

_KEPT = 50  # logs of earlier commands


def start_log() -> Path:
    """Sends logging to a new file, made with its first record; returns the path.

    A folder that cannot be written, as on some farm machines, is replaced by the temporary one.
    """
    folder = log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_old(folder)
    except OSError:
        folder = Path(tempfile.gettempdir())
    if not os.access(folder, os.W_OK):
        folder = Path(tempfile.gettempdir())
    path = folder / f"shell-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[handler],
    )
    logging.captureWarnings(True)
    return path


def _remove_old(folder: Path) -> None:
    logs = sorted(folder.glob("shell-*.log"), key=lambda path: path.name)
    for path in logs[: -_KEPT + 1]:
        path.unlink(missing_ok=True)  # another command may have been faster
