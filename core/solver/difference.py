"""How far the plate is from the clean plate, in units of what noise and drift explain."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import box_mean, erode, fill, gaussian_blur, gradient_energy
from platekey.core.plate.encoding import encode, slope
from platekey.core.plate.noise import NoiseModel

_DARKEST, _BRIGHTEST = -2.5, 1.0  # stops that shadow and bounce may change the background by
_SIGMAS = (64.0, 32.0, 16.0, 8.0)  # pixels; the field follows the picture more closely each round
_CLEARANCE = 6  # pixels kept from the subject, whose soft edge would bleed into the field
_DRIFT = (0.015, 0.15)  # stops; bounds of the unexplained drift of the background
_START = 0.5  # stops; a first guess at what may still be background


@dataclass(frozen=True)
class Difference:
    """The background as it is in the plate, and how far the plate is from it.

    Attributes:
        background: (1, 3, H, W) scene-linear: clean plate under the subject's shadow and bounce.
        shadow: (1, 3, H, W) stops, smooth: what shadow and bounce did to the clean plate.
        significance: (1, 1, H, W) >= 0, distance in standard deviations.
        drift: stops, one standard deviation of the background that noise does not explain.
    """

    background: Tensor
    shadow: Tensor
    significance: Tensor
    drift: float


def measure_difference(
    plate: Tensor,
    clean_plate: Tensor,
    valid: Tensor,
    noise: NoiseModel,
    *,
    misalignment: float,
    shadow_removal: float,
) -> Difference:
    """Separates the smooth change of the background from the subject, and judges what remains.

    Args:
        plate: (1, 3, H, W) scene-linear.
        clean_plate: like plate, conditioned.
        valid: (1, 1, H, W), 1 where the clean plate is known.
        noise: noise of the difference of the two at this size.
        misalignment: pixels at this size.
        shadow_removal: 0 to 1, share of a shadow that counts as background.

    Returns:
        The difference; significance is infinite where the clean plate is not known.
    """
    seen, clean = encode(plate), encode(clean_plate)
    known_variance = noise.variance(clean_plate) * slope(clean_plate) ** 2
    known_variance = known_variance + misalignment**2 * gradient_energy(clean)
    raw = seen - clean
    shadow = torch.zeros_like(raw)
    quiet = (raw.abs().amax(1, keepdim=True) < _START).to(raw.dtype) * valid
    drift = _DRIFT[1]
    for sigma in _SIGMAS:
        residual = box_mean(raw - shadow, 1)
        drift = _drift(residual, quiet, known_variance)
        variance = known_variance + drift**2
        distance = (residual**2 / variance).mean(1, keepdim=True).sqrt()
        calm = (distance < 3).to(raw.dtype) * valid
        quiet = calm * (0.02 + 0.98 * erode(calm, _CLEARANCE))
        shadow = _smooth_field(raw, quiet, sigma).clamp(_DARKEST, _BRIGHTEST)
    shadow = shadow * shadow_removal
    background = clean_plate * torch.exp2(shadow)
    residual = box_mean(seen - encode(background), 1)
    drift = _drift(residual, quiet, known_variance)
    variance = known_variance + drift**2
    significance = (residual**2 / variance).mean(1, keepdim=True).sqrt()
    significance = torch.where(valid > 0.5, significance, torch.full_like(significance, torch.inf))
    return Difference(background, shadow, significance, drift)


def _smooth_field(values: Tensor, weight: Tensor, sigma: float) -> Tensor:
    """Local weighted mean, completed smoothly where there is no weight."""
    total = gaussian_blur(weight, sigma)
    mean = gaussian_blur(values * weight, sigma) / total.clamp_min(1e-6)
    return fill(mean, total.clamp(0, 1) ** 2)


def _drift(residual: Tensor, quiet: Tensor, known_variance: Tensor) -> float:
    """Robust deviation of the background beyond its noise, in stops."""
    background = quiet[0, 0] > 0.5
    if int(background.sum()) < 64:
        return _DRIFT[1]
    # a 3x3 mean leaves a ninth of the noise
    excess = (residual**2 - known_variance / 9).mean(1)[0][background]
    spread = excess.kthvalue(max(1, int(0.8 * excess.numel()))).values.clamp_min(0).sqrt()
    return float(spread.clamp(*_DRIFT))
