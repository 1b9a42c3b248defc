"""How the picture moves from one frame to the next, and where that can be believed."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.filters import box_mean, reduce
from platekey.core.network.cues import encoded

_RETURN = 1.0  # pixels, squared, by which there and back may miss; more where it moves fast
_SHARE = 0.01  # of the squared motion, likewise
_ALIKE = 0.2  # stops by which what moved may have changed
_RANGE = (1.0, 99.0)  # percentiles of the picture that the eight bits span


class Motion(NamedTuple):
    """From a frame to the next.

    Attributes:
        flow: (1, 2, h, w) pixels right and down, of the size at which it was found.
        trust: (1, 1, h, w) 1 where the motion is sure, 0 where something is covered or uncovered.
    """

    flow: Tensor
    trust: Tensor


def find_motion(before: Tensor, after: Tensor, exposure: Tensor, factor: int) -> Motion:
    """Dense inverse search flow there and back; what does not come back is not trusted.

    Args:
        before: (1, 3, H, W) scene-linear plate.
        after: the next one.
        exposure: (1, 1, 1, 1) what brings both to ordinary brightness.
        factor: by which both are reduced first.

    Source: Kroeger et al. 2016 (docs/references.md#kroeger2016).
    """
    pictures = [encoded(reduce(each, factor), exposure).cpu() for each in (before, after)]
    greys = [each[0].mean(0).numpy() for each in pictures]
    low, high = np.percentile(greys[0], _RANGE)
    first, second = (_eight_bits(grey, float(low), float(high)) for grey in greys)
    if min(first.shape) < 16:  # too small for the search's patches
        height, width = first.shape
        return Motion(torch.zeros(1, 2, height, width), torch.zeros(1, 1, height, width))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    empty = np.zeros((*first.shape, 2), np.float32)
    there, back = (
        torch.from_numpy(np.ascontiguousarray(search.calc(a, b, empty).transpose(2, 0, 1)))[None]
        for a, b in ((first, second), (second, first))
    )
    returned, inside = follow(back, there)
    missed = ((there + returned) ** 2).sum(1, keepdim=True)
    allowed = _RETURN + _SHARE * ((there**2).sum(1, keepdim=True) + returned.square().sum(1, True))
    moved, _ = follow(pictures[1], there)
    changed = box_mean((moved - pictures[0]).mean(1, keepdim=True), 2).abs()
    is_sure = (missed < allowed) & (changed < _ALIKE) & (inside > 0.99)
    return Motion(there, is_sure.to(there.dtype))


def follow(x: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """What lies in `x` where the motion leads, and whether that is inside the picture.

    Args:
        x: (B, C, H, W) of the later frame.
        flow: (B, 2, H, W) from the earlier one.

    Returns:
        (B, C, H, W) on the earlier frame's pixels, and (B, 1, H, W) 1 or 0.
    """
    height, width = x.shape[-2:]
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device).view(1, -1, 1)
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device).view(1, 1, -1)
    across, down = columns + flow[:, 0], rows + flow[:, 1]
    grid = torch.stack(
        [2 * across / max(1, width - 1) - 1, 2 * down / max(1, height - 1) - 1], dim=-1
    )
    found = nnf.grid_sample(x, grid.to(x.dtype), padding_mode="border", align_corners=True)
    inside = (across >= 0) & (across <= width - 1) & (down >= 0) & (down <= height - 1)
    return found, inside[:, None].to(x.dtype)


def enlarged(motion: Motion, factor: int) -> Motion:
    """The motion at a size `factor` times larger."""
    if factor == 1:
        return motion
    flow = nnf.interpolate(motion.flow, scale_factor=factor, mode="bilinear", align_corners=False)
    return Motion(flow * factor, nnf.interpolate(motion.trust, scale_factor=factor))


def _eight_bits(grey: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    spread = max(high - low, 1e-3)
    scaled = np.rint(np.clip((grey - low) / spread, 0, 1) * 255)
    return np.asarray(scaled, np.uint8)
