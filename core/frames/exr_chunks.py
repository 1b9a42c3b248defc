"""Tells whether an EXR is complete from its table of chunks, without decoding a pixel.

A writer fills the table when it closes the file, so a file of a killed writer has holes in it, and
a copy that broke off has chunks beyond its end. Layout: https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_MAGIC = b"\x76\x2f\x31\x01"
_LINES_PER_CHUNK = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256)  # by the number of the compression
_NOT_PLAIN = 0x200 | 0x800 | 0x1000  # tiled, deep, several parts
_LONGEST = 16 << 20  # bytes of one header attribute that we follow


def is_complete(path: str) -> bool | None:
    """Whether all chunks of a single-part scanline EXR are there; None for any other file.

    Raises:
        OSError: the file cannot be read.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(8)
        if start[:4] != _MAGIC or len(start) < 8:
            return None
        if struct.unpack("<I", start[4:])[0] & _NOT_PLAIN:
            return None
        rows = _first_rows(file)
        if rows is None:
            return None
        if not 0 < len(rows) <= size // 8:
            return False
        table = file.read(8 * len(rows))
        if len(table) < 8 * len(rows):
            return False
        first = file.tell()
        for row, (offset,) in zip(rows, struct.iter_unpack("<Q", table), strict=True):
            if not first <= offset <= size - 8:
                return False
            file.seek(offset)
            found, length = struct.unpack("<iI", file.read(8))
            if found != row or offset + 8 + length > size:
                return False
    return True


def _first_rows(file: BinaryIO) -> range | None:
    """The first row of each chunk, from the header; None if that is no header."""
    step = 0
    rows: range | None = None
    while name := _text(file):
        _text(file)  # type
        field = file.read(4)
        length = struct.unpack("<I", field)[0] if len(field) == 4 else _LONGEST + 1
        if length > _LONGEST:
            return None
        value = file.read(length)
        if name == b"compression" and len(value) == 1 and value[0] < len(_LINES_PER_CHUNK):
            step = _LINES_PER_CHUNK[value[0]]
        elif name == b"dataWindow" and len(value) == 16:
            _, top, _, bottom = struct.unpack("<4i", value)
            rows = range(top, bottom + 1)
    return rows[::step] if rows is not None and step else None


def _text(file: BinaryIO) -> bytes:
    read = bytearray()
    while (byte := file.read(1)) not in (b"", b"\0"):
        read += byte
        if len(read) > 255:
            return b""
    return bytes(read)
