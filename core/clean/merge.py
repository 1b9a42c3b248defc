"""Merging placed frames into one with less noise, without what only some of them show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import box_mean, enlarge, erode, gradient_energy, reduce
from platekey.core.plate.noise import NoiseModel

from .footage import Seen
from .over_time import Centre

_CALM, _STRANGE = 3.0, 6.0  # squared distance in units of the noise; 27 samples scatter by 0.27
_MISPLACED = 0.15  # pixels that registration may be off
_FLICKER = 0.004  # relative; light that no gain follows
_CLIPPED = 0.995  # of the largest value of a frame
_CLIPPED_SHARE = 2e-5  # of the pixels at that value: a sensor's ceiling, not a glint
_GRID = 2  # noise is measured at every other pixel of every other row
_LEAST_FRAMES = 0.8  # frames that must show a pixel; below it is taken as never seen


@dataclass(frozen=True)
class Merged:
    """A merged picture.

    Attributes:
        pixels: (1, 3, H, W) scene-linear; the enlarged centre where no frame was taken.
        frames: (1, 1, H, W), number of frames that each pixel is made of.
        noise_frame: deviation of one frame's noise, median over ordinary brightness; nan if fewer
            than two frames were merged.
        noise: the same of the merged picture.
    """

    pixels: Tensor
    frames: Tensor
    noise_frame: float
    noise: float

    @property
    def gain(self) -> float:
        """How many times less noise the merged picture has than one frame."""
        return self.noise_frame / self.noise if self.noise > 0 else math.nan

    @property
    def seen(self) -> Tensor:
        """(1, 1, H, W), 1 where the footage showed the background, else 0."""
        return (self.frames >= _LEAST_FRAMES).to(self.frames.dtype)


class Merge:
    """Takes frames one after the other; memory does not grow with their number.

    A frame counts at a pixel as far as it is there like the centre, judged around the pixel at
    working size in units of noise, misplacement and the background's own scatter; and inversely to
    the variance of its noise. Judged against the centre, and not against the frame's own noisy
    value, so that dark grain does not weigh more than bright grain.

    Args:
        centre: of the background, at working size.
        factor: by which that is smaller.
        height: of the frames.
        width: of the frames.
    """

    def __init__(self, centre: Centre, factor: int, height: int, width: int) -> None:
        self._centre, self._factor = centre, factor
        self._size = height, width
        edge = gradient_energy(centre.value) * (_MISPLACED / factor) ** 2
        flicker = (centre.value * _FLICKER) ** 2
        self._slack = edge + flicker + box_mean(centre.deviation, 1) ** 2
        # even and odd frames apart: their difference is noise and nothing else
        self._sums = [torch.zeros(1, 3, height, width) for _ in range(2)]
        self._weights = [torch.zeros(1, 1, height, width) for _ in range(2)]
        self._frames = torch.zeros(1, 1, height, width)
        self._count = 0
        self._unit = 0.0  # deviation of the first frame

    def add(self, seen: Seen, noise: NoiseModel, *, brighter: bool = False) -> None:
        """Adds a frame that lies on the reference.

        Args:
            seen: the frame.
            noise: of it.
            brighter: its light was turned down to fit, so what it clipped is too dark now.
        """
        taken = self._taken(seen, noise)
        if brighter:
            taken = taken * _unclipped(seen.pixels)
        deviation = noise.deviation_at_grey()
        self._unit = self._unit or deviation
        precision = (self._unit / deviation) ** 2  # exactly 1 of a frame alone
        half = self._count % 2
        self._sums[half] += seen.pixels * (taken * precision)
        self._weights[half] += taken * precision
        self._frames += taken
        self._count += 1

    def result(self) -> Merged:
        """The merged picture."""
        weight = self._weights[0] + self._weights[1]
        height, width = self._size
        centre = enlarge(self._centre.value, self._factor, height, width)
        merged = (self._sums[0] + self._sums[1]) / weight.clamp_min(1e-30)
        pixels = torch.where(self._frames >= _LEAST_FRAMES, merged, centre)
        return Merged(pixels, self._frames, *self._noise(pixels, weight))

    def _taken(self, seen: Seen, noise: NoiseModel) -> Tensor:
        """(1, 1, H, W) in [0, 1], where the frame shows the background."""
        small = reduce(seen.pixels, self._factor)
        variance = noise.variance(self._centre.value) / self._factor**2
        distance = (small - self._centre.value) ** 2 / (variance + self._slack)
        near = box_mean(distance.mean(1, keepdim=True), 1)
        like = ((_STRANGE - near) / (_STRANGE - _CALM)).clamp(0, 1)
        like = erode(like, 2) * (self._centre.seen > 0)  # the soft edge of what passes goes with it
        return enlarge(like, self._factor, *self._size) * seen.visible

    def _noise(self, pixels: Tensor, weight: Tensor) -> tuple[float, float]:
        """Deviation of one frame's noise and of the merged picture's.

        The two halves a, b of weights v, w differ by the noise alone. In units where a frame of
        mean precision weighs 1, (a - b)^2 v w / (v + w) has the variance of one frame, and
        (a - b)^2 v w / (v + w)^2 that of the merged picture.
        """
        even, odd = (each[..., ::_GRID, ::_GRID] for each in self._weights)
        both = (even > 0) & (odd > 0) & (self._frames[..., ::_GRID, ::_GRID] >= 1.5)
        if int(both.sum()) < 64:
            return math.nan, math.nan
        sums = [each[..., ::_GRID, ::_GRID] for each in self._sums]
        difference = sums[0] / even.clamp_min(1e-30) - sums[1] / odd.clamp_min(1e-30)
        level = pixels[..., ::_GRID, ::_GRID].mean(1, keepdim=True)
        ordinary = both & (level > 0.05) & (level < 0.6)
        where = ordinary if int(ordinary.sum()) >= 64 else both
        share = even * odd / (even + odd) ** 2
        frames = self._frames[..., ::_GRID, ::_GRID]
        squared = difference**2 * share
        return _robust(squared * frames, where), _robust(squared, where)


def _robust(squared: Tensor, where: Tensor) -> float:
    """Standard deviation from squared samples of a normal distribution, by their median."""
    chosen = squared.transpose(0, 1)[:, where[0]]
    return float((chosen.median(1).values / 0.4549).sqrt().mean())


def _unclipped(pixels: Tensor) -> Tensor:
    """(1, 1, H, W), 0 where a frame reached its sensor's ceiling."""
    light = pixels.amax(1, keepdim=True)
    high = light >= _CLIPPED * light.max()
    if float(high.float().mean()) < _CLIPPED_SHARE:
        return torch.ones_like(light)
    return (~high).to(pixels.dtype)
