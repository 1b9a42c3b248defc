"""The terms of the loss, each a number from 0 up; lower is better.

Sources: docs/references.md#lin2021 for alpha, gradient and error; docs/references.md#hou2019 for
the Laplacian pyramid; docs/references.md#sengupta2020 for foreground and composite.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

_LEVELS = 5  # of the pyramid
_VISIBLE = 0.01  # alpha from which a foreground has a colour that can be told
_SOBEL = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]) / 8  # 1 for a step of 1 a pixel


def alpha_loss(alpha: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference."""
    return (alpha - truth).abs().mean()


def gradient_loss(alpha: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of the Sobel gradients, both directions added."""
    kernel = torch.stack([_SOBEL, _SOBEL.T])[:, None].to(alpha)
    difference = nnf.pad(alpha - truth, (1, 1, 1, 1), mode="replicate")
    with torch.autocast(alpha.device.type, enabled=False):  # small differences of large numbers
        return 2 * nnf.conv2d(difference, kernel).abs().mean()


def laplacian_loss(alpha: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference at each scale, coarser ones counting twice as much a level.

    The pyramid is linear, so that of the difference is the difference of the pyramids.
    """
    rest = alpha - truth
    total = torch.zeros((), dtype=alpha.dtype, device=alpha.device)
    for level in range(_LEVELS):
        if min(rest.shape[-2:]) < 2:
            break
        small = nnf.avg_pool2d(rest, 2, ceil_mode=True, count_include_pad=False)
        size = [rest.shape[2], rest.shape[3]]
        smooth = nnf.interpolate(small, size, mode="bilinear", align_corners=False)
        total = total + 2**level * (rest - smooth).abs().mean()
        rest = small
    return total / _LEVELS


def colour_loss(colour: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference of encoded colours, in stops, where weight says so.

    Args:
        colour: (B, 3, H, W) encoded.
        truth: likewise.
        weight: (B, 1, H, W) in [0, 1].
    """
    difference = (colour - truth).abs().mean(1, keepdim=True)
    return (difference * weight).sum() / weight.sum().clamp_min(1)


def foreground_loss(colour: Tensor, truth: Tensor, alpha: Tensor) -> Tensor:
    """colour_loss where there is a subject; alpha is the true one."""
    return colour_loss(colour, truth, (alpha > _VISIBLE).to(colour.dtype))


def background_loss(colour: Tensor, truth: Tensor, alpha: Tensor) -> Tensor:
    """colour_loss where background shows."""
    return colour_loss(colour, truth, 1 - alpha)


def composite_loss(composite: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of two encoded pictures, composited in linear light, in stops."""
    return (composite - truth).abs().mean()


def error_loss(error: Tensor, alpha: Tensor, truth: Tensor) -> Tensor:
    """Mean squared error of the error that the network expects of its alpha."""
    return nnf.mse_loss(error, (alpha - truth).abs().detach())
