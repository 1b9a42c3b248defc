"""Nuke's side: a folder for NUKE_PATH, and, if its owner agrees, a block in ~/.nuke/init.py."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .environment import SetupError

_START = "# >>> platekey: written by its installer, and removed by it >>>"
_END = "# <<< platekey <<<"
_PACKAGE = "**/site-packages/platekey/plugin/nuke/startup"
_INIT = '''"""Written by platekey's installer: leads Nuke to the platekey of this version."""

import os

import nuke

_HERE = os.path.dirname(os.path.abspath(__file__))
nuke.pluginAddPath(os.path.normpath(os.path.join(_HERE, {startup!a})))
'''


@dataclass(frozen=True)
class Block:
    """Lines that were written into somebody's file.

    Attributes:
        path: of the file, its links resolved.
        text: all that was added, with the line break before it if one was missing.
        made: the file, then the folders above it, that were missing before.
    """

    path: str
    text: str
    made: list[str]

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)


def user_init() -> Path:
    """The file that Nuke runs for this user."""
    return Path.home() / ".nuke" / "init.py"


def lay_out(version: Path) -> None:
    """Makes the folder for NUKE_PATH in a version whose environment is filled.

    Raises:
        SetupError: the environment has no platekey.
    """
    found = sorted((version / "environment").glob(_PACKAGE))
    if not found:
        raise SetupError(f"{version / 'environment'} has no platekey for Nuke; report this.")
    folder = version / "nuke"
    folder.mkdir(exist_ok=True)
    startup = os.path.relpath(found[0], folder).replace(os.sep, "/")
    (folder / "init.py").write_text(_INIT.format(startup=startup), encoding="utf-8", newline="\n")


def add_block(init: Path, folder: Path) -> Block | None:
    """Adds the folder to a user's init.py, whole or not at all.

    Args:
        init: the file; it may be missing.
        folder: for NUKE_PATH.

    Returns:
        What was written; None if a block is there already.

    Raises:
        SetupError: it is no text, or cannot be written.
    """
    path = Path(os.path.realpath(init))  # studios link it
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
        if _START in before:
            return None
        line_break = "\r\n" if "\r\n" in before else "\n"
        # ASCII alone: the file may declare another encoding
        lines = (_START, "import nuke", f"nuke.pluginAddPath({ascii(str(folder))})", _END, "")
        text = line_break.join(lines)
        if before and not before.endswith("\n"):
            text = line_break + text
        made = [str(each) for each in (path, *path.parents) if not each.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, before + text)
    except UnicodeDecodeError as error:
        raise SetupError(
            f"{path} is not UTF-8, it stays as it is; put {folder} on NUKE_PATH.", 3
        ) from error
    except OSError as error:
        raise SetupError(
            f"{path} cannot be written ({error.strerror}); put {folder} on NUKE_PATH.", 3
        ) from error
    return Block(str(path), text, made)


def has_block(init: Path) -> bool:
    """Whether a block of an installer is in the file."""
    return init.is_file() and _START.encode() in init.read_bytes()


def remove_block(block: Block) -> str:
    """Removes exactly what was added; what the user wrote stays.

    Returns:
        A sentence about what stays of it, "" if nothing.

    Raises:
        SetupError: the file cannot be written.
    """
    path = Path(block.path)
    try:
        text = path.read_bytes().decode("utf-8") if path.is_file() else ""
        if block.text not in text:
            if _START in text:
                return f"{path} has a block of platekey that somebody edited; remove it by hand"
            return ""
        rest = text.replace(block.text, "", 1)
        if rest or str(path) not in block.made:
            _replace(path, rest)
            return ""
        path.unlink()
        for folder in map(Path, block.made[1:]):  # the innermost first
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except UnicodeDecodeError:
        return f"{path} is no longer UTF-8 and stays as it is; remove platekey's block by hand"
    except OSError as error:
        raise SetupError(
            f"{path} cannot be written ({error.strerror}); make it writable, then call this again.",
            3,
        ) from error
    return ""


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        if path.exists():
            shutil.copystat(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
