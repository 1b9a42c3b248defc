"""Defocus in linear light: every pixel of the background spreads over the lens's shape."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import fill

from .checks import check_finite, check_matte, check_picture
from .kernels import Lens, lens_kernel

_DIRECT = 3  # kernels up to this side are faster without Fourier
_TILE = 448  # pixels; with a kernel of 41 or 65 its transform is of size 488 or 512
_BRIGHT = 64.0  # above it a float32 transform's rounding would be seen as noise in the dark
_ENOUGH = 1e-3  # of the kernel has to see known pixels for their mean to be used


def defocus(background: Tensor, lens: Lens, *, ignore: Tensor | None = None) -> Tensor:
    """Defocuses a picture evenly.

    A highlight inside the frame keeps its energy. At the borders the light of what is seen is
    averaged over what is seen: nothing dark comes in and a highlight is not smeared.

    Args:
        background: (1, 3, H, W) scene-linear, finite, unbounded.
        lens: see Lens.
        ignore: (1, 1, H, W) in [0, 1]; 1 where a pixel must not spread: a subject that is still in
            the picture. Its place is filled from around it.

    Returns:
        (1, 3, H, W); the input itself where the lens does not spread at all and nothing is ignored.

    Raises:
        ShapeError: a tensor of another shape.
        NonFinitePixels: NaN or infinity, which would spread.
    """
    check_picture("background", background)
    if ignore is not None:
        check_matte("ignore", ignore, background)
        check_finite("ignore", ignore)
    kernel = lens_kernel(lens, background.device)
    if kernel.numel() == 1 and ignore is None:
        return background
    check_finite("background", background)
    if ignore is None:
        blurred = spread(background, kernel) / share_seen(kernel, *background.shape[-2:])
    else:
        weight = 1 - ignore
        weighed = spread(torch.cat([background * weight, weight], 1), kernel)
        total = weighed[:, 3:]
        known = (total > _ENOUGH).to(total.dtype)
        blurred = weighed[:, :3] / total.clamp_min(_ENOUGH)
        blurred = torch.where(known > 0, blurred, fill(background, weight))
    return blurred.clamp_min(0) if float(background.min()) >= 0 else blurred


def spread(x: Tensor, kernel: Tensor) -> Tensor:
    """Convolves (1, C, H, W) with a (rows, columns) kernel of odd sides; outside is 0.

    In tiles, so that memory stays small and a highlight's rounding error stays near it.
    """
    rows, columns = kernel.shape
    if kernel.numel() == 1:
        return x * kernel
    up, left = rows // 2, columns // 2
    flipped = kernel.flip(0, 1)  # conv2d correlates
    if max(rows, columns) <= _DIRECT:
        weight = flipped.expand(x.shape[1], 1, rows, columns)
        return nnf.conv2d(x, weight, padding=(up, left), groups=x.shape[1])
    height, width = x.shape[-2:]
    result = torch.empty_like(x)
    side = max(_TILE, 4 * max(rows, columns))
    for top in range(0, height, side):
        for start in range(0, width, side):
            bottom, end = min(top + side, height), min(start + side, width)
            part = x[..., max(0, top - up) : bottom + up, max(0, start - left) : end + left]
            above, before = min(top, up), min(start, left)
            result[..., top:bottom, start:end] = _by_fourier(part, kernel)[
                ...,
                up + above : up + above + bottom - top,
                left + before : left + before + end - start,
            ]
    return result


def _by_fourier(x: Tensor, kernel: Tensor) -> Tensor:
    """The full convolution, (1, C, at least H + rows - 1, at least W + columns - 1)."""
    exact = torch.float64 if float(x.abs().amax()) > _BRIGHT else torch.float32
    size = [_smooth(n + k - 1) for n, k in zip(x.shape[-2:], kernel.shape, strict=True)]
    transform = torch.fft.rfft2(x.to(exact), s=size)
    transform *= torch.fft.rfft2(kernel.to(exact), s=size)
    full: Tensor = torch.fft.irfft2(transform, s=size).to(x.dtype)
    return full


def _smooth(length: int) -> int:
    """The next length without a prime factor above 5: quick to transform."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1


def share_seen(kernel: Tensor, height: int, width: int) -> Tensor:
    """How much of the kernel around each pixel lies inside the frame, (height, width)."""
    table = nnf.pad(kernel.double().cumsum(0).cumsum(1), (1, 0, 1, 0))
    first_row, last_row = _overlap(kernel.shape[0], height, kernel.device)
    first, last = _overlap(kernel.shape[1], width, kernel.device)
    rows = table[last_row] - table[first_row]
    return (rows[:, last] - rows[:, first]).to(kernel.dtype)


def _overlap(side: int, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """First and one past the last kernel index that falls on the frame, for each position."""
    # light of pixel q reaches p through kernel[p - q + half]
    position = torch.arange(length, device=device)
    half = side // 2
    return (position - length + 1 + half).clamp(0, side), (position + half + 1).clamp(0, side)
