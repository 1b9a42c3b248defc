"""The log-like encoding in which differences are judged: equal steps are equal ratios of light."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TOE = 0.02  # scene-linear; below it the curve turns linear, so that noise and negatives stay small


def encode(linear: Tensor) -> Tensor:
    """Scene-linear to stops above the toe: asinh(v / 2 toe) / ln 2. Odd, unbounded, invertible."""
    return torch.asinh(linear / (2 * TOE)) / math.log(2)


def decode(encoded: Tensor) -> Tensor:
    """The inverse of encode."""
    return 2 * TOE * torch.sinh(encoded * math.log(2))


def slope(linear: Tensor) -> Tensor:
    """Derivative of encode: stops per unit of scene-linear light."""
    return torch.rsqrt(linear * linear + 4 * TOE * TOE) / math.log(2)
