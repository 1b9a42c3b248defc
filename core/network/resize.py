"""Bilinear resizing, in a call that every torch since 1.6 has.

torch.nn.functional.interpolate does the same, but in TorchScript it brings along every kind of
resizing that this torch knows, and an older torch then refuses the file.
"""

from __future__ import annotations

import torch
from torch import Tensor


def resized(x: Tensor, height: int, width: int) -> Tensor:
    """(B, C, H, W) to (B, C, height, width); pixels are areas, not points."""
    large: Tensor = torch._C._nn.upsample_bilinear2d(x, [height, width], False, None)
    return large
