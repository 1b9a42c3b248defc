"""Alpha and foreground of a subject before two known backdrops: truth by measurement.

Before backdrop i a pixel shows plate_i = fg + t · clean_i, with fg the premultiplied foreground and
t = 1 - alpha, in linear light. Two backdrops give six equations for the four unknowns fg and t.
Source: Smith & Blinn 1996, *Blue screen matting*, theorem 4 (triangulation), here as weighted
least squares over the channels. Before one lit backing an unlit subject has fg = 0, so that one
plate is enough: ratio matting, alpha = 1 - plate / clean (Orts-Escolano & Ehman 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.filters import box_mean
from platekey.core.plate.noise import NoiseModel, estimate_noise

USEFUL_DEVIATION = 0.05  # of alpha, where confidence is a half
_ROUNDS = 3  # the noise of the backdrop counts by t², so t is solved again with its own weights
_SMALLEST = 1e-12  # variance; keeps exact, noise-free pictures solvable


@dataclass(frozen=True)
class Exposure:
    """One backdrop.

    Attributes:
        plate: (B, 3, H, W) the subject before it, scene-linear, unbounded.
        clean_plate: like plate; the backdrop alone, under the same light, from the same camera.
        plate_noise: that of the plate.
        clean_noise: that of the clean plate.
    """

    plate: Tensor
    clean_plate: Tensor
    plate_noise: NoiseModel
    clean_noise: NoiseModel

    def __post_init__(self) -> None:
        """Checks the shapes."""
        shape = self.plate.shape
        if self.clean_plate.shape != shape or len(shape) != 4 or shape[1] != 3:
            raise ShapeError(
                f"plate is {tuple(shape)}, clean plate {tuple(self.clean_plate.shape)}; both must "
                "be the same (B, 3, H, W)."
            )

    @classmethod
    def measured(cls, plate: Tensor, clean_plate: Tensor) -> Exposure:
        """Estimates the noise from the pictures, (1, 3, H, W)."""
        return cls(plate, clean_plate, estimate_noise(plate), estimate_noise(clean_plate))

    def variance(self, transmission: Tensor) -> Tensor:
        """Variance of plate - transmission · clean plate, (B, 3, H, W)."""
        clean = transmission**2 * self.clean_noise.variance(self.clean_plate)
        return (self.plate_noise.variance(self.plate) + clean).clamp_min(_SMALLEST)


@dataclass(frozen=True)
class Measured:
    """What the plates say.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1]; 1 where nothing can be told, so that the foreground is the
            plate there.
        premultiplied: (B, 3, H, W) foreground times alpha, scene-linear, unbounded.
        deviation: (B, 1, H, W), standard deviation of alpha before it was bounded: from the noise,
            and from how badly the channels agree. Infinite where the backdrops are the same.
    """

    alpha: Tensor
    premultiplied: Tensor
    deviation: Tensor

    @property
    def confidence(self) -> Tensor:
        """(B, 1, H, W) from 0 to 1: a half where alpha's deviation is USEFUL_DEVIATION."""
        return 1 / (1 + (self.deviation / USEFUL_DEVIATION) ** 2)


def triangulate(first: Exposure, second: Exposure) -> Measured:
    """Solves alpha and foreground from two backdrops, each pixel by itself.

    Eliminating fg leaves plate_1 - plate_2 = t · (clean_1 - clean_2) in three channels, each
    weighted by one over its variance. t is bounded to [0, 1] (the problem is a parabola in t: the
    bounded value is the bounded optimum), then fg is the mean of plate_i - t · clean_i, the less
    noisy one counting more.

    Args:
        first: one backdrop.
        second: another one; the more its colour differs from the first's, the surer the result.

    Raises:
        ShapeError: the two differ in size.
    """
    if first.plate.shape != second.plate.shape:
        raise ShapeError(
            f"the first plate is {tuple(first.plate.shape)}, the second "
            f"{tuple(second.plate.shape)}; they must be of one size."
        )
    change = first.plate - second.plate
    backdrop = first.clean_plate - second.clean_plate
    transmission = torch.ones_like(change[:, :1])
    for _ in range(_ROUNDS):
        variances = [each.variance(transmission) for each in (first, second)]
        transmission, deviation = _fit(change, backdrop, variances[0] + variances[1])
    behind = [each.plate - transmission * each.clean_plate for each in (first, second)]
    weights = [1 / each.variance(transmission) for each in (first, second)]
    total = behind[0] * weights[0] + behind[1] * weights[1]
    return Measured(1 - transmission, total / (weights[0] + weights[1]), deviation)


def ratio_matte(silhouette: Exposure) -> Measured:
    """Solves alpha from an unlit subject before a lit backing: 1 - plate / clean plate.

    The channels count by their brightness, as their noise has it; where the backing is dark, alpha
    is 1 without confidence.

    Args:
        silhouette: the backing with and without the subject.

    Returns:
        Premultiplied is what light is left on the subject, 0 for a perfect silhouette.
    """
    transmission = torch.ones_like(silhouette.plate[:, :1])
    for _ in range(_ROUNDS):
        variance = silhouette.variance(transmission)
        transmission, deviation = _fit(silhouette.plate, silhouette.clean_plate, variance)
    rest = silhouette.plate - transmission * silhouette.clean_plate
    return Measured(1 - transmission, rest, deviation)


def _fit(change: Tensor, backdrop: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """The t in [0, 1] of change = t · backdrop over the channels, and its standard deviation."""
    information = (backdrop**2 / variance).sum(1, keepdim=True)
    known = information > 0
    fitted = (change * backdrop / variance).sum(1, keepdim=True) / torch.where(
        known, information, 1
    )
    misfit = ((change - fitted * backdrop) ** 2 / variance).sum(1, keepdim=True)
    # Two degrees of freedom are left of three channels. A subject that moved, or light that
    # changed, makes the channels disagree by more than the noise: the deviation grows with it.
    scatter = box_mean(misfit / 2, 1).clamp_min(1)
    deviation = torch.where(known, (scatter / torch.where(known, information, 1)).sqrt(), torch.inf)
    return fitted.clamp(0, 1), deviation
