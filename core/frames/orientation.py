"""Pictures that were stored rotated or mirrored, as photo cameras and scanners do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .frame import Frame, Window

# TIFF 6.0, tag 274: mirror left-right first, then quarter turns counter-clockwise
_MIRROR_AND_TURNS = {
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 1),
    6: (False, 3),
    7: (True, 3),
    8: (False, 1),
}


def upright(frame: Frame, orientation: int) -> Frame:
    """Turns a picture as its orientation tag asks; 1 and unknown numbers leave it alone."""
    if orientation not in _MIRROR_AND_TURNS:
        return frame
    mirror, turns = _MIRROR_AND_TURNS[orientation]
    pixels = frame.pixels[:, ::-1] if mirror else frame.pixels
    pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    aspect = 1 / frame.pixel_aspect if turns % 2 else frame.pixel_aspect
    return replace(
        frame, pixels=pixels, data_window=window, display_window=window, pixel_aspect=aspect
    )
