"""Premultiplication, over and holdout.

A *straight* (unpremultiplied) foreground is the subject's own colour; a *premultiplied* one is the
light that reaches the camera from it: the colour times alpha. Light is added, so every step that
adds or removes light works on premultiplied pixels, and every step that changes a colour on
straight ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST = 2.0**-24  # the smallest half: an alpha below it cannot have been written


def premultiply(foreground: Tensor, alpha: Tensor) -> Tensor:
    """Straight to premultiplied.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight, unbounded.
        alpha: (1, 1, H, W) in [0, 1].
    """
    return foreground * alpha


def unpremultiply(premultiplied: Tensor, alpha: Tensor) -> Tensor:
    """Premultiplied to straight; where alpha is 0 there is no colour to find, and it is kept.

    Args:
        premultiplied: (1, 3, H, W) scene-linear.
        alpha: (1, 1, H, W) in [0, 1].
    """
    divisor = torch.where(alpha < _LEAST, torch.ones_like(alpha), alpha)
    return premultiplied / divisor


def over(premultiplied: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """The foreground over the background: foreground + (1 - alpha) background.

    Where alpha is 1 it is the foreground, bit for bit; where both are 0, the background.

    Args:
        premultiplied: (1, C, H, W) scene-linear, premultiplied.
        alpha: (1, 1, H, W) in [0, 1].
        background: (1, C, H, W) scene-linear; premultiplied too if it has an alpha of its own.

    Source: Porter & Duff 1984, section 4.3 (docs/references.md#porter1984).
    """
    return premultiplied + (1 - alpha) * background


def hold_out(premultiplied: Tensor, alpha: Tensor, holdout: Tensor | None) -> tuple[Tensor, Tensor]:
    """Takes the foreground away where something of the new scene stands before it.

    Args:
        premultiplied: (1, 3, H, W) scene-linear.
        alpha: (1, 1, H, W) in [0, 1].
        holdout: (1, 1, H, W), 1 where the foreground is hidden; None hides nothing.

    Returns:
        Both times (1 - holdout).
    """
    if holdout is None:
        return premultiplied, alpha
    seen = 1 - holdout.clamp(0, 1)
    return premultiplied * seen, alpha * seen
