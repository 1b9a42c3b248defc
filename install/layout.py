"""Where the parts of an installation lie, and the one switch between two of its versions.

    FOLDER/platekey.json           the manifest
    FOLDER/versions/0.1.0-1/       environment/, nuke/, blender/platekey.zip, files.json
    FOLDER/current                 a link to the version that is used
    FOLDER/bin/platekey            the command

Hosts and users know only names below `current`, so a version is complete before anybody sees it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .environment import SetupError, python_of

_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True)
class Layout:
    """The names in an installation's folder `root`, which is absolute."""

    root: Path

    @property
    def manifest(self) -> Path:
        """What the installer knows of it."""
        return self.root / "platekey.json"

    @property
    def versions(self) -> Path:
        """The folder of versions."""
        return self.root / "versions"

    @property
    def current(self) -> Path:
        """The link to the version that is used."""
        return self.root / "current"

    @property
    def python(self) -> Path:
        """The interpreter of the version that is used."""
        return python_of(self.current / "environment")

    @property
    def nuke(self) -> Path:
        """The folder for NUKE_PATH."""
        return self.current / "nuke"

    @property
    def extension(self) -> Path:
        """The extension for Blender."""
        return self.current / "blender" / "platekey.zip"

    @property
    def command(self) -> Path:
        """The command `platekey`."""
        if _WINDOWS:  # a link to a program needs a privilege there
            return self.current / "environment" / "Scripts" / "platekey.exe"
        return self.root / "bin" / "platekey"

    def linked(self) -> str:
        """The name of the version that `current` leads to, "" if it leads nowhere of ours."""
        try:
            target = Path(os.readlink(self.current))
        except OSError:
            return ""
        return target.name if target.parent.name == self.versions.name else ""

    def switch(self, name: str) -> None:
        """Makes that version the current one, at once; also makes the command.

        Raises:
            OSError: the folder cannot be written.
        """
        if _WINDOWS:  # a junction needs no privilege, but cannot be replaced at once
            if self.linked():
                os.rmdir(self.current)
            target = str(self.versions / name)
            subprocess.run(["cmd", "/c", "mklink", "/J", str(self.current), target], check=True)
            return
        _link(self.current, Path(self.versions.name, name))
        self.command.parent.mkdir(exist_ok=True)
        _link(self.command, Path("..", "current", "environment", "bin", "platekey"))

    def unlink(self) -> None:
        """Removes the links that `switch` has made, and nothing that somebody put there instead."""
        if self.linked():
            os.rmdir(self.current) if _WINDOWS else self.current.unlink()
        if not _WINDOWS and self.command.is_symlink():
            self.command.unlink()
            remove_empty([self.command.parent])


def usual_folder(*, central: bool) -> Path:
    """Where platekey goes if nobody says otherwise."""
    if _WINDOWS:
        name = "PROGRAMFILES" if central else "LOCALAPPDATA"
        return Path(os.environ.get(name) or Path.home()) / "platekey"
    if central:
        return Path("/opt/platekey")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "platekey"
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "platekey"


def make_folders(folder: Path) -> list[str]:
    """Makes a folder; returns those that were missing, the outermost first.

    Raises:
        SetupError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be made ({error.strerror}); name another folder with --to.", 3
        ) from error
    return [str(each) for each in reversed(missing)]


def remove_empty(folders: list[Path]) -> None:
    """Removes those of the folders that are empty."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keeps a second installer out of the folder; the system forgets it when this process ends.

    Raises:
        SetupError: another one is at work.
    """
    if _WINDOWS:  # a folder cannot be locked there
        yield
        return
    import fcntl

    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupError(
                f"another installer works in {root}; wait for its end, then call this again.", 5
            ) from error
        except OSError as error:  # a file server without locks
            print(f"the folder cannot be locked ({error.strerror}); go on alone", flush=True)
        yield
    finally:
        os.close(handle)


def _link(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)
