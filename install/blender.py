"""Blender's side: the extension, and, if its user agrees, Blender's own command that installs it.

Blender 4.2 and later. Nothing is written into Blender's folders but by Blender.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from .environment import SetupError, scrubbed
from .host_programs import programs

OLDEST = (4, 2)
_SECONDS = 300.0  # until Blender is given up
_PACK = "import sys; from platekey.plugin.blender import package; package.write(*sys.argv[1:])"
_VERSION = re.compile(r"^Blender (\d+)\.(\d+)", re.MULTILINE)


def pack(python: Path, extension: Path, worker: Path) -> None:
    """Packs the extension.

    Args:
        python: of the environment with platekey.
        extension: the zip file.
        worker: the interpreter that the extension calls, by a name that stays.

    Raises:
        SetupError: it failed.
    """
    extension.parent.mkdir(exist_ok=True)
    command = [str(python), "-I", "-c", _PACK, str(extension), str(worker)]
    run = subprocess.run(
        command, env=scrubbed(os.environ), capture_output=True, text=True, check=False
    )
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"the extension for Blender cannot be packed ({last}); report this.")


def find() -> str:
    """A Blender of this machine, "" for none."""
    found = programs("blender")
    return str(found[0]) if found else ""


def install(program: str, extension: Path) -> None:
    """Installs and enables the extension for the user who calls this.

    Raises:
        SetupError: the program is no Blender, is too old, or refuses.
    """
    version = version_of(program)
    if version < OLDEST:
        raise SetupError(
            f"{program} is Blender {version[0]}.{version[1]}, platekey's nodes need 4.2 or later; "
            "name another with --blender.",
            3,
        )
    _command(program, "install-file", "-r", "user_default", "-e", str(extension))


def remove(program: str) -> None:
    """Removes the extension again.

    Raises:
        SetupError: the program is gone or refuses.
    """
    _command(program, "remove", "user_default.platekey")


def version_of(program: str) -> tuple[int, int]:
    """Major and minor version of a Blender.

    Raises:
        SetupError: it is none.
    """
    found = _VERSION.search(_run(program, "--version"))
    if found is None:
        raise SetupError(f"{program} is no Blender; name another with --blender.", 3)
    return int(found.group(1)), int(found.group(2))


def _command(program: str, *words: str) -> None:
    _run(program, "--command", "extension", *words)


def _run(program: str, *words: str) -> str:
    try:
        run = subprocess.run(
            [program, *words],
            env=scrubbed(os.environ),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(
            f"{program} does not run ({error}); name another with --blender.", 3
        ) from (error)
    if run.returncode:
        last = ((run.stdout + run.stderr).strip().splitlines() or ["it says nothing"])[-1]
        raise SetupError(
            f"{program} refuses {' '.join(words)} ({last}); use its preferences, Install from Disk "
            "or Uninstall.",
            3,
        )
    return run.stdout
