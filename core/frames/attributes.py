"""Which header attributes go from a file to the files that are made from it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from platekey.core.colour.chromaticities import space_of

from .frame import Attribute

# What describes how the source was stored, or is written by platekey from the frame itself.
_STORAGE = {
    "acesimagecontainerflag",
    "channels",
    "chunkcount",
    "colorinteropid",
    "compression",
    "datawindow",
    "deepimagestate",
    "displaywindow",
    "exif:colorspace",
    "exif:pixelxdimension",
    "exif:pixelydimension",
    "iccprofile",
    "lineorder",
    "maxsamplesperpixel",
    "multiview",
    "name",
    "orientation",
    "pixelaspectratio",
    "planarconfig",
    "preview",
    "tiles",
    "type",
    "version",
    "view",
    "wrapmodes",
}
_STORAGE_PREFIXES = (
    "icc:", "jpeg:", "oiio:", "openexr:", "png:", "thumbnail_", "tiff:", "gif:", "ffmpeg:", "hdr:",
    "nuke/full_layer_names", "dpx:transfer", "dpx:colorimetric", "dpx:packing", "dpx:encrypt",
    "dpx:ditto", "dpx:endof", "dpx:imagedescriptor", "dpx:lowdata", "dpx:highdata",
    "dpx:lowquantity", "dpx:highquantity",
)  # fmt: skip
# OpenImageIO's EXR writer has no doubles and no integer vectors: the nearest kind it can write.
_WRITABLE = {
    "double": "float",
    "vector2i": "float2",
    "vector2i[2]": "float2[2]",
    "vectori": "vector",
    "vectori[2]": "vector[2]",
    "vector2d": "float2",
    "vectord": "vector",
    "matrix33d": "matrix33",
    "matrixd": "matrix",
}
_DPX_SPACES = {"linear": "lin_rec709_scene", "itu-r 709-4": "ocio:itu709_rec709_scene"}


def tagged_space(attributes: Iterable[tuple[str, str, Any]], *, is_integer: bool) -> str | None:
    """Returns the colour space that the tags of a file name, None if they name none.

    Integer pixels without a tag are taken as sRGB, but never those of film scans (DPX).

    Args:
        attributes: name, OpenImageIO's type name and value of each.
        is_integer: the file stores 8 or 16 bit integers.
    """
    values = {name: value for name, _, value in attributes}
    film = _DPX_SPACES.get(str(values.get("dpx:Transfer", "")).lower())
    if film:  # before OpenImageIO's own tag, which calls Rec.709 video sRGB
        return film
    interop, decoded = (values.get(name) for name in ("colorInteropID", "oiio:ColorSpace"))
    if is_integer and decoded and str(interop).startswith("lin_"):
        interop = decoded  # in PNG, tools carry the id of the EXR over when they convert to sRGB
    for tag in (interop, decoded):
        if isinstance(tag, str) and tag:
            return tag
    if "chromaticities" in values:
        return space_of(values["chromaticities"])
    if "dpx:Version" in values:
        return None
    return "srgb_rec709_scene" if is_integer else None


def carried(attributes: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """Keeps what describes the picture, drops what describes the file that it came in.

    Args:
        attributes: name, OpenImageIO's type name and value of each.

    Returns:
        Values by name: str, int and float as they are, all else as Attribute.
    """
    kept: dict[str, Any] = {}
    for name, kind, value in attributes:
        lower = name.lower()
        if lower in _STORAGE or lower.startswith(_STORAGE_PREFIXES) or value is None:
            continue
        kind = _WRITABLE.get(kind, kind)
        plain = {"string": str, "int": int, "float": float}.get(kind)
        kept[name] = plain(value) if plain else Attribute(kind, value)
    return kept


def writable(attributes: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Name, OpenImageIO's type name and value of each attribute, as its writer takes them."""
    return [(name, *_typed(value)) for name, value in attributes.items()]


def _typed(value: Any) -> tuple[str, Any]:
    if isinstance(value, Attribute):
        return value.type, value.value
    if isinstance(value, int) and -(2**31) <= value < 2**31:  # also bool
        return "int", int(value)
    if isinstance(value, float) and (math.isinf(value) or abs(value) < 3.4e38):
        return "float", value
    return "string", str(value)
