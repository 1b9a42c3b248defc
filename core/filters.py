"""Small picture filters on tensors, (B, C, H, W), with replicated borders. Any size from 1x1."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor


def box_mean(x: Tensor, radius: int) -> Tensor:
    """Mean over (2 radius + 1)^2 pixels."""
    return nnf.avg_pool2d(_pad(x, radius), 2 * radius + 1, stride=1)


def gaussian_blur(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur, sigma in pixels; above 4 on a halved picture, which costs little."""
    if sigma <= 0:
        return x
    if sigma > 4 and min(x.shape[-2:]) > 1:
        small = gaussian_blur(reduce(x, 2), sigma / 2)
        return enlarge(small, 2, x.shape[-2], x.shape[-1])
    radius = max(1, math.ceil(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    channels = x.shape[1]
    rows = kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    columns = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    x = nnf.pad(x, (radius, radius, 0, 0), mode="replicate")
    x = nnf.conv2d(x, columns, groups=channels)
    x = nnf.pad(x, (0, 0, radius, radius), mode="replicate")
    return nnf.conv2d(x, rows, groups=channels)


def dilate(x: Tensor, radius: int) -> Tensor:
    """Maximum over a square of (2 radius + 1)^2 pixels."""
    for start in range(0, radius, 7):
        step = min(7, radius - start)
        # rows, then columns: the same square at a fraction of the work
        x = nnf.max_pool2d(x, (2 * step + 1, 1), 1, (step, 0))
        x = nnf.max_pool2d(x, (1, 2 * step + 1), 1, (0, step))
    return x


def erode(x: Tensor, radius: int) -> Tensor:
    """Minimum over a square of (2 radius + 1)^2 pixels; the border does not erode."""
    return -dilate(-x, radius)


def reduce(x: Tensor, factor: int) -> Tensor:
    """Mean over cells of factor x factor pixels; the last cells repeat the border."""
    if factor == 1:
        return x
    right, bottom = -x.shape[-1] % factor, -x.shape[-2] % factor
    return nnf.avg_pool2d(nnf.pad(x, (0, right, 0, bottom), mode="replicate"), factor)


def enlarge(x: Tensor, factor: int, height: int, width: int) -> Tensor:
    """Bilinear enlargement by a whole factor, cropped: puts back what `reduce` took."""
    if factor == 1:
        return x
    large = nnf.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    return large[..., :height, :width]


def gradient_energy(x: Tensor) -> Tensor:
    """Squared length of the central-difference gradient, per channel and pixel step."""
    p = _pad(x, 1)
    horizontal = (p[..., 1:-1, 2:] - p[..., 1:-1, :-2]) / 2
    vertical = (p[..., 2:, 1:-1] - p[..., :-2, 1:-1]) / 2
    return horizontal**2 + vertical**2


def fill(x: Tensor, weight: Tensor) -> Tensor:
    """Smooth completion of x where weight is 0, from coarser and coarser averages (pull-push).

    Args:
        x: (B, C, H, W) values, trusted by weight.
        weight: (B, 1, H, W) in [0, 1].

    Returns:
        (B, C, H, W); x (locally averaged) where weight is near 1; zeros if no weight is set.

    Source: Gortler et al. 1996, section 3.4 (docs/references.md#gortler1996).
    """
    values, weights = [x * weight], [weight]
    while max(values[-1].shape[-2:]) > 1:
        values.append(reduce(gaussian_blur(values[-1], 0.8), 2))
        weights.append(reduce(gaussian_blur(weights[-1], 0.8), 2))
    filled = values[-1] / weights[-1].clamp_min(1e-8)
    for value, known in zip(values[-2::-1], weights[-2::-1], strict=True):
        coarser = enlarge(filled, 2, value.shape[-2], value.shape[-1])
        trust = (known * 8).clamp(0, 1)  # an eighth of the window known is enough for an average
        filled = torch.lerp(coarser, value / known.clamp_min(1e-8), trust)
    return filled


def _pad(x: Tensor, radius: int) -> Tensor:
    return nnf.pad(x, (radius,) * 4, mode="replicate")
