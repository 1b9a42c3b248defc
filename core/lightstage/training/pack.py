"""Pieces: stored captures in zip files that any tool opens, none larger than a repository takes.

`captures_000.zip`, `captures_001.zip` and so on hold whole captures, uncompressed (their pictures
are), each in a folder of its own, and `index.json`: layout, and of each capture its folder, name,
subject, size and frames.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from platekey.core.errors import InputError, MissingFrame, OptionError, OutputError, UnreadableFile
from platekey.core.frames.atomic import whole_file

from .coding import LAYOUT, decode_capture, encode_capture
from .stored import StoredCapture

PIECE_LIMIT = 60 << 20  # bytes
INDEX = "index.json"
_LARGEST_PIECE = 1 << 31  # bytes; larger ones were not made here
_LARGEST_TEXT = 16 << 20  # bytes of an index
_MOST_MEMBERS = 1 << 18
_PIECE = re.compile(r"captures_(\d{3,})\.zip")
_MEMBER_COST = 160  # bytes that a member takes beside its own, at most: two headers with its name
_ENTRY_COST = 320  # of a capture in the index, and of what a zip file has beside its members


@dataclass(frozen=True)
class Entry:
    """What the index tells of a capture.

    Attributes:
        folder: in the piece.
        name: of the capture.
        subject: its kind, "" if unknown.
        height: pixels.
        width: pixels.
        frames: 1 for a still.
    """

    folder: str
    name: str
    subject: str
    height: int
    width: int
    frames: int


def write_pieces(
    captures: Iterable[StoredCapture], folder: Path, *, limit: int = PIECE_LIMIT
) -> list[Path]:
    """Writes captures as pieces, each whole or not at all; the same captures give the same bytes.

    Pieces of an earlier, larger set are removed once the new ones are there.

    Args:
        captures: at least one; only one piece of them is in memory at a time.
        folder: made if missing.
        limit: bytes of a piece.

    Raises:
        OptionError: no captures, or two of one name.
        OutputError: a capture alone is larger than the limit, or a piece cannot be written.
        NonFinitePixels: see encode_capture.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); choose another.") from error
    pieces: list[Path] = []
    names: set[str] = set()
    waiting: list[tuple[Entry, dict[str, bytes]]] = []
    size = 0
    for capture in captures:
        if capture.name in names:
            raise OptionError(
                f"two captures are called {capture.name}; each needs a name of its own."
            )
        files = encode_capture(capture)
        cost = sum(len(data) + _MEMBER_COST for data in files.values()) + _ENTRY_COST
        if cost + _ENTRY_COST > limit:
            raise OutputError(
                f"capture {capture.name} takes {cost} bytes, more than a piece of {limit}; "
                "raise the limit or leave it out."
            )
        if waiting and size + cost > limit:
            pieces.append(_write_piece(folder, len(pieces), waiting))
            waiting, size = [], 0
        height, width = capture.alpha.shape[1:]
        place = f"{len(names):06d}"
        entry = Entry(place, capture.name, capture.subject, height, width, capture.frames)
        waiting.append((entry, files))
        names.add(capture.name)
        size += cost if size else cost + _ENTRY_COST
    if not names:
        raise OptionError("there are no captures to pack; render some first.")
    pieces.append(_write_piece(folder, len(pieces), waiting))
    for number, path in _numbered(folder):
        if number >= len(pieces):
            path.unlink()
    return pieces


def _write_piece(
    folder: Path, number: int, captures: Sequence[tuple[Entry, dict[str, bytes]]]
) -> Path:
    path = folder / f"captures_{number:03d}.zip"
    index = {"layout": LAYOUT, "captures": [asdict(entry) for entry, _ in captures]}
    with whole_file(str(path)) as temporary, zipfile.ZipFile(temporary, "w") as piece:
        piece.writestr(_member(INDEX), json.dumps(index, sort_keys=True))
        for entry, files in captures:
            for name, data in files.items():
                piece.writestr(_member(f"{entry.folder}/{name}"), data)
    return path


def _member(name: str) -> zipfile.ZipInfo:
    """A member without the clock, the user and the system that wrote it."""
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_STORED
    member.create_system = 3
    member.external_attr = 0o644 << 16
    return member


