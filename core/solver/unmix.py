"""Foreground colour from the compositing equation, and how far the result can be trusted."""

from __future__ import annotations

import torch
from torch import Tensor

from .coarse import Scene
from .sharpen import TileMatte

_OPAQUE = 1 - 1e-4  # alpha above it is 1: half float can't tell, and the plate stays untouched
_CLEAR = 2e-3  # alpha below it is 0: less than the grain of any plate
_LEAST_PULL = 1e-6


def snap(alpha: Tensor) -> Tensor:
    """Alpha with the last traces at both ends removed."""
    alpha = torch.where(alpha > _OPAQUE, torch.ones_like(alpha), alpha)
    return torch.where(alpha < _CLEAR, torch.zeros_like(alpha), alpha)


def unmix_foreground(scene: Scene, matte: TileMatte, alpha: Tensor) -> Tensor:
    """Solves plate = alpha F + (1 - alpha) background for F, unclamped, in linear light.

    Where alpha is small the equation says little about F, and the colour model of the subject
    steps in: F minimises |plate - alpha F - (1 - alpha) B|^2 / noise + |F - mean|^2 / Cov F.

    Args:
        scene: the tile's part of the full-resolution scene.
        matte: of the same tile.
        alpha: (1, 1, h, w), final.

    Returns:
        (1, 3, h, w) straight foreground; the plate itself, bit for bit, where alpha is 1.
    """
    background = scene.clean_plate * torch.exp2(matte.shadow)
    lit = scene.plate - (1 - alpha) * background
    noise = scene.noise.variance((scene.plate + background) / 2)
    spread = matte.colours.covariance[:, (0, 3, 5)].clamp_min(1e-12)
    pull = (noise / spread).clamp(_LEAST_PULL, 1.0)
    foreground = (alpha * lit + pull * matte.colours.mean) / (alpha * alpha + pull)
    return torch.where(alpha >= 1, scene.plate, foreground)


def judge_confidence(scene: Scene, matte: TileMatte, alpha: Tensor, tolerance: float) -> Tensor:
    """Where to look: 1 is sure, 0 is a guess.

    Lower where the posterior of alpha is wide, where the background differs from the clean plate
    almost as much as the tolerance, where opaque subject has the clean plate's colour, and 0 where
    the clean plate is not known.

    Args:
        scene: the tile's part of the full-resolution scene.
        matte: of the same tile.
        alpha: (1, 1, h, w), final.
        tolerance: standard deviations, see MatteOptions.

    Returns:
        (1, 1, h, w) in [0, 1].
    """
    width = 1 - 2 * matte.variance.clamp_min(0).sqrt()  # a coin's toss has deviation 1/2
    reach = matte.significance / tolerance
    bare = (2 - 2 * reach).clamp(0, 1)
    solid = (0.5 + 0.5 * reach).clamp(0, 1)
    by_difference = torch.where(alpha <= 0, bare, torch.where(alpha >= 1, solid, width))
    known = (scene.valid > 0.5).to(alpha.dtype)
    return (torch.minimum(by_difference, width).clamp(0, 1) * known).clamp(0, 1)
