"""The subject's colours around every pixel: a local mean and covariance, from sure foreground."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.plate.quick_filters import enlarge, fill, reduce

_FLOOR = 0.02  # of the value; a subject's colour is never known better than 2 %


@dataclass(frozen=True)
class ColourModel:
    """A Gaussian over foreground colour at every pixel.

    Attributes:
        mean: (1, 3, H, W) scene-linear.
        covariance: (1, 6, H, W): rr rg rb gg gb bb, floor included.
    """

    mean: Tensor
    covariance: Tensor


def model_foreground(plate: Tensor, weight: Tensor, *, detail: int = 2) -> ColourModel:
    """Spreads mean and covariance of the colours of sure foreground to where they are asked.

    Args:
        plate: (1, 3, H, W) scene-linear.
        weight: (1, 1, H, W) in [0, 1], how surely a pixel is pure foreground.
        detail: the model is made on a picture this many times smaller: it is smooth anyway.

    Returns:
        The model at the plate's size.

    Source: the foreground model of Chuang et al. 2001, with distance weights by pull-push
    (docs/references.md#chuang2001).
    """
    r, g, b = plate.unbind(1)
    moments = torch.stack([r, g, b, r * r, r * g, r * b, g * g, g * b, b * b], 1)
    known = reduce(weight, detail)
    # within a cell only the sure pixels count
    cells = reduce(moments * weight, detail) / known.clamp_min(1e-6)
    spread = fill(cells, known)
    spread = enlarge(spread, detail, plate.shape[-2], plate.shape[-1])
    mean = spread[:, :3]
    m_r, m_g, m_b = mean.unbind(1)
    outer = torch.stack([m_r * m_r, m_r * m_g, m_r * m_b, m_g * m_g, m_g * m_b, m_b * m_b], 1)
    covariance = spread[:, 3:] - outer
    covariance[:, (1, 2, 4)] *= 0.98  # keeps it positive definite under rounding
    covariance[:, (0, 3, 5)] = covariance[:, (0, 3, 5)].clamp_min(0) + (_FLOOR * mean) ** 2
    return ColourModel(mean, covariance)
