"""The filters of core.filters by OpenCV, ten times faster; for whole pictures, without gradients.

A tensor on another device, of another type, or that carries a gradient goes to core.filters, which
is also what these are tested against. Every filter is local: no running sums, so that a highlight
leaves no rounding error in the rows beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from platekey.core import filters

Plane = NDArray[np.float32]
_WIDEST = 4.0  # pixels of sigma; wider blurs run on a halved picture


def box_mean(x: Tensor, radius: int) -> Tensor:
    """Mean over (2 radius + 1)^2 pixels; see core.filters."""
    if not _is_plain(x):
        return filters.box_mean(x, radius)
    side = 2 * radius + 1
    kernel = np.full(side, 1 / side, np.float32)
    return _by_planes(x, lambda plane: _separable(plane, kernel))


def gaussian_blur(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur, sigma in pixels; see core.filters."""
    if not _is_plain(x):
        return filters.gaussian_blur(x, sigma)
    if sigma <= 0:
        return x
    if sigma > _WIDEST and min(x.shape[-2:]) > 1:
        small = gaussian_blur(reduce(x, 2), sigma / 2)
        return enlarge(small, 2, x.shape[-2], x.shape[-1])
    radius = max(1, math.ceil(3 * sigma))
    weights = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    kernel = np.asarray(weights / weights.sum(), np.float32)
    return _by_planes(x, lambda plane: _separable(plane, kernel))


def dilate(x: Tensor, radius: int) -> Tensor:
    """Maximum over a square of (2 radius + 1)^2 pixels; see core.filters."""
    if not _is_plain(x) or radius == 0:
        return filters.dilate(x, radius)
    square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return _by_planes(x, lambda plane: cv2.dilate(plane, square))


def erode(x: Tensor, radius: int) -> Tensor:
    """Minimum over a square of (2 radius + 1)^2 pixels; see core.filters."""
    if not _is_plain(x) or radius == 0:
        return filters.erode(x, radius)
    square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return _by_planes(x, lambda plane: cv2.erode(plane, square))


def reduce(x: Tensor, factor: int) -> Tensor:
    """Mean over cells of factor x factor pixels; see core.filters."""
    if not _is_plain(x) or factor == 1:
        return filters.reduce(x, factor)
    height, width = x.shape[-2:]
    right, bottom = -width % factor, -height % factor
    size = (width + right) // factor, (height + bottom) // factor

    def reduced(plane: Plane) -> Any:
        if right or bottom:
            plane = np.asarray(cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE))
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)

    return _by_planes(x, reduced)


def enlarge(x: Tensor, factor: int, height: int, width: int) -> Tensor:
    """Bilinear enlargement by a whole factor, cropped; see core.filters."""
    if not _is_plain(x) or factor == 1:
        return filters.enlarge(x, factor, height, width)
    size = x.shape[-1] * factor, x.shape[-2] * factor
    large = _by_planes(x, lambda plane: cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR))
    return large[..., :height, :width]


def fill(x: Tensor, weight: Tensor) -> Tensor:
    """Smooth completion of x where weight is 0, by pull-push; see core.filters."""
    if not _is_plain(x):
        return filters.fill(x, weight)
    values, weights = [x * weight], [weight]
    while max(values[-1].shape[-2:]) > 1:
        values.append(reduce(gaussian_blur(values[-1], 0.8), 2))
        weights.append(reduce(gaussian_blur(weights[-1], 0.8), 2))
    filled = values[-1] / weights[-1].clamp_min(1e-8)
    for value, known in zip(values[-2::-1], weights[-2::-1], strict=True):
        coarser = enlarge(filled, 2, value.shape[-2], value.shape[-1])
        trust = (known * 8).clamp(0, 1)
        filled = torch.lerp(coarser, value / known.clamp_min(1e-8), trust)
    return filled


def gradient_energy(x: Tensor) -> Tensor:
    """Squared length of the central-difference gradient; see core.filters."""
    if not _is_plain(x):
        return filters.gradient_energy(x)
    step, middle = np.array([-0.5, 0, 0.5], np.float32), np.ones(1, np.float32)

    def energy(plane: Plane) -> Any:
        horizontal = cv2.sepFilter2D(plane, -1, step, middle, borderType=cv2.BORDER_REPLICATE)
        vertical = cv2.sepFilter2D(plane, -1, middle, step, borderType=cv2.BORDER_REPLICATE)
        return cv2.add(cv2.multiply(horizontal, horizontal), cv2.multiply(vertical, vertical))

    return _by_planes(x, energy)


def _is_plain(x: Tensor) -> bool:
    return x.is_cpu and x.dtype == torch.float32 and not x.requires_grad and x.numel() > 0


def _separable(plane: Plane, kernel: Plane) -> Any:
    return cv2.sepFilter2D(plane, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)


def _by_planes(x: Tensor, work: Callable[[Plane], Any]) -> Tensor:
    """Each channel by itself, (H, W); all come out with one size."""
    planes = [work(plane) for plane in x.flatten(0, 1).numpy()]
    return torch.from_numpy(np.stack(planes)).view(*x.shape[:2], *planes[0].shape)
