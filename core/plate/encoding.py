"""The log-like encoding in which differences are judged: equal steps are equal ratios of light."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

_NEAR_ENOUGH = 3  # stops
TOE = 0.02  # scene-linear; below it the curve turns linear, so that noise and negatives stay small


def encode(linear: Tensor) -> Tensor:
    """Scene-linear to stops above the toe: asinh(v / 2 toe) / ln 2. Odd, unbounded, invertible."""
    return _asinh(linear / (2 * TOE)) / math.log(2)


def decode(encoded: Tensor) -> Tensor:
    """The inverse of encode."""
    return 2 * TOE * torch.sinh(encoded * math.log(2))


def slope(linear: Tensor) -> Tensor:
    """Derivative of encode: stops per unit of scene-linear light."""
    return torch.rsqrt(linear * linear + 4 * TOE * TOE) / math.log(2)


def normal_exposure(picture: Tensor) -> float:
    """The power of two that brings a picture's median to about 18 % grey; 1 if it is near enough.

    The toe above is made for pictures of ordinary brightness. A power of two changes no bit of a
    float but its exponent, so that light multiplied by it and divided again is the same.
    """
    light = picture.abs().amax(1)
    median = float(light[light > 0].median()) if bool((light > 0).any()) else 0.18
    stops = round(math.log2(0.18 / median))
    return 2.0 ** max(-60, min(60, stops)) if abs(stops) >= _NEAR_ENOUGH else 1.0


def _asinh(x: Tensor) -> Tensor:
    """Torch's own takes twenty times as long on a CPU; exported networks have no numpy."""
    is_exported = torch.jit.is_tracing()  # type: ignore[no-untyped-call, attr-defined]
    if is_exported or not x.is_cpu or x.requires_grad:
        return torch.asinh(x)
    return torch.from_numpy(np.asarray(np.arcsinh(x.numpy())))