class Pieces:
    """The captures of a folder of pieces, read when they are asked for.

    Can be sent to other processes: each opens the files for itself.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the indexes.

        Raises:
            MissingFrame: no such folder, or no pieces in it.
            UnreadableFile: a piece is damaged, or not ours.
        """
        self._paths = [path for _, path in _numbered(folder)]
        if not self._paths:
            raise MissingFrame(
                f"{folder} holds no captures_000.zip; name the folder that lightstage pack wrote."
            )
        self._open: dict[tuple[int, int], zipfile.ZipFile] = {}
        self.entries: list[Entry] = []
        self._places: list[tuple[int, str]] = []
        for number, path in enumerate(self._paths):
            for entry in _entries(self._piece(number), path):
                self.entries.append(entry)
                self._places.append((number, entry.folder))

    def __len__(self) -> int:
        """The number of captures."""
        return len(self.entries)

    def frames(self, index: int) -> int:
        """How many frames a capture has."""
        return self.entries[index].frames

    def side(self, index: int) -> int:
        """Height or width of a capture in pixels, whichever is less."""
        return min(self.entries[index].height, self.entries[index].width)

    def load(self, index: int, *, frames: Sequence[int] | None = None) -> StoredCapture:
        """Decodes one capture.

        Args:
            index: of `entries`.
            frames: those wanted; None is all.

        Raises:
            UnreadableFile: it is damaged, or not what the index says.
        """
        number, folder = self._places[index]
        path, entry = self._paths[number], self.entries[index]
        piece = self._piece(number)
        capture = decode_capture(
            lambda name: _read(piece, f"{folder}/{name}", path), f"{path}/{folder}", frames=frames
        )
        if capture.name != entry.name or capture.alpha.shape[1:] != (entry.height, entry.width):
            raise UnreadableFile(
                f"{path} holds {capture.name} where its index has {entry.name}; pack it again."
            )
        return capture

    def close(self) -> None:
        """Closes the files; asking for more opens them again."""
        for piece in self._open.values():
            piece.close()
        self._open.clear()

    def _piece(self, number: int) -> zipfile.ZipFile:
        """The open piece; a forked process must not share its parent's place in the file."""
        key = (os.getpid(), number)
        if key not in self._open:
            self._open[key] = _opened(self._paths[number])
        return self._open[key]

    def __getstate__(self) -> dict[str, Any]:
        """Without open files."""
        return {**self.__dict__, "_open": {}}


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    found = []
    for path in folder.glob("captures_*.zip"):
        match = _PIECE.fullmatch(path.name)
        if match:
            found.append((int(match[1]), path))
    return sorted(found)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        size = path.stat().st_size
        piece = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(f"{path} is no whole zip file; copy or pack it again.") from error
    members = piece.infolist()
    total = sum(member.file_size for member in members)
    is_ours = all(
        member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
        for member in members
    )
    if not is_ours or total > size or size > _LARGEST_PIECE or len(members) > _MOST_MEMBERS:
        piece.close()
        raise UnreadableFile(
            f"{path} is compressed or says it is larger than it is, as no piece of platekey's "
            "does; pack it again."
        )
    return piece


def _entries(piece: zipfile.ZipFile, path: Path) -> list[Entry]:
    text = _read(piece, INDEX, path, largest=_LARGEST_TEXT)
    try:
        index = json.loads(text)
        layout, rows = index["layout"], index["captures"]
        entries = [Entry(**row) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(f"{path}: its index cannot be understood; pack it again.") from error
    if layout != LAYOUT:
        raise UnreadableFile(
            f"{path} has layout {layout!r}, but this platekey reads {LAYOUT}; pack it again."
        )
    for entry in entries:
        for item in fields(Entry):
            value = getattr(entry, item.name)
            if type(value).__name__ != item.type or (isinstance(value, int) and value < 1):
                raise UnreadableFile(f"{path}: its index has {item.name} {value!r}; pack it again.")
    return entries


def _read(piece: zipfile.ZipFile, name: str, path: Path, *, largest: int = _LARGEST_PIECE) -> bytes:
    try:
        member = piece.getinfo(name)
        if member.file_size > largest:
            raise UnreadableFile(f"{path}: {name} is too large to be ours; pack it again.")
        return piece.read(member)
    except KeyError as error:
        raise UnreadableFile(f"{path} lacks {name}; pack it again.") from error
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile(f"{path}: {name} is damaged; copy or pack it again.") from error
