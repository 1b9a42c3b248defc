"""The unknown band: where a matte is hard, made from the reference alone."""

from __future__ import annotations

import cv2
import numpy as np

from .region import Plane, Region

LOW, HIGH = 0.06, 0.96
ITERATIONS = 10
DEFINITION = (
    f"closing of {{{LOW} <= alpha <= {HIGH}}} by {ITERATIONS} dilations and {ITERATIONS} erosions "
    "with the 3x3 cross"
)


def unknown_band(reference: Plane) -> Region:
    """Finds the band of a reference alpha.

    Args:
        reference: (H, W) alpha, 0 to 1.

    Returns:
        (H, W) bool. The picture's border does not erode.

    Source: Lin et al. 2021 (BackgroundMattingV2), supplement; the code was not published, this is
        the reading that DEFINITION states and every score prints.
    """
    if reference.size == 0:
        return np.zeros(reference.shape, dtype=np.bool_)
    fractional = ((reference >= LOW) & (reference <= HIGH)).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    closed = cv2.morphologyEx(fractional, cv2.MORPH_CLOSE, cross, iterations=ITERATIONS)
    return np.asarray(closed, dtype=np.bool_)


def cropped(values: Plane) -> Plane:
    """The top left part whose sides are multiples of 4, as the band metrics' code crops."""
    height, width = values.shape[:2]
    return values[: height // 4 * 4, : width // 4 * 4]
