"""Keeps a cache folder below the size that the artist allows. Python 3.7, standard library."""

import os
import re
import shutil
from typing import Iterable, List, Tuple

_OURS = re.compile(r"[0-9a-f]{16}")  # the folders of results, see signature_of
_GIB = 1 << 30


def prune(folder: str, limit_gib: float, in_use: Iterable[str]) -> List[str]:
    """Removes the results that were made longest ago, until the rest fits.

    Args:
        folder: the cache folder; nothing but folders of results in it is touched.
        limit_gib: the size; 0 is no limit.
        in_use: folders of results that nodes of the open script show; they stay, whatever it is.

    Returns:
        What was removed.
    """
    if not limit_gib:
        return []
    kept = {os.path.normpath(path) for path in in_use}
    results = sorted(_results(folder))
    size = sum(item[1] for item in results)
    removed = []
    for _, bytes_of, path in results:
        if size <= limit_gib * _GIB:
            break
        if os.path.normpath(path) not in kept:
            shutil.rmtree(path, ignore_errors=True)  # open elsewhere on Windows: the next time
            size -= bytes_of
            removed.append(path)
    return removed


def _results(folder: str) -> List[Tuple[float, int, str]]:
    """Time of the newest file, size and path of each folder of results."""
    found = []
    try:
        names = [name for name in os.listdir(folder) if _OURS.fullmatch(name)]
    except OSError:  # no cache yet
        return []
    for name in names:
        path = os.path.join(folder, name)
        newest, size = 0.0, 0
        for above, _, files in os.walk(path):
            for file in files:
                try:
                    state = os.stat(os.path.join(above, file))
                except OSError:  # another Nuke was faster
                    continue
                newest, size = max(newest, state.st_mtime), size + state.st_size
        found.append((newest, size, path))
    return found
