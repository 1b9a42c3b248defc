"""How far the plate is from the clean plate, in units of what noise and drift explain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.plate.encoding import encode, slope
from platekey.core.plate.noise import NoiseModel
from platekey.core.plate.quick_filters import (
    box_mean,
    dilate,
    erode,
    fill,
    gaussian_blur,
    gradient_energy,
    reduce,
)

from .cast_shadow import follow_shadows
from .hard_shadow import find_hard_shadow

_DARKEST, _BRIGHTEST = -2.5, 1.0  # stops that shadow and bounce may change the background by
_SIGMAS = (64.0, 32.0, 16.0, 8.0)  # pixels; the field follows the picture more closely each round
_SHARP = 2.0  # pixels; the field inside a cast shadow
_EDGE = 0.7  # pixels; the same at the edge of a hard shadow
_DIFFERENT = 3.0  # deviations
_CLEARANCE = 6  # pixels kept from the subject, whose soft edge would bleed into the field
_DRIFT = (0.015, 0.15)  # stops; bounds of the unexplained drift of the background
_CELLS = 64  # cells along the longer side, for the broad surface
_ANNEALING = (0.4, 0.3, 0.2, 0.15, 0.1, 0.1, 0.07, 0.07, 0.05, 0.05)  # stops
_NOTHING = 0.01  # stops of shadow
_ALIKE = 0.1  # stops
_START = 0.5  # stops; a first guess at what may still be background


@dataclass(frozen=True)
class Difference:
    """The background as it is in the plate, and how far the plate is from it.

    Attributes:
        background: (1, 3, H, W) scene-linear: clean plate under the subject's shadow and bounce.
        shadow: (1, 3, H, W) stops, smooth: what shadow and bounce did to the clean plate.
        significance: (1, 1, H, W) >= 0, distance in standard deviations.
        deviation: (1, 3, H, W) stops, one standard deviation of a background pixel.
        drift: stops, one standard deviation of the background that noise does not explain.
    """

    background: Tensor
    shadow: Tensor
    significance: Tensor
    deviation: Tensor
    drift: float


def measure_difference(
    plate: Tensor,
    clean_plate: Tensor,
    valid: Tensor,
    noise: NoiseModel,
    *,
    misalignment: float,
    shadow_removal: float,
    subject: Tensor | None = None,
    spread: Tensor | None = None,
) -> Difference:
    """Separates the smooth change of the background from the subject, and judges what remains.

    Args:
        plate: (1, 3, H, W) scene-linear.
        clean_plate: like plate, conditioned.
        valid: (1, 1, H, W), 1 where the clean plate is known.
        noise: noise of the difference of the two at this size.
        misalignment: pixels at this size.
        shadow_removal: 0 to 1, share of a shadow that counts as background.
        subject: (1, 1, H, W), above 0.5 where a hint sees the subject; None without a hint.
        spread: like plate, one standard deviation by which the background may be off the clean
            plate, beyond noise and misalignment; None for nowhere.

    Returns:
        The difference. Where the clean plate is not known, significance is that of the nearest
        pixel where it is: a subject goes on, a background too. It is infinite if none is known.
    """
    seen, clean = encode(plate), encode(clean_plate)
    known_variance = noise.variance(clean_plate) * slope(clean_plate) ** 2
    known_variance = known_variance + misalignment**2 * gradient_energy(clean)
    if spread is not None:
        known_variance = known_variance + (spread * slope(clean_plate)) ** 2
    raw = seen - clean
    usable = _usable(raw, valid, subject)
    shadow = _broad_field(raw, usable)
    quiet = ((raw - shadow).abs().amax(1, keepdim=True) < _START).to(raw.dtype) * usable
    for sigma in _SIGMAS:
        residual = box_mean(raw - shadow, 1)
        drift = _drift(residual, quiet, known_variance)
        variance = known_variance + drift**2
        distance = (residual**2 / variance).mean(1, keepdim=True).sqrt()
        calm = (distance < 3).to(raw.dtype) * usable
        quiet = calm * (0.02 + 0.98 * erode(calm, _CLEARANCE))
        shadow = _smooth_field(raw, quiet, sigma).clamp(_DARKEST, _BRIGHTEST)
    dark = torch.minimum(box_mean(plate, 1), clean_plate)  # in the dark a stop holds more noise
    in_shadow = variance + noise.variance(dark) * slope(dark) ** 2
    grown = follow_shadows(raw - shadow, in_shadow.sqrt(), quiet.round()) * usable
    if bool(grown.any()):
        shadow = _with_shadow(shadow, raw, grown, quiet, _SHARP).clamp(_DARKEST, _BRIGHTEST)
        quiet = torch.maximum(quiet, grown)
    if shadow_removal > 0:
        left = box_mean(raw - shadow, 1)
        is_different = ((left**2 / variance).mean(1, keepdim=True).sqrt() > _DIFFERENT) * usable
        lit = clean_plate * torch.exp2(shadow)
        hard = find_hard_shadow(
            plate, lit, noise.variance(plate), noise.variance(lit), is_different.to(raw.dtype)
        )
        if bool(hard.any()):
            shadow = _with_shadow(shadow, raw, hard, quiet, _EDGE).clamp_min(2 * _DARKEST)
            quiet = torch.maximum(quiet, hard)
    # less than a hundredth of a stop is nothing: the clean plate stays untouched there
    shadow = shadow * ((shadow.abs() - _NOTHING) / _NOTHING).clamp(0, 1) * shadow_removal
    background = clean_plate * torch.exp2(shadow)
    residual = box_mean(seen - encode(background), 1)
    drift = _drift(residual, quiet, known_variance)
    variance = known_variance + drift**2
    significance = (residual**2 / variance).mean(1, keepdim=True).sqrt()
    significance = _extended(significance, valid)
    return Difference(background, shadow, significance, variance.sqrt(), drift)


def _extended(significance: Tensor, valid: Tensor) -> Tensor:
    """Significance with that of the nearest known pixel where the clean plate is not known."""
    known = (valid > 0.5)[0, 0].cpu().numpy()
    if known.all():
        return significance
    if not known.any():
        return torch.full_like(significance, torch.inf)
    unknown = (~known).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(
        unknown, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(int(labels.max()) + 1, np.int64)
    index[labels[known]] = np.flatnonzero(known)
    nearest = torch.from_numpy(index[labels]).to(significance.device)
    return significance.flatten()[nearest][None, None]


def _usable(raw: Tensor, valid: Tensor, subject: Tensor | None) -> Tensor:
    """Where background may be looked for: what a hint calls subject says nothing about it.

    A hint that covers most of what looks exactly like the clean plate is wrong, and ignored.
    """
    if subject is None:
        return valid
    elsewhere = valid * (subject <= 0.5)
    alike = (raw.abs().amax(1, keepdim=True) < _ALIKE).to(valid.dtype)
    kept = (alike * elsewhere).sum() / (alike * valid).sum().clamp_min(1)
    return elsewhere if float(kept) > 0.5 else valid


def _broad_field(raw: Tensor, usable: Tensor) -> Tensor:
    """A robust quadratic surface through the change of the background, stops: vignette, light.

    The surface starts as none at all and gives less and less weight to what lies off it.
    """
    height, width = raw.shape[-2:]
    cell = max(1, max(height, width) // _CELLS)
    known = reduce(usable, cell)
    values = (reduce(raw * usable, cell) / known.clamp_min(1e-6))[0].flatten(1).T  # (N, 3)
    weight = (known[0].flatten() > 0.5).to(raw.dtype)
    small = _quadratic(known.shape[-2], known.shape[-1], raw)
    design = small.flatten(1).T  # (N, 6)
    fit = torch.zeros(6, 3, device=raw.device, dtype=raw.dtype)
    if int(weight.sum()) < 64:
        return torch.zeros_like(raw)
    for scale in _ANNEALING:
        distance = (values - design @ fit).abs().amax(1)
        trust = weight / (1 + (distance / scale) ** 2) ** 2
        normal = design.T @ (design * trust[:, None]) + 1e-3 * torch.eye(6, device=raw.device)
        fit = torch.linalg.solve(normal, design.T @ (values * trust[:, None]))
    surface = (fit.T @ _quadratic(height, width, raw).flatten(1)).view(1, 3, height, width)
    return surface.clamp(-1, 1)


def _quadratic(height: int, width: int, like: Tensor) -> Tensor:
    """1, x, y, x^2, x y, y^2 over the frame, x and y from -1 to 1, (6, H, W)."""
    y = torch.linspace(-1, 1, height, device=like.device).view(-1, 1).expand(height, width)
    x = torch.linspace(-1, 1, width, device=like.device).view(1, -1).expand(height, width)
    return torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y])


def _smooth_field(values: Tensor, weight: Tensor, sigma: float) -> Tensor:
    """Local weighted mean, completed smoothly where there is no weight."""
    total = gaussian_blur(weight, sigma)
    mean = gaussian_blur(values * weight, sigma) / total.clamp_min(1e-6)
    return fill(mean, total.clamp(0, 1) ** 2)


def _with_shadow(shadow: Tensor, raw: Tensor, grown: Tensor, quiet: Tensor, sigma: float) -> Tensor:
    """The field with the grown part as it is in the plate, up to `sigma` pixels sharp."""
    sharp = _smooth_field(raw, torch.maximum(quiet, grown), sigma)
    here = gaussian_blur(dilate(grown, max(1, 2 * round(sigma))), 2 * sigma)
    return torch.lerp(shadow, sharp, here)


def _drift(residual: Tensor, quiet: Tensor, known_variance: Tensor) -> float:
    """Robust deviation of the background beyond its noise, in stops."""
    background = quiet[0, 0] > 0.5
    if int(background.sum()) < 64:
        return _DRIFT[1]
    # a 3x3 mean leaves a ninth of the noise
    excess = (residual**2 - known_variance / 9).mean(1)[0][background]
    spread = excess.kthvalue(max(1, int(0.8 * excess.numel()))).values.clamp_min(0).sqrt()
    return float(spread.clamp(*_DRIFT))
