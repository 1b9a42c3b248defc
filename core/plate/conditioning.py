"""Conditioning: makes the clean plate agree with one plate frame, or leaves it as it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.stopping import go_on, never

from .drift import find_drift
from .encoding import encode, normal_exposure, slope
from .exposure import match_exposure as fit_exposure
from .focus import blurred, blurred_noise, compare_focus, missing_detail
from .noise import NoiseModel, estimate_noise
from .parallax import find_parallax
from .quick_filters import box_mean, enlarge, gradient_energy, reduce
from .registration import Registration, register, scaled, warp
from .rolling_shutter import find_row_shifts, scaled_shifts, warp_rows

_WORKING_PIXELS = 1_000_000  # registration and exposure are found on a picture of this size
_LEAST_AGREEMENT = 0.15  # share of the frame that must agree on an exposure
_ALIGNED = 0.6  # pixels at working size; then there is no rolling shutter to be looked for
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
        spread: (1, 3, H, W) scene-linear, one standard deviation by which the background may be
            off the clean plate beyond noise: leaves in the wind, parallax, focus; None for nowhere.
    """

    clean_plate: Tensor
    valid: Tensor
    plate_noise: NoiseModel
    clean_noise: NoiseModel
    misalignment: float
    report: dict[str, Any]
    exposure: float = 1.0
    spread: Tensor | None = None


