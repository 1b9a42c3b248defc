"""Spill in soft edges: the old background's light, of any colour, exchanged for the new one's.

What a matte gets wrong in a half-transparent pixel leaves light of the clean plate in the
foreground, or takes too much of it. How much is told by the subject's own colours around.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .colour_statistics import measure_colours
from .merge import unpremultiply

DOUBT = 0.8 / 3  # standard deviation of alpha for each unit that confidence lacks
BRIGHTNESS = 4.0  # variance of the subject's brightness, of its square: shading says nothing
FLOOR = 0.03**2  # variance of what is left of any colour, of its square
DARK = 1e-5  # the same in the dark, scene-linear squared
UNKNOWN = 0.2  # what confidence lacks at alpha 1/2 where no solve tells it
LEAST_TRUST = 0.01  # of a colour
MOST = 0.95  # of a pixel's alpha that may have been spill


@dataclass(frozen=True)
class Despilled:
    """A foreground without the old background's light.

    Attributes:
        foreground: (1, 3, H, W) scene-linear, straight.
        alpha: (1, 1, H, W) in [0, 1]; lower where the subject was given the background's light.
        spill: (1, 3, H, W), the light that was removed, premultiplied; negative where too little
            was there.
    """

    foreground: Tensor
    alpha: Tensor
    spill: Tensor


def spill_coverage(
    foreground: Tensor, alpha: Tensor, background: Tensor, confidence: Tensor | None
) -> Tensor:
    """How much of each half-transparent pixel shows the old background although alpha denies it.

    With a the given alpha and F the given colour, the pixel is a F = (a - s) G + s B, with B the
    old background and G the subject's own colour, normal with the mean M and the covariance S of
    its neighbourhood; s has mean 0 and the variance v that the solve's confidence implies. The most
    likely s is

        s = d' K a (F - M) / (d' K d + 1 / v),  d = B - M,  K = (a^2 (S + g M M') + f I)^-1

    g leaves the brightness of G open, so that only its hue is judged; f is what no model explains.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight, finite.
        alpha: (1, 1, H, W) in [0, 1].
        background: (1, 3, H, W), the clean plate with the subject's shadow on it, finite.
        confidence: (1, 1, H, W) in [0, 1] of the solve; None assumes a middling one.

    Returns:
        (1, 1, H, W), from alpha - 1 to nearly alpha, exactly 0 where alpha is 0 or 1.
    """
    if confidence is None:
        confidence = 1 - UNKNOWN * 4 * alpha * (1 - alpha)
    colours = measure_colours(foreground, alpha, confidence.clamp(LEAST_TRUST, 1))
    is_soft = ((alpha > 0) & (alpha < 1))[0, 0]

    def soft(x: Tensor) -> Tensor:
        return x[0, :, is_soft]  # (C, N): only these are worked on

    a, mean, behind = soft(alpha), soft(colours.mean), soft(background)
    power = (mean * mean + behind * behind).mean(0, keepdim=True)
    unit = 1 / (power + DARK)  # keeps the products below in the range of float32
    xx, xy, xz, yy, yz, zz = (
        a * a * (soft(colours.covariance) + BRIGHTNESS * _products(mean)) * unit
    )
    rest = (FLOOR * power + DARK) * unit
    xx, yy, zz = (item + rest[0] for item in (xx, yy, zz))
    adjugate = (
        (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy),
        (xz * yz - xy * zz, xx * zz - xz * xz, xy * xz - xx * yz),
        (xy * yz - xz * yy, xy * xz - xx * yz, xx * yy - xy * xy),
    )
    determinant = xx * adjugate[0][0] + xy * adjugate[0][1] + xz * adjugate[0][2]
    toward = (behind - mean) * unit.sqrt()
    residual = a * (soft(foreground) - mean) * unit.sqrt()
    pull = [sum(row[i] * toward[i] for i in range(3)) for row in adjugate]
    agreement = sum(pull[i] * residual[i] for i in range(3))
    leverage = sum(pull[i] * toward[i] for i in range(3))
    variance = (DOUBT * (1 - soft(confidence)[0])) ** 2
    share = variance * agreement / (variance * leverage + determinant).clamp_min(1e-30)
    coverage = torch.zeros_like(alpha)
    coverage[0, 0, is_soft] = share
    return _bounded(coverage, alpha)


def exchange_spill(
    foreground: Tensor,
    alpha: Tensor,
    background: Tensor,
    confidence: Tensor | None,
    *,
    amount: float,
) -> Despilled:
    """Removes the old background's light from soft edges, and its share from alpha.

    So a composite shows the new background where the old one shone through, and over the old
    background nothing changes.

    Args:
        foreground: see spill_coverage.
        alpha: see spill_coverage.
        background: see spill_coverage.
        confidence: see spill_coverage.
        amount: share that is removed, 1 is all.
    """
    coverage = amount * spill_coverage(foreground, alpha, background, confidence)
    coverage = _bounded(coverage, alpha)
    spill = coverage * background
    cleaned = unpremultiply(foreground * alpha - spill, alpha - coverage)
    return Despilled(torch.where(coverage == 0, foreground, cleaned), alpha - coverage, spill)


def _bounded(coverage: Tensor, alpha: Tensor) -> Tensor:
    """Leaves alpha in [0, 1], and some of it wherever there was some, for the light that stays."""
    return torch.minimum(torch.maximum(coverage, alpha - 1), MOST * alpha)


def _products(x: Tensor) -> Tensor:
    """(3, N) to (6, N): RR, RG, RB, GG, GB, BB."""
    return torch.stack([x[i] * x[j] for i in range(3) for j in range(i, 3)])
