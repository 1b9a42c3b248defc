"""What can be said of a solved frame in figures, and which frames to look at first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_AREA = 0.01  # of the picture: below it a subject is taken to be that large
# Shots differ more than their frames do, so that a frame is held against its own shot: within
# five frames of one take doubt was seen to vary by a twentieth. The limits are well above that.
_DOUBT_RATIO, _DOUBT_MORE, _DOUBT_MOST = 1.5, 0.02, 0.5
_FLICKER_RATIO, _FLICKER_LEAST = 2.0, 1.0  # hundredths of alpha


@dataclass(frozen=True)
class FrameFigures:
    """One frame.

    Attributes:
        frame: its number.
        doubt: what confidence lacks to 1, summed over the picture, as a part of the subject's
            area; NaN if the confidence was not written.
        flicker: see Flicker.static; NaN for the first frame, or where nothing stood still.
    """

    frame: int
    doubt: float
    flicker: float


def doubt_of(alpha: NDArray[np.floating], confidence: NDArray[np.floating] | None) -> float:
    """How much of the subject is in doubt, see FrameFigures; (H, W) both."""
    if confidence is None:
        return math.nan
    area = max(float(alpha.sum(dtype=np.float64)), _LEAST_AREA * alpha.size)
    return float((1 - confidence).sum(dtype=np.float64)) / area


def flags(figures: Sequence[FrameFigures]) -> dict[int, list[str]]:
    """The frames to look at first, with "confidence" or "flicker" or both as the reason."""
    doubt = _median([item.doubt for item in figures])
    flicker = _median([item.flicker for item in figures])
    most_doubt = min(_DOUBT_MOST, max(_DOUBT_RATIO * doubt, doubt + _DOUBT_MORE))
    most_flicker = max(_FLICKER_RATIO * flicker, _FLICKER_LEAST)
    found: dict[int, list[str]] = {}
    for item in figures:
        reasons = []
        if item.doubt > most_doubt:  # never true of NaN
            reasons.append("confidence")
        if item.flicker > most_flicker:
            reasons.append("flicker")
        if reasons:
            found[item.frame] = reasons
    return found


def _median(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return float(np.median(finite)) if finite else 0.0
