"""The two windows of an EXR, from its header; Blender does not tell them. Standard library."""

from __future__ import annotations

import struct

_MAGIC = b"\x76\x2f\x31\x01"
_LONGEST = 1 << 20  # bytes of header that are looked at

Window = tuple[int, int, int, int]  # left, top, right, bottom; the last pixels are within


def windows(path: str) -> tuple[Window, Window]:
    """Returns data window and display window; the same empty one twice for what is no EXR."""
    found: dict[str, Window] = {}
    try:
        with open(path, "rb") as file:
            header = file.read(_LONGEST)
    except OSError:  # told by whoever needs the pixels
        header = b""
    place = 8 if header.startswith(_MAGIC) else len(header)
    while place < len(header) and header[place]:
        name, place = _text(header, place)
        _, place = _text(header, place)
        (size,) = struct.unpack_from("<i", header, place)
        place += 4
        if name in ("dataWindow", "displayWindow"):
            found[name] = struct.unpack_from("<4i", header, place)
        place += size
    empty = (0, 0, -1, -1)
    return found.get("dataWindow", empty), found.get("displayWindow", empty)


def _text(header: bytes, place: int) -> tuple[str, int]:
    end = header.index(b"\0", place)
    return header[place:end].decode("utf-8", "replace"), end + 1
