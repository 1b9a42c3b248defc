"""Every file of a version with its hash: what `repair` compares, and all that is ever removed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .environment import SetupError
from .manifest import write_whole

FILE = "files.json"  # in the version's folder

Entry = tuple[str, ...]  # ("folder",), ("link", target), ("file", size, mtime in ns, SHA-256)


@dataclass(frozen=True)
class Differences:
    """Paths relative to the folder: gone, with another content, and not written by us."""

    missing: list[str]
    changed: list[str]
    added: list[str]


def write(folder: Path) -> None:
    """Writes down what the folder holds.

    Raises:
        OSError: a file cannot be read, or the inventory not written.
    """
    entries = {name: _entry(folder / name) for name in _names(folder) if name != FILE}
    write_whole(folder / FILE, json.dumps(entries, indent=0))


def renew(folder: Path, names: Iterable[str]) -> None:
    """Writes down what those of its files are now.

    Raises:
        SetupError: see read.
        OSError: see write.
    """
    entries = {**read(folder), **{name: _entry(folder / name) for name in names}}
    write_whole(folder / FILE, json.dumps(entries, indent=0))


def read(folder: Path) -> dict[str, Entry]:
    """The inventory of a folder.

    Raises:
        SetupError: there is none, or it is damaged.
    """
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        entries = {str(name): tuple(map(str, entry)) for name, entry in values.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SetupError(
            f"the inventory {folder / FILE} cannot be read ({error}); restore it, or delete "
            f"{folder} by hand after a look.",
            3,
        ) from error
    for name in entries:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or os.path.splitdrive(name)[0]:
            raise SetupError(f"the inventory {folder / FILE} leads outside; restore it.", 3)
    return entries


def compare(folder: Path) -> Differences:
    """Compares a folder with its inventory, every byte.

    Raises:
        SetupError: see read.
    """
    entries = read(folder)
    missing = [name for name in entries if not os.path.lexists(folder / name)]
    there = (name for name in entries if os.path.lexists(folder / name))
    changed = [name for name in there if not _is_same(folder, name, entries[name], trust=False)]
    added = [name for name in _names(folder) if name not in entries and name != FILE]
    return Differences(missing, changed, [name for name in added if not _is_cache(name, entries)])


def glance(folder: Path) -> list[str]:
    """The files that are gone or of another size: what can be seen in a moment.

    Raises:
        SetupError: see read.
    """
    wrong = []
    for name, entry in read(folder).items():
        try:
            size = os.lstat(folder / name).st_size
        except OSError:
            wrong.append(name)
            continue
        if entry[0] == "file" and not _is_bytecode(name) and str(size) != entry[1]:
            wrong.append(name)
    return wrong


def remove(folder: Path, *, keep_changed: bool = True) -> list[Path]:
    """Removes what the inventory names, and the folders that are empty then.

    Args:
        folder: with an inventory.
        keep_changed: whether files that somebody edited stay.

    Returns:
        What stays: files that were not written by us, or were edited.

    Raises:
        SetupError: see read.
        OSError: something cannot be removed.
    """
    entries = read(folder)
    kept = []
    for name in sorted(_names(folder), key=lambda name: name.count("/"), reverse=True):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            is_ours = name in entries or path.name == "__pycache__"
            if is_ours and not any(path.iterdir()):
                path.rmdir()
        elif name == FILE:
            continue
        elif _is_cache(name, entries) or (
            name in entries
            and (not keep_changed or _is_same(folder, name, entries[name], trust=True))
        ):
            path.unlink()
        else:
            kept.append(path)
    (folder / FILE).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return kept


def _names(folder: Path) -> Iterator[str]:
    """Everything below a folder, relative, with slashes; links are not followed."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(parent, name).relative_to(folder).as_posix()


def _entry(path: Path) -> Entry:
    if path.is_symlink():
        return ("link", os.readlink(path))
    if path.is_dir():
        return ("folder",)
    status = path.stat()
    return ("file", str(status.st_size), str(status.st_mtime_ns), _hash(path))


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _is_same(folder: Path, name: str, entry: Entry, *, trust: bool) -> bool:
    """Whether a file is as it was; `trust` takes its size and time for it where both are."""
    path = folder / name
    is_file = path.is_file() and not path.is_symlink()
    if entry[0] != "file" or not is_file:
        return entry[0] != "file" and _entry(path) == entry
    status = path.stat()
    if _is_bytecode(name):  # Python writes it anew when it likes
        return True
    if str(status.st_size) != entry[1]:
        return False
    return (trust and str(status.st_mtime_ns) == entry[2]) or _hash(path) == entry[3]


def _is_bytecode(name: str) -> bool:
    return PurePosixPath(name).parent.name == "__pycache__" and name.endswith(".pyc")


def _is_cache(name: str, entries: dict[str, Entry]) -> bool:
    """Whether Python has made it, beside a module that is ours."""
    path = PurePosixPath(name)
    if path.name == "__pycache__":
        return str(path.parent) in entries
    if not _is_bytecode(name):
        return False
    source = path.parent.parent / f"{path.name.split('.')[0]}.py"
    return str(source) in entries
