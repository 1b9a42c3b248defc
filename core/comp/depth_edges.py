"""Antialiased edges in a picture with depth: pixels that hold two things have only one distance."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import erode

_STEP = 1.0  # pixels of radius; a larger one from pixel to pixel is the edge of something
_AROUND = 2  # pixels in which the two colours of a mixed pixel are looked for


@dataclass(frozen=True)
class SplitPicture:
    """A picture whose pixels on the far side of an edge are taken apart.

    Attributes:
        far: (1, 3, H, W), the picture, without what the nearer thing added to such pixels.
        near: (1, 3, H, W), the nearer thing's colour; 0 where there is no edge.
        share: (1, 1, H, W) in [0, 1], how much of the pixel the nearer thing covers.
        radius: (1, 1, H, W), the nearer thing's radius; the pixel's own where there is no edge.
    """

    far: Tensor
    near: Tensor
    share: Tensor
    radius: Tensor


def split_edges(picture: Tensor, radius: Tensor) -> SplitPicture:
    """Takes mixed pixels apart by the colours on both sides of them.

    Left as it is, a pixel that is half lamp and has the distance of the wall behind would throw a
    disc of its own beside the lamp.

    Args:
        picture: (1, 3, H, W) scene-linear, finite.
        radius: (1, 1, H, W) signed radius of the defocus, smaller is nearer.
    """
    nearer = erode(radius, 1)
    is_edge = radius - nearer > _STEP
    far, near = picture.clone(), torch.zeros_like(picture)
    share = torch.zeros_like(radius)
    places = is_edge.flatten().nonzero()[:, 0]
    if places.numel():
        around = _neighbours(picture, places)  # (3, n, K)
        radii = _neighbours(radius, places)[0]
        mixed = _neighbours(is_edge.to(radius.dtype), places)[0] > 0
        own = radius.flatten()[places, None]
        in_front = (radii < own - _STEP).to(radius.dtype)
        behind = ((radii - own).abs() <= _STEP).to(radius.dtype) * ~mixed
        colour = picture[0].flatten(1)[:, places]
        front = (around * in_front).sum(2) / in_front.sum(1).clamp_min(1)
        back = (around * behind).sum(2) / behind.sum(1).clamp_min(1)
        back = torch.where(behind.sum(1) > 0, back, colour)
        way = front - back
        part = ((colour - back) * way).sum(0) / (way**2).sum(0).clamp_min(1e-12)
        part = part.clamp(0, 1)
        far[0].flatten(1)[:, places] = torch.where(part > 0, back, colour)
        near[0].flatten(1)[:, places] = front
        share.flatten()[places] = part
    return SplitPicture(far, near, share, torch.where(is_edge, nearer, radius))


def _neighbours(x: Tensor, places: Tensor) -> Tensor:
    """The (2 r + 1)^2 pixels around each place, (C, n, K); the border is repeated."""
    height, width = x.shape[-2:]
    side = 2 * _AROUND + 1
    padded = nnf.pad(x, (_AROUND,) * 4, mode="replicate")[0].flatten(1)
    y, x0 = places // width, places % width
    step = torch.arange(side, device=places.device)
    offsets = (step[:, None] * (width + 2 * _AROUND) + step).flatten()
    return padded[:, (y * (width + 2 * _AROUND) + x0)[:, None] + offsets]
