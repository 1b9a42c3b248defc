"""Where to look closely: the places with the most soft alpha."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from platekey.core.frames.frame import Window

_EDGE = 15  # pixels across which alpha has to change to be an edge


def edge_crops(
    alpha: NDArray[np.floating], width: int, height: int, count: int
) -> tuple[Window, ...]:
    """Chooses crops that hold as much fractional alpha as possible and do not overlap.

    Args:
        alpha: (H, W), 0 to 1.
        width: of a crop in pixels; a smaller picture is taken whole.
        height: of a crop in pixels.
        count: how many at most; fewer if there is no soft alpha left.

    Returns:
        Windows in pixels of `alpha`, the softest first.
    """
    rows, columns = alpha.shape
    width, height = min(width, columns), min(height, rows)
    alpha = np.clip(np.nan_to_num(alpha), 0, 1).astype(np.float64)
    around = np.ones((_EDGE, _EDGE), np.uint8)
    contrast = cv2.dilate(alpha, around) - cv2.erode(alpha, around)
    softness = 4 * alpha * (1 - alpha) * contrast**2  # even haze is no edge
    if not (softness > 0.05).any():  # a hard matte: follow its outline
        softness = contrast
    total = cv2.integral(softness)
    inside = (
        total[height:, width:]
        - total[:-height, width:]
        - total[height:, :-width]
        + total[:-height, :-width]
    )  # of the crop whose top left corner is here
    crops: list[Window] = []
    for _ in range(count):
        y, x = np.unravel_index(int(np.argmax(inside)), inside.shape)
        if inside[y, x] <= 1e-6:
            break
        crops.append(Window(int(x), int(y), width, height))
        inside[max(0, y - height + 1) : y + height, max(0, x - width + 1) : x + width] = 0
    return tuple(crops)
