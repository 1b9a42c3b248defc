"""New backgrounds to judge a composite over."""

from __future__ import annotations

import cv2
import numpy as np

from platekey.core.colour.colour import convert, resolve_input_space
from platekey.core.frames.image_io import read_frame
from platekey.core.frames.layers import rgb

from .region import Colour

CHECKER = (0.05, 0.60)  # dark and bright squares, scene-linear: both sides of every subject's tone
CHECKER_SIDE = 32  # pixels


def checkerboard(height: int, width: int) -> Colour:
    """(H, W, 3) squares of CHECKER_SIDE pixels, dark at the top left, scene-linear."""
    rows, columns = np.indices((height, width)) // CHECKER_SIDE
    return np.repeat(np.where((rows + columns) % 2, CHECKER[1], CHECKER[0])[..., None], 3, axis=2)


def read_background(path: str, space: str) -> Colour:
    """Reads a picture for composites.

    Args:
        path: a file of any kind that plates may be.
        space: scene-linear space of what goes over it.

    Returns:
        (H, W, 3) in that space.

    Raises:
        UnreadableFile: and what else image_io.read_frame raises.
        UnsupportedChannels: it has no colour.
        ColourSpaceError: its space cannot be converted.
    """
    frame = read_frame(path)
    source, _ = resolve_input_space("", frame)
    return convert(rgb(frame), source, space).astype(np.float64)


def fitted(background: Colour, height: int, width: int) -> Colour:
    """Scales a picture until it covers the frame, and takes its middle: (height, width, 3).

    Filtered in linear light, without overshoot: area averages down, bilinear up.
    """
    have_height, have_width = background.shape[:2]
    scale = max(height / have_height, width / have_width)
    size = (max(width, round(have_width * scale)), max(height, round(have_height * scale)))
    if size != (have_width, have_height):
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        background = np.asarray(cv2.resize(background, size, interpolation=kind))
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return background[top : top + height, left : left + width]
