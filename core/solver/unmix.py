"""Foreground colour from the compositing equation, and how far the result can be trusted."""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.plate.encoding import TOE

from .coarse import Scene
from .sharpen import TileMatte

_OPAQUE = 1 - 1e-4  # alpha above it is 1: half float can't tell, and the plate stays untouched
_CLEAR = 2e-3  # alpha below it is 0: less than the grain of any plate
_LEFT_OVER = 0.02  # of the value: what conditioning and shadow leave of the background
_LEAST_PULL = 1e-6
_DOUBT = 3.0  # a third of standard deviation in alpha is no confidence at all


def snap(alpha: Tensor) -> Tensor:
    """Alpha with the last traces at both ends removed."""
    alpha = torch.where(alpha > _OPAQUE, torch.ones_like(alpha), alpha)
    return torch.where(alpha < _CLEAR, torch.zeros_like(alpha), alpha)


def least_alpha(scene: Scene, matte: TileMatte) -> Tensor:
    """The alpha below which the foreground would have to be darker than black.

    plate >= (1 - alpha) background in every channel, as light adds; noise and what the
    conditioning left get three standard deviations of slack.

    Args:
        scene: the tile's part of the full-resolution scene.
        matte: of the same tile.

    Returns:
        (1, 1, h, w) in [0, 1]; 0 where the background is dark.
    """
    background = matte.background
    spread = scene.noise.variance(background) + (_LEFT_OVER * background) ** 2
    missing = background - scene.plate - 3 * spread.sqrt()
    share = missing / background.clamp_min(TOE)
    return share.amax(1, keepdim=True).clamp(0, 1)


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
    background = matte.background
    lit = scene.plate - (1 - alpha) * background
    pull = _pull(scene, matte)
    foreground = (alpha * lit + pull * matte.colours.mean) / (alpha * alpha + pull)
    return torch.where(alpha >= 1, scene.plate, foreground)


def _pull(scene: Scene, matte: TileMatte) -> Tensor:
    """Weight of the colour model against the equation at alpha 1, (1, 3, h, w)."""
    noise = scene.noise.variance((scene.plate + matte.background) / 2)
    spread = matte.colours.covariance[:, (0, 3, 5)].clamp_min(1e-12)
    return (noise / spread).clamp(_LEAST_PULL, 1.0)


def judge_confidence(scene: Scene, matte: TileMatte, alpha: Tensor, tolerance: float) -> Tensor:
    """Where to look: 1 is sure, 0 is a guess.

    Lower where the posterior of alpha is wide or the colour had to be guessed, where the background
    differs from the clean plate almost as much as the tolerance, and where opaque subject has the
    clean plate's colour; 0 where the clean plate is not known.

    Args:
        scene: the tile's part of the full-resolution scene.
        matte: of the same tile.
        alpha: (1, 1, h, w), final.
        tolerance: standard deviations, see MatteOptions.

    Returns:
        (1, 1, h, w) in [0, 1].
    """
    settled = (1 - _DOUBT * matte.variance.clamp_min(0).sqrt()).clamp(0, 1)
    pull = _pull(scene, matte).mean(1, keepdim=True)
    soft = settled * alpha**2 / (alpha**2 + pull)
    reach = matte.significance / tolerance
    bare = torch.minimum((2 - 2 * reach).clamp(0, 1), settled)
    solid = torch.minimum((0.5 + 0.5 * reach).clamp(0, 1), settled)
    confidence = torch.where(alpha <= 0, bare, torch.where(alpha >= 1, solid, soft))
    return confidence * (scene.valid > 0.5)