def condition_clean_plate(
    plate: Tensor,
    clean_plate: Tensor,
    *,
    valid: Tensor | None = None,
    spread: Tensor | None = None,
    align: bool = True,
    match_exposure: bool = True,
    should_stop: Callable[[], bool] = never,
) -> ConditionedPlate:
    """Registers the clean plate to the plate and fits its exposure, where that is trustworthy.

    Args:
        plate: (1, 3, H, W) scene-linear, unbounded, finite.
        clean_plate: same shape.
        valid: (1, 1, H, W), 1 where the clean plate is known; None for everywhere.
        spread: (1, 3, H, W) scene-linear, one standard deviation by which the background moves
            about the clean plate; see moving_background. None if it stands still.
        align: whether to register, and to match the focus.
        match_exposure: whether to fit exposure and white balance, over the frame too.
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
    moving = None if spread is None else spread * exposure
    fitted = _fit(
        plate * exposure, clean_plate * exposure, known, moving, align, match_exposure, should_stop
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
        spread=None if fitted.spread is None else fitted.spread / exposure,
    )


@dataclass
class _Pair:
    """Plate and clean plate on their way, at ordinary brightness, and what was done to them."""

    plate: Tensor
    clean_plate: Tensor
    known: Tensor
    spread: Tensor | None
    plate_noise: NoiseModel
    clean_noise: NoiseModel
    factor: int
    report: dict[str, Any]
    _small: tuple[Tensor, Tensor, Tensor] | None = None

    def __post_init__(self) -> None:
        """Reduces the plate to working size, once."""
        self.small_plate = reduce(self.plate, self.factor)

    @property
    def small(self) -> tuple[Tensor, Tensor, Tensor]:
        """Plate, clean plate and where it is known, at working size."""
        if self._small is None:
            known = (reduce(self.known, self.factor) > 0.999).to(self.plate.dtype)
            self._small = self.small_plate, reduce(self.clean_plate, self.factor), known
        return self._small

    def replace_clean_plate(self, clean_plate: Tensor, known: Tensor | None = None) -> None:
        """Takes a clean plate that was moved, brightened or blurred."""
        self.clean_plate = clean_plate
        self.known = self.known if known is None else known
        self._small = None

    def misalignment(self) -> float:
        """The shift that remains, in pixels of the full size."""
        noise = (self.plate_noise + self.clean_noise).scaled(1 / self.factor**2)
        return self.factor * _misalignment(*self.small, noise)


def _align(pair: _Pair) -> None:
    """Moves the clean plate to the plate."""
    plate, clean_plate, _ = pair.small
    found = register(plate, clean_plate, reduce(pair.known, pair.factor))
    pair.report.update(_describe(found, pair.factor))
    matrix = scaled(found.matrix, pair.factor)
    original = pair.clean_plate, pair.known, pair.spread
    if found.model != "identity":
        _move(pair, original, lambda picture, cubic: warp(picture, matrix, cubic=cubic))
    pair.report["rolling_shutter_px"] = 0.0
    if pair.misalignment() < _ALIGNED * pair.factor:
        return
    plate, clean_plate, known = pair.small
    rows = scaled_shifts(find_row_shifts(plate, clean_plate, known), pair.factor)
    if rows.helps:
        pair.report["rolling_shutter_px"] = rows.largest
        _move(pair, original, lambda picture, cubic: warp_rows(picture, matrix, rows, cubic=cubic))


def _move(
    pair: _Pair,
    original: tuple[Tensor, Tensor, Tensor | None],
    mover: Callable[[Tensor, bool], Tensor],
) -> None:
    """Moves clean plate, where it is known, and its spread, from their originals."""
    clean_plate, known, spread = original
    moved_known = (mover(known, False) > 0.999).to(known.dtype)
    pair.replace_clean_plate(mover(clean_plate, True), moved_known)
    if spread is not None:
        pair.spread = mover(spread, False)


def _expose(pair: _Pair) -> None:
    """Multiplies the clean plate by one gain a channel, and by a field where light drifted."""
    gains, agreement = fit_exposure(*pair.small)
    stops = torch.log2(gains)
    pair.report["exposure_agreement"] = agreement
    if agreement >= _LEAST_AGREEMENT and float(stops.abs().max()) >= _LEAST_STEP:
        _brighten(pair, gains)
        pair.report["exposure_stops"] = [float(stop) for stop in stops.flatten()]
    drift = find_drift(*pair.small)
    pair.report.update({"drift_order": drift.order, "drift_stops": drift.reach})
    if drift.order:
        _brighten(pair, drift.gains(*pair.plate.shape[-2:]))


def _mark_parallax(pair: _Pair) -> None:
    """Tells the solver where the background moved otherwise than the rest."""
    pair.report["parallax_share"] = 0.0
    if pair.report.get("alignment", "off") in ("off", "identity"):
        return  # a camera that stood still sees no parallax
    found = find_parallax(*pair.small)
    pair.report["parallax_share"] = found.share
    if found.share > 0:
        _spread(pair, enlarge(found.spread, pair.factor, *pair.plate.shape[-2:]))


def _spread(pair: _Pair, more: Tensor) -> None:
    pair.spread = more if pair.spread is None else torch.hypot(pair.spread, more)


def _brighten(pair: _Pair, gains: Tensor) -> None:
    pair.replace_clean_plate(pair.clean_plate * gains)
    pair.clean_noise = pair.clean_noise.exposed(gains.mean((-2, -1), keepdim=True))
    if pair.spread is not None:
        pair.spread = pair.spread * gains


def _focus(pair: _Pair) -> None:
    """Blurs the clean plate if the plate is softer."""
    focus = compare_focus(
        pair.plate, pair.clean_plate, pair.known, pair.plate_noise, pair.clean_noise
    )
    pair.report.update({"focus_px": focus.blur, "focus": focus.verdict})
    if focus.helps:
        pair.replace_clean_plate(blurred(pair.clean_plate, focus))
        pair.clean_noise = blurred_noise(pair.clean_noise, focus)
    elif focus.softer:
        _spread(pair, missing_detail(pair.clean_plate, focus))


def _fit(
    plate: Tensor,
    clean_plate: Tensor,
    known: Tensor,
    spread: Tensor | None,
    align: bool,
    match_exposure: bool,
    should_stop: Callable[[], bool],
) -> ConditionedPlate:
    """Conditions pictures of ordinary brightness."""
    factor = max(1, math.ceil(math.sqrt(plate[0, 0].numel() / _WORKING_PIXELS)))
    report: dict[str, Any] = {"alignment": "off", "exposure_stops": [0.0, 0.0, 0.0]}
    go_on(should_stop)
    plate_noise = estimate_noise(plate)
    go_on(should_stop)
    clean_noise = estimate_noise(clean_plate)
    pair = _Pair(plate, clean_plate, known, spread, plate_noise, clean_noise, factor, report)
    steps = (
        (_align, align),
        (_expose, match_exposure),
        (_focus, align),
        (_mark_parallax, align),
    )
    for step, wanted in steps:
        go_on(should_stop)
        if wanted:
            step(pair)
    go_on(should_stop)
    shift = pair.misalignment()
    report["misalignment_px"] = shift
    return ConditionedPlate(
        pair.clean_plate,
        pair.known,
        pair.plate_noise,
        pair.clean_noise,
        shift,
        report,
        spread=pair.spread,
    )


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
