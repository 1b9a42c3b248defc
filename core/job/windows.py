"""Brings a picture onto another picture's data window."""

from __future__ import annotations

import numpy as np

from platekey.core.errors import InputMismatch
from platekey.core.frames.frame import Frame, Pixels, Window


def fit_to_plate(pixels: Pixels, frame: Frame, plate: Frame, role: str) -> tuple[Pixels, Pixels]:
    """Crops and pads a picture to the plate's data window; the edge is repeated outwards.

    The display windows lie on each other, wherever each file puts its origin.

    Args:
        pixels: (H, W, C), those of `frame` or made from them.
        frame: the picture's header.
        plate: the plate's.
        role: "clean plate" or the like, for the message.

    Returns:
        (h, w, C) on the plate's data window, and (h, w, 1) that is 1 where the picture covers it,
        0 where it was padded.

    Raises:
        InputMismatch: another format, or nothing in common with the plate's data window.
    """
    given, wanted = frame.display_window, plate.display_window
    if (given.width, given.height) != (wanted.width, wanted.height):
        raise InputMismatch(
            f"{role} is {given.width}x{given.height}, plate is {wanted.width}x{wanted.height}; "
            f"reformat one of them ({frame.path}, {plate.path})."
        )
    target = plate.data_window
    left = target.x - wanted.x - (frame.data_window.x - given.x)  # of the target, in `pixels`
    top = target.y - wanted.y - (frame.data_window.y - given.y)
    height, width = pixels.shape[:2]
    if left >= width or top >= height or left + target.width <= 0 or top + target.height <= 0:
        raise InputMismatch(
            f"{role} has pixels in {frame.data_window}, plate in {target}, which do not overlap; "
            f"crop or render one of them anew ({frame.path}, {plate.path})."
        )
    if (left, top, width, height) == (0, 0, target.width, target.height):
        return pixels, np.broadcast_to(np.float32(1), (height, width, 1))  # takes no memory
    rows = np.arange(top, top + target.height)
    columns = np.arange(left, left + target.width)
    fitted = pixels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    covered = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return fitted, covered[..., None].astype(np.float32)


def pad_to_display(frame: Frame) -> Frame:
    """The frame on its display window alone: what is outside is cut, what is missing is 0.

    Blender takes the data window for the whole picture, so single-layer files are written so.
    """
    data, display = frame.data_window, frame.display_window
    if data == display:
        return frame
    pixels = np.zeros((display.height, display.width, len(frame.channels)), np.float32)
    inner = _intersection(data, display)
    if inner.width > 0 and inner.height > 0:
        pixels[_slices(inner, display)] = frame.pixels[_slices(inner, data)]
    return Frame(
        pixels,
        frame.channels,
        display,
        display,
        frame.pixel_aspect,
        frame.colour_space,
        frame.attributes,
        frame.path,
    )


def _intersection(one: Window, other: Window) -> Window:
    x, y = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.width, other.x + other.width)
    bottom = min(one.y + one.height, other.y + other.height)
    return Window(x, y, right - x, bottom - y)


def _slices(inner: Window, outer: Window) -> tuple[slice, slice]:
    top, left = inner.y - outer.y, inner.x - outer.x
    return slice(top, top + inner.height), slice(left, left + inner.width)
