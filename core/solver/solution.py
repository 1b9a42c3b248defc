"""What every method of solving a frame takes and gives, and the rules that all of them obey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.plate.conditioning import ConditionedPlate


@dataclass(frozen=True)
class Solution:
    """A solved frame; scene-linear, in the plate's space.

    Attributes:
        alpha: (1, 1, H, W) in [0, 1].
        foreground: (1, 3, H, W) straight, unbounded; the plate where alpha is 1.
        shadow: (1, 3, H, W), plate over clean plate where the background shows, 1 = untouched.
        confidence: (1, 1, H, W) in [0, 1].
        report: figures of the solve by name.
    """

    alpha: Tensor
    foreground: Tensor
    shadow: Tensor
    confidence: Tensor
    report: dict[str, Any]


def with_mattes(alpha: Tensor, *, garbage: Tensor | None, holdout: Tensor | None) -> Tensor:
    """Alpha under the artist's soft mattes; garbage wins over holdout."""
    if holdout is not None:
        alpha = torch.maximum(alpha, holdout.clamp(0, 1))
    if garbage is not None:
        alpha = alpha * (1 - garbage.clamp(0, 1))
    return alpha


def describe_matte(alpha: Tensor, confidence: Tensor) -> dict[str, Any]:
    """The figures of a report that any method has."""
    soft = (alpha > 0) & (alpha < 1)
    return {
        "alpha_mean": round(float(alpha.mean()), 5),
        "soft_share": round(float(soft.float().mean()), 5),
        "confidence_mean": round(float(confidence.mean()), 5),
    }


def check_shapes(plate: Tensor, conditioned: ConditionedPlate, **mattes: Tensor | None) -> None:
    """Checks that plate, clean plate and mattes are of one size.

    Raises:
        ShapeError: they are not.
    """
    if plate.dim() != 4 or plate.shape[:2] != (1, 3):
        raise ShapeError(f"plate is {tuple(plate.shape)}, expected (1, 3, H, W)")
    if conditioned.clean_plate.shape != plate.shape:
        theirs = tuple(conditioned.clean_plate.shape)
        raise ShapeError(f"plate is {tuple(plate.shape)}, clean plate {theirs}")
    expected = (1, 1, *plate.shape[-2:])
    for name, matte in mattes.items():
        if matte is not None and tuple(matte.shape) != expected:
            raise ShapeError(f"{name} is {tuple(matte.shape)}, expected {expected}")
