"""Files that are either whole under their name or not there at all."""

from __future__ import annotations

import itertools
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from platekey.core.errors import OutputError

_TEMPORARY = re.compile(r"\.(.+)\.\d+-\d+\.tmp")
_ABANDONED = 3600.0  # seconds; a picture is written in far less, so its writer was killed
_LOG = logging.getLogger(__name__)
_serial = itertools.count()  # two threads may write the same name; each has its own temporary file


@contextmanager
def whole_file(path: str) -> Iterator[str]:
    """Yields a temporary name in the folder of `path`; the file takes its name when all went well.

    The temporary file is hidden, and its name does not end like a picture's, so that no host and no
    sequence pattern ever picks it up. File and folder are synced to disk around the rename.

    Raises:
        OutputError: the folder is missing or read-only, or the disk is full. Nothing is left.
    """
    folder, name = os.path.split(os.path.abspath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}-{next(_serial)}.tmp")
    try:
        # made here, so that a missing folder or permission is told in the system's own words
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        yield temporary
        _sync(temporary)
        os.replace(temporary, path)
        _sync(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{path} cannot be written ({reason}); check the folder, its permissions "
            "and the space that is left on the disk."
        ) from error
    finally:
        with suppress(OSError):  # gone after the rename; else nothing may be left behind
            os.unlink(temporary)


def prepare_folder(folder: str, names: Iterable[str]) -> None:
    """Makes a folder that files `names` go to, tries it, and removes what killed writers left.

    Age is told by the clock of the file server, not ours: other machines may write there now.

    Raises:
        OSError: it cannot be made or written.
    """
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:  # whether it can be made is the question
        now = os.fstat(file.fileno()).st_mtime
    wanted = set(names)
    for entry in list(os.scandir(folder)):
        found = _TEMPORARY.fullmatch(entry.name)
        if found and found[1] in wanted:
            with suppress(OSError):  # gone by now, or another user's: no reason not to go on
                if entry.stat().st_mtime < now - _ABANDONED:
                    os.unlink(entry.path)
                    _LOG.info("removed %s, which a killed process left", entry.path)


def _sync(path: str) -> None:
    if os.name == "nt" and os.path.isdir(path):
        return  # Windows has no handle to a folder
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
