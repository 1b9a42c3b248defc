"""Where a colour may be skin: it has one hue in all people, only its depth differs."""

from __future__ import annotations

import torch
from torch import Tensor

_GREEN = (0.40, 0.80)  # of red, in scene-linear Rec.709, from dark to fair skin under white light
_BLUE = (0.45, 0.95)  # of green
_SOFT = 0.12  # over which the matte falls to 0 outside those


def skin_matte(foreground: Tensor) -> Tensor:
    """How much each pixel's hue is that of skin.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight; Rec.709 or a gamut near it.

    Returns:
        (1, 1, H, W) in [0, 1]; 0 for grey and for what is not lit.
    """
    red, green, blue = foreground.chunk(3, 1)
    lit = (red > 0) & (green > 0)
    first = _within(green / torch.where(lit, red, torch.ones_like(red)), *_GREEN)
    second = _within(blue / torch.where(lit, green, torch.ones_like(green)), *_BLUE)
    return torch.where(lit, torch.minimum(first, second), torch.zeros_like(red))


def _within(value: Tensor, low: float, high: float) -> Tensor:
    return (1 - torch.maximum(low - value, value - high).clamp_min(0) / _SOFT).clamp_min(0)
