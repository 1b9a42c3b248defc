"""Reads and writes pictures; the only module that knows OpenImageIO."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import OpenImageIO as oiio

from platekey.core.colour.chromaticities import CHROMATICITIES
from platekey.core.errors import InputError, MissingFrame, OutOfMemory, OutputError, UnreadableFile
from platekey.core.options import Compression, Depth

from .atomic import whole_file
from .attributes import carried, tagged_space, writable
from .exr_chunks import is_complete
from .frame import Frame, Header, Pixels, Window
from .layers import Part, Selection, layers_of, select
from .orientation import upright

HALF_MAX = 65504.0
_LARGEST = 8 << 30  # bytes of float32 pixels that are read at once: RGBA at 23000 x 23000

oiio.attribute("limits:imagesize_MB", 4 * (_LARGEST >> 20))  # of the whole file; we read one layer
oiio.attribute("limits:channels", 1024)
_reader_switch = threading.Lock()


def read_header(path: str, *, layer: str = "") -> Header:
    """Reads what a file says about itself, without its pixels.

    Args:
        path: the file.
        layer: see read_frame.

    Raises:
        MissingFrame: no such file.
        UnreadableFile: damaged, empty, deep, too large, or of no kind that is read.
        UnsupportedChannels: the file has no such layer.
    """
    with _opened(path) as source:
        return _header(path, source, _select(path, source, layer))


def read_attributes(path: str) -> dict[str, Any]:
    """The header attributes of a file, as Frame.attributes; raises what read_header raises."""
    return read_header(path).attributes


def read_frame(path: str, *, layer: str = "", movie_frame: int = 0) -> Frame:
    """Reads one picture.

    EXR values come as they are; integer formats are scaled to 0..1 and stay in the file's encoding.
    Luminance-chroma becomes R G B; alpha is not multiplied in. Stored rotations are undone.

    Args:
        path: the file.
        layer: of a file with several layers, parts or views the one to read, its channels without
            the layer's name ("fg" gives R G B of fg.R fg.G fg.B). "" reads the part that holds
            plain R G B, with all its channels by their full names; see layers.select.
        movie_frame: of a movie that count_movie_frames counts, the frame, counted from 0.

    Raises:
        MissingFrame: no such file.
        UnreadableFile: damaged, empty, deep, too large, or of no kind that is read.
        UnsupportedChannels: the file has no such layer.
        OutOfMemory: the machine cannot hold the pixels.
    """
    with _opened(path, first_part=movie_frame) as source:
        selection = _select(path, source, layer)
        header = _header(path, source, selection)
        pixels = _read_pixels(path, source, selection)
        orientation = source.specs[selection.part].get_int_attribute("Orientation", 1)
    return upright(header.frame(pixels), orientation)


def count_movie_frames(path: str) -> int:
    """Number of frames where OpenImageIO itself plays this movie, else 0.

    Raises:
        UnreadableFile: it should, but the file is damaged.
    """
    extension = os.path.splitext(path)[1].lower().lstrip(".")
    played = [
        entry.partition(":")[2].split(",")
        for entry in oiio.get_string_attribute("extension_list").split(";")
        if entry.partition(":")[0] in ("ffmpeg", "gif")
    ]
    if not any(extension in extensions for extensions in played):
        return 0
    with _opened(path) as source:
        count: int = source.specs[0].get_int_attribute("oiio:subimages", 1)
        while source.reader.seek_subimage(count, 0):  # a GIF does not tell
            count += 1
        source.reader.geterror()
        return count


def write_frame(
    frame: Frame,
    path: str,
    *,
    depth: Depth = Depth.HALF,
    compression: Compression = Compression.ZIP,
) -> None:
    """Writes an EXR, whole or not at all.

    In half, finite values beyond ±65504 become ±65504, never infinite. The colour space goes to
    colorInteropID, and to chromaticities where they are published.

    Raises:
        OutputError: no room, no permission, no folder. Nothing is left behind.
    """
    pixels = np.ascontiguousarray(frame.pixels, np.float32)
    if depth is Depth.HALF:
        pixels = np.clip(pixels, -HALF_MAX, HALF_MAX, out=pixels.copy(), where=np.isfinite(pixels))
    spec = _output_spec(frame, depth, compression)
    with whole_file(path) as temporary:
        target: Any = oiio.ImageOutput.create("openexr")
        written = target.open(temporary, spec) and target.write_image(pixels)
        if not (target.close() and written and is_complete(temporary)):
            reason = _sentence(target) or "it did not arrive whole"
            raise OutputError(f"{path} cannot be written ({reason}); check the space on the disk.")


def is_whole(path: str) -> bool:
    """Whether a file is there, readable and complete.

    What platekey writes is judged by header and table of chunks, which takes no time and shows
    every file that breaks off; flipped bits inside a chunk show only on reading. Others are read.
    """
    try:
        complete = is_complete(path)
        if complete is None:
            read_frame(path)
        elif complete:
            read_header(path)
    except (InputError, OSError):
        return False
    return complete is not False


@dataclass(frozen=True)
class _Source:
    """An open file: OpenImageIO's reader and the specs of all its parts, from `first_part` on."""

    reader: Any
    specs: list[Any]
    parts: list[Part]
    first_part: int


