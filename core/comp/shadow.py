"""The subject's real shadow and reflection, taken from its plate to the new background."""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.filters import box_mean, enlarge, erode, fill, gaussian_blur, reduce
from platekey.core.options import check_range

from .checks import check_finite, check_matte, check_picture

_CELL = 2  # pixels; what is smooth is worked out on a picture half the size
_RADIUS = 3  # cells, of the edge-aware filter
_STEP = 0.06  # stops; a smaller change inside the filter's window is noise, a larger one an edge
_HUE_SIGMA = 6.0  # cells; the hue of a shadow changes slowly, its depth may not
_NOTHING = 0.02  # stops of shadow that are none
_DEEPEST = 8.0  # stops, either way
_COVERED = 0.95  # alpha above which no shadow can be seen: what a solve wrote there is made up
_CLEAR = 0.1  # alpha above which the ratio of two plates is not that of the background
_CLEARANCE = 1  # cells beside it that are not believed either
_WINDOW = 2  # pixels, radius of the window in which two plates are compared
_BLACK = 1e-3  # scene-linear; noise rules below it


def carry_shadow(
    shadow_ratio: Tensor, alpha: Tensor, *, strength: float = 1.0, softness: float = 0.0
) -> Tensor:
    """The factor that puts the shadow on a new background.

    Where the background is seen, be it a little, the ratio is denoised without rounding the
    shadow's edge; behind the subject it is completed smoothly from there, for an alpha that is
    choked later. Values above 1, a reflection or bounce, are kept like those below.

    Args:
        shadow_ratio: (1, 3, H, W), plate over clean plate where the background shows, 1 is
            untouched: the solve's shadow pass, or shadow_from_plates. NaN counts as unknown.
        alpha: (1, 1, H, W) in [0, 1].
        strength: 0 is no shadow, 1 the real one, 2 twice its stops.
        softness: pixels over which the shadow's edge is softened further.

    Returns:
        (1, 3, H, W) factor above 0; exactly 1 everywhere if strength is 0, and where nothing
        happened to the background.

    Raises:
        ShapeError: a tensor of another shape.
        OptionError: strength or softness out of range.
        NonFinitePixels: NaN or infinity in alpha.

    Source: the filter is after He & Sun 2015 (docs/references.md#he2015), with weights.
    """
    check_picture("shadow", shadow_ratio)
    check_matte("alpha", alpha, shadow_ratio)
    check_range("shadow strength", strength, 0, 2)
    check_range("shadow softness", softness, 0, 1000)
    if strength == 0 or bool((shadow_ratio == 1).all()):
        return torch.ones_like(shadow_ratio)
    check_finite("alpha", alpha)
    seen = _cells((alpha < _COVERED) & shadow_ratio.isfinite().all(1, keepdim=True))
    stops = _completed(_stops(shadow_ratio), seen)
    stops = stops * ((stops.abs() - _NOTHING) / _NOTHING).clamp(0, 1)
    # about 0, so that a blur leaves exactly 1 where all is 1; softened as light, not as stops
    change = gaussian_blur(torch.exp2(stops) - 1, softness / 2)
    return (1 + change) if strength == 1 else (1 + change) ** strength


def shadow_from_plates(plate: Tensor, clean_plate: Tensor, alpha: Tensor) -> Tensor:
    """The shadow ratio of a subject, where no solve wrote one.

    Per channel the factor that fits plate to clean plate best in a small window (least squares,
    so that dark and noisy pixels count little), filled behind the subject.

    Args:
        plate: (1, 3, H, W) scene-linear, finite.
        clean_plate: like plate, aligned and of the same exposure.
        alpha: (1, 1, H, W) in [0, 1].

    Returns:
        (1, 3, H, W) ratio, 1 where both are black: for carry_shadow.

    Raises:
        ShapeError: a tensor of another shape.
        NonFinitePixels: NaN or infinity in an input.
    """
    check_picture("plate", plate)
    check_picture("clean plate", clean_plate)
    check_matte("alpha", alpha, plate)
    check_matte("a channel of the clean plate", clean_plate[:, :1], plate)
    for name, x in (("plate", plate), ("clean plate", clean_plate), ("alpha", alpha)):
        check_finite(name, x)
    seen = erode(_cells(alpha < _CLEAR), _CLEARANCE)
    known = _whole(seen, *alpha.shape[-2:])
    black = _BLACK**2
    product = box_mean(known * plate * clean_plate, _WINDOW) + black
    square = box_mean(known * clean_plate**2, _WINDOW) + black
    stops = _stops(product / square)
    behind = _whole(_filled(reduce(stops, _CELL), seen), *alpha.shape[-2:])
    return torch.exp2(torch.lerp(behind, stops, known))


def _cells(pixels: Tensor) -> Tensor:
    """Cells in {0, 1}: 1 where every pixel of the cell is True."""
    share = reduce(pixels.to(torch.float32), _CELL)
    return (share > 0.99).to(share.dtype)


def _whole(cells: Tensor, height: int, width: int) -> Tensor:
    """Cells at full size; a pixel between a known and an unknown one lies between."""
    return enlarge(cells, _CELL, height, width)


def _filled(cells: Tensor, seen: Tensor) -> Tensor:
    """Cells continued smoothly where they are not seen."""
    height, width = cells.shape[-2:]
    small = fill(reduce(cells * seen, 2) / reduce(seen, 2).clamp_min(1e-6), reduce(seen, 2))
    return torch.lerp(enlarge(small, 2, height, width), cells, seen)


def _stops(ratio: Tensor) -> Tensor:
    least, most = 2.0**-_DEEPEST, 2.0**_DEEPEST
    return torch.nan_to_num(ratio, 1.0, most, least).clamp(least, most).log2()


def _completed(stops: Tensor, seen: Tensor) -> Tensor:
    """Stops denoised where their cells are seen and continued where they are not."""
    height, width = stops.shape[-2:]
    cells = reduce(stops, _CELL)
    level = cells.mean(1, keepdim=True)
    sums = box_mean(torch.cat([seen, seen * level, seen * level**2], 1), _RADIUS)
    trust = sums[:, :1].clamp_min(1e-6)
    mean = sums[:, 1:2] / trust
    variance = (sums[:, 2:] / trust - mean**2).clamp_min(0)
    slope = variance / (variance + _STEP**2)
    sums = box_mean(seen * torch.cat([slope, mean * (1 - slope)], 1), _RADIUS) / trust
    slope, centre = seen * sums[:, :1], sums[:, 1:]
    hue = gaussian_blur(seen * (cells - level), _HUE_SIGMA)
    hue = hue / gaussian_blur(seen, _HUE_SIGMA).clamp_min(1e-6)
    smooth = _filled(slope * level + centre + hue, seen)
    coarse = _whole(torch.cat([smooth, slope, slope * level], 1), height, width)
    # the slope says where the level's detail below a cell is the shadow's edge and no noise
    return coarse[:, :3] + coarse[:, 3:4] * stops.mean(1, keepdim=True) - coarse[:, 4:]
