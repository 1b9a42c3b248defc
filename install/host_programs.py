"""Where Nuke and Blender are on this machine, as far as usual places tell. Standard library."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_PLACES = {  # system: folder, pattern of programs in it
    "nuke": {
        "linux": (("/usr/local", "Nuke*/Nuke[0-9]*"), ("/opt", "Nuke*/Nuke[0-9]*")),
        "darwin": (("/Applications", "Nuke*/Nuke[0-9]*.app"),),
        "win32": ((os.environ.get("PROGRAMFILES", ""), "Nuke*/Nuke[0-9]*.exe"),),
    },
    "blender": {
        "linux": (("/opt", "blender*/blender"), ("/usr/local", "blender*/blender")),
        "darwin": (("/Applications", "Blender*.app/Contents/MacOS/Blender"),),
        "win32": ((os.environ.get("PROGRAMFILES", ""), "Blender Foundation/Blender*/blender.exe"),),
    },
}
_COMMANDS = {"nuke": ("Nuke", "nuke"), "blender": ("blender",)}


def programs(host: str) -> list[Path]:
    """The programs of a host: on $PATH, then in the folders that its installer proposes.

    Args:
        host: "nuke" or "blender".
    """
    on_path = [Path(found) for found in map(shutil.which, _COMMANDS[host]) if found]
    places: Sequence[tuple[str, str]] = _PLACES[host].get(sys.platform, ())
    usual = [
        path
        for folder, pattern in places
        if folder
        for path in sorted(Path(folder).glob(pattern))
        if path.suffix not in (".py", ".so", ".sh", ".txt")
    ]
    return list(dict.fromkeys([*on_path, *usual]))
