"""Frames over one another, and the median of each pixel over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.plate.noise import NoiseModel

_BAND = 48  # rows that are worked on at once
_TO_DEVIATION = 1.4826  # median absolute deviation to standard deviation, of a normal one


@dataclass(frozen=True)
class Stack:
    """Frames on one reference, at working size.

    Attributes:
        pixels: (K, 3, h, w) scene-linear.
        visible: (K, 1, h, w), 1 where the background may be seen.
        noise: of such a frame at that size.
    """

    pixels: Tensor
    visible: Tensor
    noise: NoiseModel

    def bands(self) -> Iterator[tuple[slice, Stack]]:
        """The stack in bands of rows."""
        for top in range(0, self.pixels.shape[-2], _BAND):
            rows = slice(top, top + _BAND)
            yield rows, Stack(self.pixels[..., rows, :], self.visible[..., rows, :], self.noise)


@dataclass(frozen=True)
class Centre:
    """The background at working size.

    Attributes:
        value: (1, 3, h, w) scene-linear.
        deviation: (1, 3, h, w), how far it scatters over time, noise and all.
        seen: (1, 1, h, w), number of frames that show it.
    """

    value: Tensor
    deviation: Tensor
    seen: Tensor


def median_over_time(stack: Stack) -> Centre:
    """The median of the visible values: right if most frames show the background."""
    parts = []
    for _, band in stack.bands():
        value = _median(band.pixels, band.visible)
        spread = _median((band.pixels - value).abs(), band.visible) * _TO_DEVIATION
        parts.append(Centre(value, spread, band.visible.sum(0, keepdim=True)))
    return _joined(parts)


def _median(values: Tensor, visible: Tensor) -> Tensor:
    """Median over the first axis of what is visible; of everything where nothing is."""
    shown = (visible > 0.5) | ~(visible > 0.5).any(0, keepdim=True)
    count = shown.sum(0, keepdim=True)
    ordered = torch.where(shown, values, torch.inf).sort(0).values
    wanted = count.expand(1, *values.shape[1:])
    low = ordered.gather(0, (wanted - 1) // 2)
    return (low + ordered.gather(0, wanted // 2)) / 2


def _joined(parts: list[Centre]) -> Centre:
    return Centre(
        torch.cat([part.value for part in parts], -2),
        torch.cat([part.deviation for part in parts], -2),
        torch.cat([part.seen for part in parts], -2),
    )
