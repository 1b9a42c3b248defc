"""Whether a camera rests or moves."""

from __future__ import annotations

from platekey.core.filters import reduce
from platekey.core.plate.registration import register

from .footage import Footage, Seen, spread, working_factor
from .steady import MISFIT

_PIXELS = 150_000  # pictures of this size tell
_REST = 0.04  # of the width; a hand-held camera drifts by less, a pan goes beyond
_LOOKED_AT = 5  # frames


def camera_rests(footage: Footage) -> bool:
    """Whether some frames, spread over the footage, show the view of the first one.

    Raises:
        InputError: a frame cannot be read.
        Cancelled: the footage's should_stop said so.
    """
    first: Seen | None = None
    looked_at = spread(footage.frames, _LOOKED_AT)
    for _, seen in footage.each("looking at", looked_at, part=(0, 0)):
        height, width = seen.pixels.shape[-2:]
        factor = working_factor(height, width, _PIXELS)
        small = Seen(
            reduce(seen.pixels, factor), (reduce(seen.visible, factor) > 0.999).to(seen.pixels)
        )
        if first is None:
            first = small
            continue
        if small.pixels.shape != first.pixels.shape:
            return False
        found = register(first.pixels, small.pixels, first.visible * small.visible)
        if found.misfit_after > MISFIT or found.shift > _REST * small.pixels.shape[-1]:
            return False
    return True
