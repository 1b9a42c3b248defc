"""How noisy a picture is, as a camera's noise is: variance = gain * value + read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .quick_filters import box_mean

Values = NDArray[np.float32]

_TILE, _TILES_A_SIDE = 256, 4  # the estimate looks at 16 windows spread over the picture
_FLOOR = 1e-9  # variance; (3e-5)^2, half-float rounding at 5 % grey
_LEVELS = 12
_QUIET = 0.1  # quantile of the local variances: texture only ever adds variance
_QUIET_BIAS = 1.35  # mean over that quantile of a 7x7 sample variance, measured on white noise


@dataclass(frozen=True)
class NoiseModel:
    """Variance of the noise per channel, scene-linear squared.

    Attributes:
        gain: (1, 3, 1, 1), variance per unit of light (shot noise).
        read: (1, 3, 1, 1), variance in the dark.
    """

    gain: Tensor
    read: Tensor

    def variance(self, value: Tensor) -> Tensor:
        """Variance at `value`, (B, 3, H, W) scene-linear."""
        return self.gain * value.clamp_min(0) + self.read

    def stabilised(self, value: Tensor) -> Tensor:
        """`value`, (B, 3, H, W), on the scale where its noise has deviation 1 everywhere.

        Source: the generalised Anscombe transform, without its bias term
        (docs/references.md#makitalo2013), in a form that holds for gain = 0 and negatives.
        """
        return 2 * value / (self.variance(value).sqrt() + self.read.sqrt())

    def __add__(self, other: NoiseModel) -> NoiseModel:
        """The noise of the difference of two pictures."""
        return NoiseModel(self.gain + other.gain, self.read + other.read)

    def scaled(self, factor: float | Tensor) -> NoiseModel:
        """The model with its variance multiplied, as averaging or a gain does."""
        return NoiseModel(self.gain * factor, self.read * factor)

    def exposed(self, gain: float | Tensor) -> NoiseModel:
        """The model of the same picture with its light multiplied by `gain`."""
        return NoiseModel(self.gain * gain, self.read * gain**2)

    def deviation_at_grey(self) -> float:
        """Standard deviation at 18 % grey, mean of the channels: the figure in reports."""
        return float(self.variance(torch.full_like(self.gain, 0.18)).sqrt().mean())


def estimate_noise(picture: Tensor) -> NoiseModel:
    """Estimates the noise of one picture from its quietest places at every brightness.

    Args:
        picture: (1, 3, H, W) scene-linear.

    Returns:
        The model; smooth noise (strong compression) is under-estimated, fine texture everywhere
        over-estimated.

    Source: after Foi et al. 2008 (docs/references.md#foi2008), with robust local statistics.
    """
    windows = torch.cat([_local_statistics(w) for w in _windows(picture)], dim=-1)  # (2, 3, N)
    gains, reads = [], []
    for mean, variance in zip(windows[0], windows[1], strict=True):
        gain, read = _fit_line(mean, variance)
        gains.append(gain)
        reads.append(read)
    shape = (1, 3, 1, 1)
    return NoiseModel(torch.stack(gains).view(shape), torch.stack(reads).view(shape))


def _windows(picture: Tensor) -> list[Tensor]:
    height, width = picture.shape[-2:]
    tops, lefts = _starts(height), _starts(width)
    return [picture[..., t : t + _TILE, x : x + _TILE] for t in tops for x in lefts]


def _starts(length: int) -> list[int]:
    if length <= _TILE * _TILES_A_SIDE:
        return list(range(0, length, _TILE))
    return [i * (length - _TILE) // (_TILES_A_SIDE - 1) for i in range(_TILES_A_SIDE)]


def _local_statistics(window: Tensor) -> Tensor:
    """Local mean and noise variance, (2, 3, N)."""
    high = window - box_mean(window, 1)
    variance = box_mean(high * high, 3) / (1 - 1 / 9)  # what the 3x3 mean took away
    return torch.stack([box_mean(window, 3)[0].flatten(1), variance[0].flatten(1)])


def _fit_line(mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and read variance of the line below which hardly any brightness level lies."""
    levels = _levels(mean.cpu().numpy(), variance.cpu().numpy())
    x, y = (torch.tensor(values, device=mean.device) for values in zip(*levels, strict=True))
    x, y = x.clamp_min(0), (y * _QUIET_BIAS).clamp_min(_FLOOR)
    first, second = torch.triu_indices(len(levels), len(levels), device=x.device)
    gains = ((y[second] - y[first]) / (x[second] - x[first]).clamp_min(1e-6)).clamp_min(0)
    gains = torch.where(first == second, torch.zeros_like(gains), gains)
    reads = (y[first] - gains * x[first]).clamp_min(_FLOOR)
    lines = gains[:, None] * x + reads[:, None]  # (lines through two levels, levels)
    # texture lifts levels off the true line, nothing drops them below it
    agreeing = ((y < 1.5 * lines) & (y > lines / 1.5)).sum(1) - 2 * (y < lines / 2).sum(1)
    best = agreeing.argmax()
    calm = (y < 1.5 * lines[best]) & (y > lines[best] / 1.5)
    centred = x[calm] - x[calm].mean()
    gain = ((centred * y[calm]).sum() / (centred**2).sum().clamp_min(1e-20)).clamp_min(0)
    read = (y[calm] - gain * x[calm]).median().clamp_min(_FLOOR)
    return gain, read


def _levels(mean: Values, variance: Values) -> list[tuple[float, float]]:
    """Median brightness and quiet variance of equally many values a level, by brightness."""
    each, more = divmod(mean.size, _LEVELS)
    starts = [level * each + min(level, more) for level in range(1, _LEVELS)]
    # no full sort, which took a fifth of a frame's time: only what level a value belongs to
    inner = np.array([start for start in starts if start < mean.size], np.intp)
    order = np.argpartition(mean, inner) if inner.size else np.arange(mean.size)
    found = []
    for part in np.split(order, starts):
        if part.size:
            rank = max(1, round(_QUIET * part.size))
            found.append((_nth(mean[part], (part.size + 1) // 2), _nth(variance[part], rank)))
    return found


def _nth(values: Values, rank: int) -> float:
    """The value that is `rank`-th smallest, from 1."""
    return float(np.partition(values, rank - 1)[rank - 1])
