"""The subject's own colours around every pixel: what an edge would look like without spill."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import enlarge, gaussian_blur, reduce

CELL = 4  # pixels a side; statistics are smooth, so they are taken on a picture so much smaller
NEAR, FAR = 4.0, 16.0  # standard deviations in pixels of the two windows
FAR_SHARE = 0.05  # of the far window in the near one's place, where that sees no subject
LEAST = 1e-6  # of weight; without any subject in reach all statistics are 0

_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


@dataclass(frozen=True)
class ColourStatistics:
    """Local mean and covariance of the subject's straight colour, scene-linear.

    Attributes:
        mean: (1, 3, H, W).
        covariance: (1, 6, H, W): RR, RG, RB, GG, GB, BB.
    """

    mean: Tensor
    covariance: Tensor


def measure_colours(foreground: Tensor, alpha: Tensor, trust: Tensor) -> ColourStatistics:
    """Measures the subject's colours, weighed by alpha squared times trust.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight, finite.
        alpha: (1, 1, H, W) in [0, 1].
        trust: (1, 1, H, W), above 0: how far each pixel's colour is believed.
    """
    height, width = alpha.shape[-2:]
    weight = alpha * alpha * trust
    weighed = foreground * weight
    products = [weighed[:, i : i + 1] * foreground[:, j : j + 1] for i, j in _PAIRS]
    sums = reduce(torch.cat([weighed, *products, weight], 1), CELL)
    sums = gaussian_blur(sums, NEAR / CELL)
    sums = sums + FAR_SHARE * gaussian_blur(sums, FAR / CELL)
    moments = sums[:, :9] / sums[:, 9:].clamp_min(LEAST)
    mean = moments[:, :3]
    own = torch.cat([mean[:, i : i + 1] * mean[:, j : j + 1] for i, j in _PAIRS], 1)
    both = enlarge(torch.cat([mean, moments[:, 3:] - own], 1), CELL, height, width)
    return ColourStatistics(both[:, :3], both[:, 3:])
