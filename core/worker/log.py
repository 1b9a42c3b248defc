"""The worker's log: stderr, and a file that every error names."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BYTES = 4 << 20  # a file; one older is kept beside it
_KEPT = 20  # logs of earlier workers


def log_folder() -> Path:
    """Where logs belong on this system; `PLATEKEY_LOG_DIR` overrides it."""
    if "PLATEKEY_LOG_DIR" in os.environ:
        return Path(os.environ["PLATEKEY_LOG_DIR"])
    home = Path(os.path.expanduser("~"))
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "platekey"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))
        return Path(local) / "platekey" / "Logs"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "platekey"


def start_logging() -> Path:
    """Sends the log to stderr and to a new file of this process; returns the file's path.

    A folder that cannot be written, as on some farm machines, is replaced by the temporary one.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"worker-{stamp}-{os.getpid()}.log"
    problem: OSError | None = None
    try:
        path, handler = _open(log_folder() / name)
    except OSError as error:
        problem = error
        path, handler = _open(Path(tempfile.gettempdir()) / f"platekey-{name}")
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for each in (logging.StreamHandler(sys.stderr), handler):
        each.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(each)
    logging.captureWarnings(True)
    if problem is not None:
        root.warning("%s; logging to %s", problem, path)
    _remove_old(path)
    return path


def _open(path: Path) -> tuple[Path, RotatingFileHandler]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        path, maxBytes=_BYTES, backupCount=1, encoding="utf-8", errors="backslashreplace"
    )
    return path, handler


def _remove_old(current: Path) -> None:
    logs = sorted(current.parent.glob("worker-*.log*"), key=lambda path: path.name)
    for path in logs[:-_KEPT]:
        try:
            path.unlink()
        except OSError as error:  # another worker was faster, or still writes it (Windows)
            logging.getLogger(__name__).info("old log %s stays: %s", path, error)
