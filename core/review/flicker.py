"""Flicker: how much the matte changes from frame to frame where the plate did not."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

_THRESHOLD = 4.0  # standard deviations of the plates' difference
_CLEARANCE = 15  # pixels kept from what moved: a moving hair is faint for several pixels around
_LEAST_SOFT = 50  # pixels
_LEAST_STATIC = 0.01  # part of the picture below which nothing can be said
_SOFT = (0.02, 0.98)  # alpha between them is soft


@dataclass(frozen=True)
class Flicker:
    """From one frame to the next, in hundredths of alpha, as dtSSD is.

    Attributes:
        frame: the later of the two.
        static: root mean square change of alpha where the plate stood still; NaN if it moved
            everywhere.
        static_soft: the same over the soft pixels among them; NaN if there are too few.
        coverage: part of the picture that stood still, 0 to 1.
    """

    frame: int
    static: float
    static_soft: float
    coverage: float


def measure_flicker(
    frame: int,
    plates: tuple[NDArray[np.floating], NDArray[np.floating]],
    alphas: tuple[NDArray[np.floating], NDArray[np.floating]],
) -> Flicker:
    """Compares two frames.

    Args:
        frame: number of the later one.
        plates: two (H, W, 3) scene-linear plates, the earlier first.
        alphas: their (H, W) mattes.
    """
    is_static = static_region(*plates)
    squared = (alphas[1].astype(np.float64) - alphas[0]) ** 2
    softest = np.minimum(np.abs(alphas[0] - 0.5), np.abs(alphas[1] - 0.5))
    is_soft = is_static & (softest < _SOFT[1] - 0.5)
    enough = _LEAST_STATIC * is_static.size
    return Flicker(
        frame,
        static=_rms(squared[is_static], at_least=enough),
        static_soft=_rms(squared[is_soft], at_least=_LEAST_SOFT),
        coverage=float(is_static.mean()),
    )


def static_region(earlier: NDArray[np.floating], later: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(H, W) where two plates differ by no more than their noise.

    The noise is the smaller of two estimates: the plates' median difference, too large where most
    of the picture moves, and the finest detail of a plate, too large where all of it is textured.
    """
    before, now = (_stabilised(plate).mean(axis=2) for plate in (earlier, later))
    difference = np.abs(cv2.blur(now - before, (3, 3)))
    fine = now - cv2.blur(now, (5, 5))
    # blurring over 9 pixels divides white noise by 3, a difference of two has it sqrt(2) times;
    # 1.25 for codecs, that smooth the finest noise away
    spatial = 1.25 * np.sqrt(2) / 3 * _deviation(fine)
    deviation = min(_deviation(difference), float(spatial))
    moved = (difference > max(_THRESHOLD * deviation, 1e-4)).astype(np.uint8)
    return np.asarray(cv2.dilate(moved, np.ones((_CLEARANCE, _CLEARANCE), np.uint8)) == 0)


def _stabilised(plate: NDArray[np.floating]) -> Plane:
    """Square root of light: a sensor's photon noise is then the same in shadow and highlight."""
    return np.asarray(np.sqrt(np.clip(np.nan_to_num(plate), 0, None).astype(np.float64) + 0.01))


def _deviation(values: Plane) -> float:
    """Standard deviation of what is mostly noise around 0, from its median."""
    return 1.4826 * float(np.median(np.abs(values)))


def _rms(squared: Plane, *, at_least: float) -> float:
    return 100 * float(np.sqrt(squared.mean())) if squared.size >= at_least else float("nan")
