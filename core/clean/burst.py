"""A clean plate of frames without the subject: many frames merged into one with less noise.

After S. Hasinoff et al. 2016 (docs/references.md#hasinoff2016): align to a reference, then merge
robustly, so that what moves in some frames does not ghost. Here the reference is the median.
"""

from __future__ import annotations

from dataclasses import replace

from .build import CleanPlate, finish, gather, merge_frames
from .footage import Footage
from .options import CleanOptions
from .over_time import median_over_time

_STACKED = 25  # frames that the median is taken of


def merge_burst(footage: Footage, options: CleanOptions) -> CleanPlate:
    """Merges frames of a camera at rest that show the background, passers-by aside.

    Args:
        footage: the frames; a single one is taken as it is.
        options: align and match_exposure are looked at.

    Raises:
        CannotBuild: the frames do not show one view.
        Cancelled: the footage's should_stop said so.
    """
    gathered = gather(footage, align=options.align, expose=options.match_exposure, most=_STACKED)
    centre = median_over_time(gathered.stack)
    clean = finish(gathered, centre, merge_frames(footage, gathered, centre), "frames")
    if len(gathered.placements) > 1:
        return clean
    return replace(
        clean,
        told=("a single frame has nothing to be merged with; it stays as it is.", *clean.told),
    )
