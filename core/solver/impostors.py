"""Parts that differ from the clean plate and yet are background: shifted, or in shadow.

Only parts by themselves are judged, never the main subject or what hangs together with it: a hair
that is called a shadow is lost, a shadow that is called subject is seen and painted out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.plate.encoding import encode

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
_LARGEST = 0.02  # share of the frame; a larger part is a subject
_MOST = 400  # parts that are looked at, the largest first
_SHIFT = 3  # pixels at the coarse size: parallax of things that stand before the background
_MARGIN = _SHIFT + 1
_SMALLEST_SHADOW = 100  # pixels; smaller may be a wisp of hair
_SHALLOWEST, _DEEPEST = 0.05, 2.0  # stops of darkening
_CHROMA = 0.3  # of the darkening: how much channels may differ, as sky light makes them


@dataclass(frozen=True)
class _Part:
    """One part, cut out with a margin: encoded plate and background, deviation, its mask."""

    plate: Floats  # (h, w, 3) stops
    background: Floats  # (h, w, 3) stops
    deviation: Floats  # (h, w, 3) stops, of background pixels
    mask: Mask  # (h, w)


def find_impostors(
    plate: Tensor, background: Tensor, deviation: Tensor, significance: Tensor, tolerance: float
) -> Tensor:
    """Finds isolated parts whose difference a small shift or a plain shadow explains.

    Args:
        plate: (1, 3, H, W) scene-linear.
        background: like plate, as it is in the plate but for hard shadows and parallax.
        deviation: (1, 3, H, W), stops, one standard deviation of a background pixel.
        significance: (1, 1, H, W) standard deviations.
        tolerance: standard deviations that still are background.

    Returns:
        (1, 1, H, W) boolean, true on such parts.
    """
    different = (significance > tolerance)[0, 0].cpu().numpy()
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(different.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA]
    small = [i for i in np.argsort(-areas) if i > 0 and areas[i] < _LARGEST * different.size]
    found = np.zeros_like(different)
    if small:
        seen, behind = _array(encode(plate)), _array(encode(background))
        spread = _array(deviation)
        for index in small[:_MOST]:
            window = _window(statistics[index], different.shape)
            mask = np.asarray(labels[window] == index)
            part = _Part(seen[window], behind[window], spread[window], mask)
            if _is_shifted(part, tolerance) or _is_shadow(part, tolerance):
                found[window] |= part.mask
    return torch.from_numpy(found)[None, None].to(plate.device)


def _is_shifted(part: _Part, tolerance: float) -> bool:
    """Whether the background, moved a little, is what the plate shows here."""
    height, width = part.mask.shape
    framed = np.pad(part.background, ((_SHIFT, _SHIFT), (_SHIFT, _SHIFT), (0, 0)), mode="edge")
    for top in range(2 * _SHIFT + 1):
        for left in range(2 * _SHIFT + 1):
            moved = framed[top : top + height, left : left + width]
            error = ((part.plate - moved) / part.deviation)[part.mask]
            if np.sqrt((error**2).mean()) < tolerance / 2:
                return True
    return False


def _is_shadow(part: _Part, tolerance: float) -> bool:
    """Whether the plate is the background with one even, nearly colourless darkening."""
    if int(part.mask.sum()) < _SMALLEST_SHADOW:
        return False
    inside = cv2.erode(part.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if int(inside.sum()) < _SMALLEST_SHADOW // 4:
        return False  # a line is a hair or an edge, no shadow
    change = (part.plate - part.background)[inside]  # (N, 3) stops
    level = np.median(change, axis=0)
    darkening = -float(level.mean())
    if not _SHALLOWEST < darkening < _DEEPEST or level.max() > 0:
        return False
    if float(np.abs(level - level.mean()).max()) > _CHROMA * darkening + 0.02:
        return False
    # what is left must be the background's own detail, to the accuracy of its pixels
    left = (change - level) / part.deviation[inside]
    return bool(np.sqrt((left**2).mean()) < tolerance)


def _window(statistics: NDArray[np.int32], shape: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, width, height = (int(value) for value in statistics[:4])
    rows = slice(max(0, top - _MARGIN), min(shape[0], top + height + _MARGIN))
    return rows, slice(max(0, left - _MARGIN), min(shape[1], left + width + _MARGIN))


def _array(x: Tensor) -> Floats:
    """(1, C, H, W) to (H, W, C)."""
    return np.ascontiguousarray(x[0].permute(1, 2, 0).cpu().numpy())
