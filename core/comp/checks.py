"""What a picture and a matte must be before the compositing functions touch them."""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.errors import NonFinitePixels, ShapeError


def check_picture(name: str, picture: Tensor) -> None:
    """Raises ShapeError unless `picture` is (1, 3, H, W) with at least one pixel."""
    if picture.dim() != 4 or picture.shape[:2] != (1, 3) or picture.numel() == 0:
        raise ShapeError(f"{name} is {tuple(picture.shape)}, expected (1, 3, H, W)")


def check_matte(name: str, matte: Tensor, picture: Tensor) -> None:
    """Raises ShapeError unless `matte` is (1, 1, H, W) of the picture's size."""
    expected = (1, 1, *picture.shape[-2:])
    if tuple(matte.shape) != expected:
        raise ShapeError(f"{name} is {tuple(matte.shape)}, expected {expected}")


def check_finite(name: str, picture: Tensor) -> None:
    """Raises NonFinitePixels if a pixel would spread NaN or infinity over the frame."""
    if bool(torch.isfinite(picture.sum())):  # quick; a sum that overflows is looked at closely
        return
    bad = int((~torch.isfinite(picture)).any(1).sum())
    if bad:
        raise NonFinitePixels(
            f"{name} has {bad} pixels of NaN or infinity, which a filter would spread; "
            "repair them first (--nonfinite repair)."
        )
