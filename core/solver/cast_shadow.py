"""Follows a cast shadow from the untouched background into its core, as far as it stays a shadow.

A shadow begins as nothing and deepens without a step, keeps the hue of what it falls on (within
what sky and bounce light do) and keeps its detail. A subject begins at an edge, has colours of its
own and hides the detail. So the background is grown from pixel to pixel while all three hold.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.plate.quick_filters import box_mean, dilate, enlarge, gaussian_blur, reduce

_CELL = 2  # the growth runs on a picture half the size
_SIGMA = 1.5  # cells, of the field that is followed
_STEP = 0.1  # stops between a pixel and the field beside it
_DEEPEST = 2.5  # stops; what gets darker than that is no shadow
_CHROMA = 0.35  # of the darkening: how far channels may differ
_SLACK = 0.04  # stops of hue that any pixel may be off
_ROUGHNESS = 0.05  # stops that a pixel may differ from its neighbours' mean
_RIM = 2  # cells beside an edge of the subject whose neighbourhood is not smooth
_ROUNDS = 160  # cells that a shadow may reach
_LEAST = 16  # cells; fewer are an edge, no shadow


def follow_shadows(change: Tensor, deviation: Tensor, is_background: Tensor) -> Tensor:
    """Finds the pixels that belong to a shadow which sets in gradually.

    Args:
        change: (1, 3, H, W), stops from clean plate to plate, its smooth part taken away.
        deviation: (1, 3, H, W), stops, one standard deviation of a background pixel.
        is_background: (1, 1, H, W) in {0, 1}, background that shows no change.

    Returns:
        (1, 1, H, W) in {0, 1}, the shadow without the given background.
    """
    height, width = change.shape[-2:]
    cells = reduce(change, _CELL)
    spread = reduce(deviation, _CELL) / _CELL
    background = reduce(is_background, _CELL) > 0.5
    start = background
    tinted = _has_the_hue(cells, spread)
    smooth = ((cells - box_mean(cells, 1)).abs() - 2 * spread < _ROUGHNESS).all(1, keepdim=True)
    reach = dilate(
        (tinted & smooth).to(cells.dtype), _RIM
    ).bool()  # beside the subject all is rough
    possible = tinted & reach
    for _ in range(_ROUNDS):
        weight = background.to(cells.dtype)
        known = gaussian_blur(weight, _SIGMA)
        field = gaussian_blur(cells * weight, _SIGMA) / known.clamp_min(1e-6)
        near = (cells - field).abs() < _STEP + 2 * spread
        grown = dilate(weight, 1).bool() & possible & near.all(1, keepdim=True) & ~background
        if not bool(grown.any()):
            break
        background = background | grown
    shadow = _plausible(background & ~start, cells)
    return (enlarge(shadow, _CELL, height, width) > 0.5).to(change.dtype)


def _has_the_hue(cells: Tensor, spread: Tensor) -> Tensor:
    """Boolean (1, 1, h, w): darker than the background, and of the same hue."""
    level = cells.mean(1, keepdim=True)
    hue = (cells - level).abs() - 2 * spread
    darker = (level < _SLACK) & (level > -_DEEPEST)
    return darker & (hue < _CHROMA * level.abs() + _SLACK).all(1, keepdim=True)


def _plausible(grown: Tensor, cells: Tensor) -> Tensor:
    """The grown parts that end before they reach the deepest shadow, as 0 and 1."""
    level = cells.mean(1)[0].cpu().numpy()
    mask = grown[0, 0].cpu().numpy().astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask)
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, np.asarray(labels, np.int64).ravel(), level.ravel())
    keep = (lowest > 0.1 - _DEEPEST) & (statistics[:, cv2.CC_STAT_AREA] >= _LEAST)
    keep[0] = False
    return torch.from_numpy(np.asarray(keep[labels])).to(cells.device, cells.dtype)[None, None]
