"""The solve in linear light: alpha and foreground from the compositing equation.

The network names colours, alpha and how far to trust the equation; what is written comes from

    plate = foreground · alpha + background · (1 - alpha)

unclamped, so that values above 1 and below 0 survive. Differentiable: losses act on what is solved.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.plate.encoding import decode, slope

from .coarse import alpha_of, bounded

_PRIOR = 4.0  # weight of the network's alpha in the projection: noise of two deviations from it
_MIXED = 16.0  # the equation counts in full from alpha 1/15 to 14/15
_SPREAD = 0.5  # stops by which the network's colours are off
_LEAST_PULL, _MOST_PULL = 1e-6, 1.0
_BRIGHTEST = 22.0  # stops: what half float holds


class Estimate(NamedTuple):
    """What the network says, (B, C, H, W).

    Attributes:
        level: of alpha, see coarse.alpha_of.
        foreground: encoded.
        background: encoded, as the plate has it: with shadow, bounce and drift.
        trust: in the equation, not bounded; 0 and less is none, 1 and more is full.
    """

    level: Tensor
    foreground: Tensor
    background: Tensor
    trust: Tensor


class Solved(NamedTuple):
    """Solved in linear light.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1].
        foreground: (B, 3, H, W) straight, scene-linear; the plate itself where alpha is 1.
        background: (B, 3, H, W) scene-linear, as the plate has it.
        named: (B, 3, H, W) scene-linear, the colour that the network names for the foreground.
    """

    alpha: Tensor
    foreground: Tensor
    background: Tensor
    named: Tensor


def solve_linear(plate: Tensor, variance: Tensor, exposure: Tensor, estimate: Estimate) -> Solved:
    """Solves the compositing equation with the network's colours.

    Args:
        plate: (B, 3, H, W) scene-linear, unbounded.
        variance: (B, 3, H, W) of the noise, see cues.noise_variance.
        exposure: (B, 1, 1, 1) of the encoding.
        estimate: see Estimate.
    """
    alpha = alpha_of(estimate.level)
    named = decode(estimate.foreground.clamp(-_BRIGHTEST, _BRIGHTEST))
    background = decode(estimate.background.clamp(-_BRIGHTEST, _BRIGHTEST)) / exposure
    named = named / exposure
    mixed = (_MIXED * alpha * (1 - alpha)).clamp_max(1).detach()  # elsewhere it would add grain
    trust = bounded(estimate.trust) * mixed
    # The slopes of the projection along its colours have no bounds; losses of their own teach them.
    projected = _project(plate, named.detach(), background.detach(), alpha, variance)
    alpha = torch.lerp(alpha, projected, trust)
    foreground = unmix(plate, variance, exposure, alpha, named, background)
    return Solved(alpha, foreground, background, named)


def unmix(
    plate: Tensor,
    variance: Tensor,
    exposure: Tensor,
    alpha: Tensor,
    named: Tensor,
    background: Tensor,
) -> Tensor:
    """Solves the compositing equation for the foreground, (B, 3, H, W), unclamped.

    Where alpha is small the equation says little, and `named` steps in, weighed by noise.

    Args:
        plate: (B, 3, H, W) scene-linear.
        variance: (B, 3, H, W) of the noise.
        exposure: (B, 1, 1, 1) of the encoding.
        alpha: (B, 1, H, W) in [0, 1].
        named: (B, 3, H, W) the colour that the foreground is expected to have.
        background: (B, 3, H, W) as the plate has it.
    """
    pull = colour_pull(variance, exposure, named)
    lit = plate - (1 - alpha) * background
    foreground = (alpha * lit + pull * named) / (alpha * alpha + pull)
    return torch.where(alpha >= 1, plate, foreground)


def _project(
    plate: Tensor, foreground: Tensor, background: Tensor, alpha: Tensor, variance: Tensor
) -> Tensor:
    """Where the plate lies on the line from background to foreground, (B, 1, H, W) in [0, 1].

    Each channel counts by its noise. Where the two colours are alike, the equation says nothing
    and the network's alpha stays.
    """
    line = foreground - background
    weight = 1 / (variance + 1e-12)
    along = (weight * (plate - background) * line).sum(1, keepdim=True)
    length = (weight * line * line).sum(1, keepdim=True)
    return bounded((along + _PRIOR * alpha) / (length + _PRIOR))


def colour_pull(variance: Tensor, exposure: Tensor, named: Tensor) -> Tensor:
    """Weight of the network's colour against the equation at alpha 1, (B, 3, H, W)."""
    spread = (_SPREAD / slope(named * exposure)) ** 2
    return (variance * exposure**2 / spread).clamp(_LEAST_PULL, _MOST_PULL)
