"""The subject's edge: alpha moved, blurred and bent, and the colour that goes with it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from platekey.core.filters import fill, gaussian_blur

from .brightness import luminance

_SOLID = 0.95  # alpha above it is the subject itself; grain leaves less than 1 within it
_FAINT = 0.05  # alpha below it tells no colour that could be spread
_SEEN = 0.001  # alpha below it is none
_DIM = 1e-4  # scene-linear; darker colours have no brightness to compare with


def bend_alpha(alpha: Tensor, gamma: float) -> Tensor:
    """alpha^(1 / gamma): above 1 thickens what is half transparent; 0 and 1 stay.

    Args:
        alpha: (1, 1, H, W) in [0, 1].
        gamma: above 0; 1 returns alpha itself.
    """
    return alpha if gamma == 1 else alpha ** (1 / gamma)


def choke(alpha: Tensor, pixels: float) -> Tensor:
    """Moves the edge inwards by `pixels`, outwards if negative, in sub-pixel steps.

    A minimum over a cross and one over a square in turn, together an octagon; what is left of a
    pixel is a mixture of the last two steps. The frame's border does not choke.

    Args:
        alpha: (1, 1, H, W) in [0, 1].
        pixels: 0 returns alpha itself.
    """
    if pixels == 0:
        return alpha
    moved = -alpha if pixels > 0 else alpha  # a minimum is a maximum of the negative
    whole = math.floor(abs(pixels))
    for step in range(whole):
        moved = _spread_once(moved, step)
    part = abs(pixels) - whole
    if part:
        moved = torch.lerp(moved, _spread_once(moved, whole), part)
    return -moved if pixels > 0 else moved


def blur_alpha(alpha: Tensor, sigma: float, edge: Tensor) -> Tensor:
    """Blurs alpha in the edge matte alone.

    Args:
        alpha: (1, 1, H, W) in [0, 1].
        sigma: standard deviation in pixels; 0 returns alpha itself.
        edge: (1, 1, H, W) in [0, 1], see edge_matte.
    """
    return alpha if sigma == 0 else torch.lerp(alpha, gaussian_blur(alpha, sigma), edge)


def core_matte(alpha: Tensor, width: float) -> Tensor:
    """1 where the subject is solid and further than `width` pixels inside its edge.

    Args:
        alpha: (1, 1, H, W) in [0, 1].
        width: pixels, in sub-pixel steps.
    """
    return choke((alpha > _SOLID).to(alpha.dtype), width)


def edge_matte(alpha: Tensor, core: Tensor, width: float) -> Tensor:
    """1 within `width` pixels of the silhouette, to both sides: neither core nor background.

    Args:
        alpha: (1, 1, H, W) in [0, 1].
        core: (1, 1, H, W), the core matte of the same width.
        width: pixels, in sub-pixel steps; 0 takes what is half transparent alone.
    """
    return (choke((alpha > _SEEN).to(alpha.dtype), -width) - core).clamp_min(0)


def extended_colour(foreground: Tensor, core: Tensor) -> Tensor:
    """The core's colour, carried outwards smoothly.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight.
        core: (1, 1, H, W) in [0, 1], see core_matte; without any, the foreground is returned.
    """
    if not bool((core > 0).any()):
        return foreground
    return torch.lerp(fill(foreground, core), foreground, core)


def spread_colour(foreground: Tensor, alpha: Tensor) -> Tensor:
    """The subject's colour where alpha is next to none, for an alpha that is about to grow.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight.
        alpha: (1, 1, H, W) in [0, 1]; elsewhere the foreground is kept bit for bit.
    """
    return torch.where(alpha > _FAINT, foreground, fill(foreground, alpha * (alpha > _FAINT)))


def repair_edge(
    foreground: Tensor,
    alpha: Tensor,
    *,
    width: float,
    extend: float,
    dark_fringe: float,
    bright_fringe: float,
) -> Tensor:
    """Replaces the colour of the edge by the core's, wholly or where it is too dark or bright.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight.
        alpha: (1, 1, H, W) in [0, 1].
        width: of the edge matte, pixels.
        extend: share of the edge's colour that is replaced.
        dark_fringe: share of a lack of luminance, beside the core's, that is made up.
        bright_fringe: share of an excess of luminance that is removed.

    Returns:
        (1, 3, H, W) straight; the input itself if all three are 0.
    """
    if not (extend or dark_fringe or bright_fringe):
        return foreground
    core = core_matte(alpha, width)
    inner, edge = extended_colour(foreground, core), edge_matte(alpha, core, width)
    own, wanted = luminance(foreground), luminance(inner)
    lack, excess = (wanted - own).clamp_min(0), (own - wanted).clamp_min(0)
    repaired = foreground + dark_fringe * lack / wanted.clamp_min(_DIM) * inner
    repaired = repaired - bright_fringe * excess / own.clamp_min(_DIM) * foreground
    repaired = torch.lerp(repaired, inner, extend)
    return torch.where(edge > 0, torch.lerp(foreground, repaired, edge), foreground)


def _spread_once(x: Tensor, step: int) -> Tensor:
    """Maximum over the 4 neighbours in even steps, over all 8 in odd ones.

    By shifted maxima: on a CPU a seventh of the time of a max pooling.
    """
    rows = x.clone()
    torch.maximum(rows[..., 1:, :], x[..., :-1, :], out=rows[..., 1:, :])
    torch.maximum(rows[..., :-1, :], x[..., 1:, :], out=rows[..., :-1, :])
    beside = rows if step % 2 else x
    spread = rows.clone()
    torch.maximum(spread[..., 1:], beside[..., :-1], out=spread[..., 1:])
    torch.maximum(spread[..., :-1], beside[..., 1:], out=spread[..., :-1])
    return spread
