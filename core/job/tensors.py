"""Pictures as tensors and back: (H, W, C) at the file's side, (1, C, H, W) at the solver's."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from platekey.core.frames.frame import Pixels


def to_tensor(pixels: Pixels, device: torch.device) -> Tensor:
    """(H, W, C) to (1, C, H, W) float32 on `device`."""
    planar = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)
    return torch.from_numpy(planar)[None].to(device)


def to_pixels(tensor: Tensor) -> Pixels:
    """(1, C, H, W) to (H, W, C)."""
    return tensor[0].permute(1, 2, 0).contiguous().cpu().numpy()
