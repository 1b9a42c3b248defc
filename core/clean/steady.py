"""Frames of a camera at rest, laid on a reference frame: weave, hand-held drift and exposure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.filters import box_mean, reduce
from platekey.core.plate.encoding import encode
from platekey.core.plate.exposure import match_exposure
from platekey.core.plate.noise import NoiseModel, estimate_noise
from platekey.core.plate.registration import Matrix, register, scaled, warp

from .footage import Seen, working_factor

WORKING_PIXELS = 600_000
MISFIT = 0.17  # stops; two different views differ by 0.2 and more, a large subject by 0.1
_LEAST_AGREEMENT = 0.15  # share of the frame that must agree on an exposure
_STILL = (
    0.05  # pixels at working size that all quarters of the frame may be off without registering
)
_LEAST_QUARTER = 48  # pixels; smaller ones say nothing
_EXPOSURE_PIXELS = 150_000  # an exposure is found on a picture of this size
_LEAST_STEP = 0.003  # stops; merged frames show a drift that a single pair does not


@dataclass(frozen=True)
class Placement:
    """How one frame is laid on the reference.

    Attributes:
        matrix: 3x3 homography, pixel centres of the frame to those of the reference.
        gains: (1, 3, 1, 1), what its light is multiplied with.
        noise: of the frame, with that light.
        shift: largest displacement, in pixels.
        fits: whether the frame shows the reference's view at all.
    """

    matrix: Matrix
    gains: Tensor
    noise: NoiseModel
    shift: float
    fits: bool

    def lay(self, seen: Seen) -> Seen:
        """The frame on the reference; invisible where it does not reach."""
        pixels, visible = seen.pixels, seen.visible
        if not np.array_equal(self.matrix, np.eye(3)):
            pixels = warp(pixels, self.matrix)
            inside = warp(torch.ones_like(visible), self.matrix, cubic=False) > 0.999
            visible = warp(visible.contiguous(), self.matrix, cubic=False) * inside
        return Seen(pixels * self.gains, visible)


class Reference:
    """The frame that others are laid on.

    Args:
        seen: the frame.
        align: whether to register the others.
        expose: whether to fit their exposure and white balance.
        pixels: at most, of the reduced pictures on which frames are registered and judged.
    """

    def __init__(
        self, seen: Seen, *, align: bool, expose: bool, pixels: int = WORKING_PIXELS
    ) -> None:
        self._align, self._expose = align, expose
        self.height, self.width = seen.pixels.shape[-2:]
        self.factor = working_factor(self.height, self.width, pixels)
        self._small, self._visible = self.reduced(seen)
        self._noise = estimate_noise(seen.pixels)
        self._grain = _fineness(seen.pixels, self._noise)

    def reduced(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Pixels and visibility at working size."""
        visible = (reduce(seen.visible, self.factor) > 0.999).to(seen.pixels.dtype)
        return reduce(seen.pixels, self.factor), visible

    def place(self, seen: Seen) -> Placement:
        """Finds how a frame of the reference's size lies on it."""
        small, visible = self.reduced(seen)
        matrix, shift, fits = np.eye(3), 0.0, True
        grain = _fineness(seen.pixels, self._noise) / max(self._grain, 1e-12)
        noise = self._noise.scaled(grain**2) if grain > 0 else self._noise
        gains = torch.ones_like(seen.pixels[:, :, :1, :1])
        if self._align and not _lies_still(self._small, small):
            found = register(self._small, small, self._visible * visible)
            fits = found.misfit_after < MISFIT
            if found.model != "identity":
                matrix = scaled(found.matrix, self.factor)
                shift = found.shift * self.factor
                small = warp(small, found.matrix)
                visible = (warp(visible, found.matrix, cubic=False) > 0.999).to(small.dtype)
        if self._expose:
            fitted, agreement = self._exposure(small, self._visible * visible)
            drift = float(torch.log2(fitted).abs().max())
            if agreement >= _LEAST_AGREEMENT and drift >= _LEAST_STEP:
                gains, noise = fitted, noise.exposed(fitted)
        return Placement(matrix, gains, noise, shift, fits)

    def _exposure(self, small: Tensor, visible: Tensor) -> tuple[Tensor, float]:
        factor = working_factor(small.shape[-2], small.shape[-1], _EXPOSURE_PIXELS)
        shown = (reduce(visible, factor) > 0.999).to(small.dtype)
        return match_exposure(reduce(self._small, factor), reduce(small, factor), shown)


def _lies_still(reference: Tensor, other: Tensor) -> bool:
    """Whether no quarter of the frame moved: far quicker than a registration, and most frames."""
    height, width = (length // 2 for length in reference.shape[-2:])
    if min(height, width) < _LEAST_QUARTER:
        return False
    first, second = (encode(each).mean(1)[0].numpy() for each in (reference, other))
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    for rows in (slice(0, height), slice(-height, None)):
        for columns in (slice(0, width), slice(-width, None)):
            here, there = (each[rows, columns] for each in (first, second))
            shift, _ = cv2.phaseCorrelate(here - here.mean(), there - there.mean(), window)
            if not float(np.hypot(shift[0], shift[1])) < _STILL:
                return False
    return True


def _fineness(pixels: Tensor, noise: NoiseModel) -> float:
    """Median of the finest detail, in units of a noise: grows with the frame's own noise."""
    even = noise.stabilised(pixels)[:, 1:2]
    return float((even - box_mean(even, 1)).abs()[..., ::3, ::3].median())