@contextmanager
def _opened(path: str, *, first_part: int = 0) -> Iterator[_Source]:
    if not os.path.exists(path):
        raise MissingFrame(f"{path} does not exist; check the path.")
    if os.path.isdir(path):
        raise UnreadableFile(f"{path} is a folder; a picture file is needed.")
    try:
        if not os.path.getsize(path):
            raise UnreadableFile(f"{path} is empty (0 bytes); render or copy it again.")
        with closing(_reader(path)) as reader:
            specs: list[Any] = []
            while reader.seek_subimage(first_part + len(specs), 0):
                specs.append(reader.spec(first_part + len(specs), 0))
                if first_part or specs[0].get_int_attribute("oiio:Movie"):
                    break  # thousands of frames, not parts
            if not specs:
                raise _unreadable(path, _sentence(reader))
            reader.geterror()  # that of the seek past the last part
            yield _Source(reader, specs, [_part(spec) for spec in specs], first_part)
    except UnicodeDecodeError as error:
        raise _unreadable(path, "its header is no text") from error
    except MemoryError as error:
        raise OutOfMemory(
            f"{path} needs more memory than is free; crop it or use a larger machine."
        ) from error


def _reader(path: str) -> Any:
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)  # else alpha is multiplied in
    reader = oiio.ImageInput.open(path, as_stored)
    if reader is not None:
        return reader
    problem = _sentence(oiio)
    if "ubsampled channels" in problem and is_complete(path) is not False:
        # Of OpenImageIO's two EXR readers only the older one converts luminance-chroma to R G B;
        # the switch is global, and read while a file is opened.
        with _reader_switch:
            oiio.attribute("openexr:core", 0)
            reader = oiio.ImageInput.open(path, as_stored)
            oiio.attribute("openexr:core", 1)
        if reader is not None:
            return reader
    raise _unreadable(path, problem)


def _part(spec: Any) -> Part:
    return Part(
        tuple(spec.channelnames),
        spec.get_string_attribute("name"),
        spec.get_string_attribute("view"),
        spec.deep,
    )


def _select(path: str, source: _Source, layer: str) -> Selection:
    selection = select(source.parts, layer, path)
    spec = source.specs[selection.part]
    if spec.deep:
        raise UnreadableFile(
            f"{path} holds deep samples, but a flat picture is needed; flatten it (DeepToImage)."
        )
    size = (spec.width, spec.height, spec.depth, len(selection.numbers))
    if min(size) < 1 or spec.depth > 1 or spec.width * spec.height * size[3] * 4 > _LARGEST:
        raise UnreadableFile(
            f"{path} says that it is {spec.width}x{spec.height} with {spec.nchannels} channels, "
            f"which is damage or more than the {_LARGEST >> 30} GiB that are read at once; "
            "render it again or crop it."
        )
    return selection


def _header(path: str, source: _Source, selection: Selection) -> Header:
    spec = source.specs[selection.part]
    attributes = list(_attributes(spec))
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    return Header(
        channels=selection.channels,
        data_window=Window(spec.x, spec.y, spec.width, spec.height),
        display_window=Window(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        pixel_aspect=aspect if 1e-3 < aspect < 1e3 else 1.0,
        colour_space=tagged_space(attributes, is_integer=str(spec.format) in ("uint8", "uint16")),
        attributes=carried(attributes),
        path=path,
        layers=layers_of(source.parts),
    )


def _attributes(spec: Any) -> Iterator[tuple[str, str, Any]]:
    for attribute in spec.extra_attribs:
        try:
            yield attribute.name, str(attribute.type), attribute.value
        except UnicodeDecodeError:  # text in no encoding that could be written again
            continue


def _read_pixels(path: str, source: _Source, selection: Selection) -> Pixels:
    first, last = min(selection.numbers), max(selection.numbers) + 1
    part = source.first_part + selection.part
    pixels = source.reader.read_image(part, 0, first, last, "float")
    for number, kind in enumerate(source.specs[selection.part].channelformats):
        if pixels is not None and str(kind) == "uint" and first <= number < last:
            # object numbers, not a fraction of the largest integer, as OpenImageIO has it
            whole = source.reader.read_image(part, 0, number, number + 1, "uint")
            pixels[..., number - first] = whole[..., 0] if whole is not None else 0
    problem = _sentence(source.reader)
    if pixels is None or problem:
        raise _unreadable(path, problem or "its pixels cannot be decoded")
    if len(selection.numbers) < last - first:
        pixels = pixels[..., [number - first for number in selection.numbers]]
    return np.ascontiguousarray(pixels, np.float32)


def _output_spec(frame: Frame, depth: Depth, compression: Compression) -> Any:
    window, display = frame.data_window, frame.display_window
    spec = oiio.ImageSpec(window.width, window.height, len(frame.channels), depth.value)
    spec.channelnames = frame.channels
    spec.x, spec.y = window.x, window.y
    spec.full_x, spec.full_y = display.x, display.y
    spec.full_width, spec.full_height = display.width, display.height
    for name, kind, value in writable(frame.attributes):
        spec.attribute(name, kind, value)
    spec.attribute("compression", compression.value)
    spec.attribute("PixelAspectRatio", "float", frame.pixel_aspect)
    if frame.colour_space:
        spec.attribute("colorInteropID", frame.colour_space)
        spec.erase_attribute("chromaticities")
    if frame.colour_space in CHROMATICITIES:
        spec.attribute("chromaticities", "float[8]", CHROMATICITIES[frame.colour_space])
    return spec


def _unreadable(path: str, reason: str) -> UnreadableFile:
    return UnreadableFile(f"{path} cannot be read ({reason}); render or copy it again.")


def _sentence(source: Any) -> str:
    """The pending error of OpenImageIO, or of one of its readers, in one short line."""
    try:
        text = str(source.geterror())
    except UnicodeDecodeError:
        return "it is damaged"
    return " ".join(text.split("\n")[0].split())[:200].rstrip(". ")
