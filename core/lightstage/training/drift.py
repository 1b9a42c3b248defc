"""How a clean plate differs from the shot's own background: light, grade, and where it was taken.

Pictures are (B, 3, H, W) scene-linear, unbounded; a value for each picture of a batch is
(B, 1, 1, 1).
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import gaussian_blur
from platekey.core.plate.encoding import decode, encode

GREY = 0.18  # scene-linear; a gamma drift turns around it
_LUMINANCE = (0.2126, 0.7152, 0.0722)


def drift_light(picture: Tensor, *, stops: Tensor, gamma: Tensor) -> Tensor:
    """Another exposure, white balance and gamma.

    Args:
        picture: scene-linear; the sign of a value is kept.
        stops: (B, 3, 1, 1) of each channel: their mean is exposure, the rest white balance.
        gamma: (B, 1, 1, 1) exponent around GREY; 1 is none, 0.8 to 1.25 are sensible.
    """
    lit = picture * torch.exp2(stops)
    bent = GREY * (lit.abs() / GREY).pow(gamma) * lit.sign()
    return torch.where(gamma == 1, lit, bent)


def shift_corners(picture: Tensor, corners: Tensor) -> Tensor:
    """Resamples a picture by the homography that moves its corners: a camera that moved a little.

    Bicubic on the log-like encoding, where highlights do not ring. What comes in from outside is
    the picture mirrored.

    Args:
        picture: (B, C, H, W) scene-linear; at least 2 pixels a side.
        corners: (B, 4, 2), by how many pixels x, y the content at top left, top right, bottom
            left and bottom right moves.
    """
    batch, _, height, width = picture.shape
    unit = corners.new_tensor([[-1, -1], [1, -1], [-1, 1], [1, 1]])
    half = corners.new_tensor([width / 2, height / 2])
    source = (unit - corners / half).to(picture)  # the content that arrives at a corner
    matrix = _homography(unit.to(picture), source)
    x = (2 * torch.arange(width, device=picture.device) + 1).to(picture) / width - 1
    y = (2 * torch.arange(height, device=picture.device) + 1).to(picture) / height - 1
    points = torch.stack([x.expand(height, width), y[:, None].expand(height, width)], dim=-1)
    points = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1)
    moved = torch.einsum("bij,hwj->bhwi", matrix, points)
    grid = moved[..., :2] / moved[..., 2:]
    warped = decode(
        nnf.grid_sample(
            encode(picture), grid, mode="bicubic", padding_mode="reflection", align_corners=False
        )
    )
    is_still = (corners == 0).flatten(1).all(1).view(batch, 1, 1, 1)
    return torch.where(is_still.to(picture.device), picture, warped)


def _homography(points: Tensor, images: Tensor) -> Tensor:
    """The (B, 3, 3) matrices that take (4, 2) points to (B, 4, 2) images, last entry 1."""
    x, y = points.expand_as(images).unbind(-1)
    u, v = images.unbind(-1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    rows = [
        torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], dim=-1),
        torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], dim=-1),
    ]
    solved = torch.linalg.solve(torch.cat(rows, dim=1), torch.cat([u, v], dim=1))
    return torch.cat([solved, one[:, :1]], dim=1).view(-1, 3, 3)


def cast_shadow(
    alpha: Tensor,
    *,
    density: Tensor,
    shift: Tensor,
    softness: float,
    sky: Tensor,
    shape: Tensor | None = None,
) -> Tensor:
    """What the subject's shadow does to the set: a factor for the background, (B, 3, H, W).

    The shadow is the subject's own shape, moved, blurred, and bent by a wall that is not square to
    the lamp.

    Args:
        alpha: (B, 1, H, W).
        density: (B, 1, 1, 1) part of the light that is taken where it is deepest, 0 to 1.
        shift: (B, 2) where it falls, in picture widths and heights, right and down.
        softness: deviation of the blur, in pixels.
        sky: (B, 3, 1, 1), what is left of each channel, relative to density: below 1 the shadow is
            less deep there, as blue is under a blue sky.
        shape: (B, 2, 2), the step across the subject that a step across the shadow is; None leaves
            the subject's own shape.
    """
    move = torch.eye(2, 3, device=alpha.device, dtype=alpha.dtype).repeat(len(alpha), 1, 1)
    if shape is not None:
        move[:, :, :2] = shape.to(alpha)
    move[:, :, 2] = -2 * shift.to(alpha)
    grid = nnf.affine_grid(move, list(alpha.shape), align_corners=False)
    fallen = nnf.grid_sample(alpha, grid, padding_mode="border", align_corners=False)
    return 1 - density * sky * gaussian_blur(fallen, softness).clamp(0, 1)


def bounce(premultiplied: Tensor, *, strength: Tensor, reach: float) -> Tensor:
    """The light that the subject throws on the set: a factor for the background, (B, 3, H, W).

    It has the subject's colours and falls off around it.

    Args:
        premultiplied: (B, 3, H, W) foreground times alpha.
        strength: (B, 1, 1, 1), how much brighter the set becomes in the middle of the light; 0 to
            0.3 is natural.
        reach: deviation of the blur, in pixels.
    """
    light = gaussian_blur(premultiplied.clamp_min(0), reach)
    weights = premultiplied.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
    # Relative to the subject's own brightness, so that the exposure of the shot does not matter.
    brightness = (light * weights).sum(1, keepdim=True).amax((2, 3), keepdim=True)
    return 1 + strength * light / brightness.clamp_min(1e-8)


def blend_colours(
    premultiplied: Tensor, alpha: Tensor, background: Tensor, amount: Tensor
) -> Tensor:
    """Shifts the subject's colours to those of the background behind it; its detail stays.

    Args:
        premultiplied: (B, 3, H, W) foreground times alpha, unbounded.
        alpha: (B, 1, H, W).
        background: (B, 3, H, W).
        amount: (B, 1, 1, 1); at 1 the subject's mean is the background's all over it.

    Returns:
        Premultiplied, with the same alpha.
    """
    straight = encode(premultiplied / alpha.clamp_min(1e-4))
    behind = gaussian_blur(encode(background), max(alpha.shape[-2:]) / 16)
    total = alpha.sum((2, 3), keepdim=True).clamp_min(1e-4)
    own = (straight * alpha).sum((2, 3), keepdim=True) / total
    shifted = decode(straight + amount * (behind - own)) * alpha
    return torch.where((amount > 0) & (alpha > 0), shifted, premultiplied)
