"""The additive keyer: what the matte lost of smoke, glass and fine hair, added back as light."""

from __future__ import annotations

import torch
from torch import Tensor

_BLACK = 1e-4  # scene-linear; a darker clean plate tells no ratio
_NOISE = 3.0  # standard deviations of grain that are nothing


def lost_light(
    plate: Tensor,
    premultiplied: Tensor,
    alpha: Tensor,
    background: Tensor,
    new_background: Tensor,
    *,
    bright: float,
    dark: float,
    noise: Tensor | None = None,
) -> Tensor:
    """The light to add to a composite: plate minus what foreground and old background explain.

    With nothing keyed (alpha 0) that is plate minus clean plate. More light than explained is added
    as it is; less is taken from the new background in the proportion that the old one lost, so that
    smoke darkens what is behind it. A shadow that is carried over is part of the old background, so
    it is not put down twice. Over the old background, with bright = dark = 1, the composite becomes
    the plate.

    Args:
        plate: (1, 3, H, W) scene-linear.
        premultiplied: (1, 3, H, W), the foreground before despill.
        alpha: (1, 1, H, W) in [0, 1], before despill.
        background: (1, 3, H, W), the clean plate times the factor that is carried over.
        new_background: (1, 3, H, W).
        bright: scale of the added light.
        dark: share of the lost light.
        noise: variance of plate minus clean plate, (1, 3, H, W); what grain explains is left out.
            None takes every difference.

    Returns:
        (1, 3, H, W) scene-linear, signed.
    """
    difference = plate - premultiplied - (1 - alpha) * background
    if noise is not None:
        grain = _NOISE * noise.sqrt()
        difference = difference.sign() * (difference.abs() - grain).clamp_min(0)
    gain = bright * difference.clamp_min(0)
    loss = (-difference).clamp_min(0) / background.clamp_min(_BLACK)
    return gain - dark * torch.minimum(loss, 1 - alpha) * new_background
