"""Conditioning: makes the clean plate agree with one plate frame, or leaves it as it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.filters import box_mean, gradient_energy, reduce
from platekey.core.stopping import go_on, never

from .encoding import encode, normal_exposure, slope
from .exposure import match_exposure as fit_exposure
from .noise import NoiseModel, estimate_noise
from .registration import Registration, register, scaled, warp

_WORKING_PIXELS = 1_000_000  # registration and exposure are found on a picture of this size
_LEAST_AGREEMENT = 0.15  # share of the frame that must agree on an exposure
_LEAST_STEP = 0.01  # stops; a smaller drift is left alone


@dataclass(frozen=True)
class ConditionedPlate:
    """A clean plate that fits its plate frame.

    Attributes:
        clean_plate: (1, 3, H, W) scene-linear, aligned and exposed like the plate.
        valid: (1, 1, H, W), 1 where the clean plate is known, 0 where it was made up.
        plate_noise: noise of the plate.
        clean_noise: noise of the conditioned clean plate.
        misalignment: shift that remains between the two, in pixels, one standard deviation.
        report: every estimate by name, plain numbers and words.
        exposure: power of two that brings both to ordinary brightness, for the solver.
    """

    clean_plate: Tensor
    valid: Tensor
    plate_noise: NoiseModel
    clean_noise: NoiseModel
    misalignment: float
    report: dict[str, Any]
    exposure: float = 1.0


def condition_clean_plate(
    plate: Tensor,
    clean_plate: Tensor,
    *,
    valid: Tensor | None = None,
    align: bool = True,
    match_exposure: bool = True,
    should_stop: Callable[[], bool] = never,
) -> ConditionedPlate:
    """Registers the clean plate to the plate and fits its exposure, where that is trustworthy.

    Args:
        plate: (1, 3, H, W) scene-linear, unbounded, finite.
        clean_plate: same shape.
        valid: (1, 1, H, W), 1 where the clean plate is known; None for everywhere.
        align: whether to register.
        match_exposure: whether to fit exposure and white balance.
        should_stop: polled between the steps.

    Returns:
        The conditioned clean plate with its report.

    Raises:
        ShapeError: the two differ in shape.
        Cancelled: should_stop said so.
    """
    if plate.shape != clean_plate.shape or plate.shape[:2] != (1, 3):
        raise ShapeError(f"plate is {tuple(plate.shape)}, clean plate {tuple(clean_plate.shape)}")
    known = torch.ones_like(plate[:, :1]) if valid is None else valid
    exposure = normal_exposure(clean_plate)
    fitted = _fit(
        plate * exposure, clean_plate * exposure, known, align, match_exposure, should_stop
    )
    plate_noise = fitted.plate_noise.exposed(1 / exposure)
    clean_noise = fitted.clean_noise.exposed(1 / exposure)
    noises = {
        "noise_plate": plate_noise.deviation_at_grey(),
        "noise_clean_plate": clean_noise.deviation_at_grey(),
    }
    return replace(
        fitted,
        clean_plate=fitted.clean_plate / exposure,
        plate_noise=plate_noise,
        clean_noise=clean_noise,
        report={**fitted.report, **noises},
        exposure=exposure,
    )


def _fit(
    plate: Tensor,
    clean_plate: Tensor,
    known: Tensor,
    align: bool,
    match_exposure: bool,
    should_stop: Callable[[], bool],
) -> ConditionedPlate:
    """Conditions pictures of ordinary brightness."""
    factor = max(1, math.ceil(math.sqrt(plate[0, 0].numel() / _WORKING_PIXELS)))
    small_plate = reduce(plate, factor)
    report: dict[str, Any] = {"alignment": "off", "exposure_stops": [0.0, 0.0, 0.0]}
    go_on(should_stop)
    plate_noise = estimate_noise(plate)
    go_on(should_stop)
    clean_noise = estimate_noise(clean_plate)
    go_on(should_stop)
    if align:
        found = register(small_plate, reduce(clean_plate, factor), reduce(known, factor))
        go_on(should_stop)
        report.update(_describe(found, factor))
        if found.model != "identity":
            matrix = scaled(found.matrix, factor)
            clean_plate = warp(clean_plate, matrix)
            known = (warp(known, matrix, cubic=False) > 0.999).to(plate.dtype)
    small_known = (reduce(known, factor) > 0.999).to(plate.dtype)
    if match_exposure:
        gains, agreement = fit_exposure(small_plate, reduce(clean_plate, factor), small_known)
        stops = torch.log2(gains)
        report["exposure_agreement"] = agreement
        if agreement >= _LEAST_AGREEMENT and float(stops.abs().max()) >= _LEAST_STEP:
            clean_plate = clean_plate * gains
            clean_noise = clean_noise.exposed(gains)
            report["exposure_stops"] = [float(stop) for stop in stops.flatten()]
    go_on(should_stop)
    noise = (plate_noise + clean_noise).scaled(1 / factor**2)
    shift = factor * _misalignment(small_plate, reduce(clean_plate, factor), small_known, noise)
    report["misalignment_px"] = shift
    return ConditionedPlate(clean_plate, known, plate_noise, clean_noise, shift, report)


def _describe(found: Registration, factor: int) -> dict[str, Any]:
    return {
        "alignment": found.model,
        "shift_px": found.shift * factor,
        "misfit_before_stops": found.misfit_before,
        "misfit_after_stops": found.misfit_after,
    }


def _misalignment(plate: Tensor, clean_plate: Tensor, valid: Tensor, noise: NoiseModel) -> float:
    """The shift that explains the difference on edges of the background, in pixels.

    At an edge of slope g a shift of s changes the value by s g, so on background edges
    difference^2 = noise + s^2 g^2; the median over edges ignores the subject.
    """
    energy = gradient_energy(encode(clean_plate)).mean(1)
    edges = (energy > 0.05**2) & (valid[:, 0] > 0.5)
    if int(edges.sum()) < 64:
        return 0.0
    difference = encode(plate) - encode(clean_plate)
    excess = difference**2 - noise.variance(clean_plate) * slope(clean_plate) ** 2
    smooth = (box_mean(excess, 1).mean(1) / energy)[edges]
    return float(smooth.median().clamp(0, 4).sqrt())
