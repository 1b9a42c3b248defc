"""NaN and infinity: counted, and filled from the pixels around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from platekey.core.frames.frame import Pixels


def count_nonfinite(pixels: Pixels) -> int:
    """Number of pixels of (H, W, C) with NaN or infinity in any channel."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        total = pixels.sum(dtype=np.float64)  # one pass, and no array of flags
    if np.isfinite(total):
        return 0
    return int((~np.isfinite(pixels)).any(axis=-1).sum())


def fill_nonfinite(pixels: Pixels) -> Pixels:
    """Replaces NaN and infinity, per channel, by the mean of the nearest finite pixels around.

    A pyramid of means: a single pixel is filled from its neighbours, a hole from its surroundings.
    A channel without any finite value becomes 0. All other values stay as they are.

    Args:
        pixels: (H, W, C).
    """
    finite = np.isfinite(pixels)
    if finite.all():
        return pixels
    height, width = pixels.shape[:2]
    if (height, width) == (1, 1):
        return np.where(finite, pixels, np.float32(0))
    even = ((0, height % 2), (0, width % 2), (0, 0))
    values = np.pad(np.where(finite, pixels, 0).astype(np.float64), even)
    weights = np.pad(finite.astype(np.float64), even)
    total, count = (_sum_of_fours(each) for each in (values, weights))
    with np.errstate(invalid="ignore"):  # 0 / 0 is a hole of the coarser picture
        coarse = fill_nonfinite((total / count).astype(np.float32))
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(finite, pixels, fine)


def _sum_of_fours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width, channels = values.shape
    fours = values.reshape(height // 2, 2, width // 2, 2, channels)
    return np.asarray(fours.sum(axis=(1, 3)))
