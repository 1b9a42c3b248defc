"""The shape of a point of light that is out of focus: what a lens makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.options import check_range

LARGEST_RADIUS = 500.0  # pixels
_SAMPLES = 16  # points a pixel and axis for small kernels; large ones have more pixels instead
_ON_EDGE = 1e-6  # of the apothem: points on an edge are inside, on whichever side of the polygon
_FEW = 4


@dataclass(frozen=True)
class Lens:
    """An aperture as it is seen in a highlight.

    Attributes:
        radius: pixels, sub-pixel steps; of a polygon, to its corners; of an oval, its half height.
        blades: 0 is a disc, 3 or more a polygon.
        rotation: degrees, counter-clockwise as seen; at 0 a polygon has a corner on top.
        squeeze: of an anamorphic lens: 2 makes ovals half as wide as high, 1 is spherical.
    """

    radius: float
    blades: int = 0
    rotation: float = 0.0
    squeeze: float = 1.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        check_range("defocus radius", self.radius, 0, LARGEST_RADIUS)
        check_range("squeeze", self.squeeze, 0.25, 4)
        if self.blades != 0 and not 3 <= self.blades <= 32:
            raise OptionError(f"blades is {self.blades}; it must be 0 (a disc) or from 3 to 32.")
        if not math.isfinite(self.rotation):
            raise OptionError(f"rotation is {self.rotation:g}; it must be a number of degrees.")

    def with_radius(self, radius: float) -> Lens:
        """The same lens, otherwise focused."""
        return replace(self, radius=radius)


def lens_kernel(lens: Lens, device: torch.device | None = None) -> Tensor:
    """The share of light that each pixel gets, edges antialiased by area.

    Returns:
        (rows, columns), both odd, sum 1, the middle is the pixel itself; (1, 1) where the
        highlight does not leave its pixel.
    """
    half_rows = _reach(lens.radius)
    half_columns = _reach(lens.radius / lens.squeeze)
    samples = max(_FEW, _SAMPLES >> int(lens.radius / 16))
    y = _positions(half_rows, samples)[:, None]
    x = _positions(half_columns, samples)[None, :] * lens.squeeze
    inside = _inside(x, y, lens).to(torch.float64)
    rows, columns = 2 * half_rows + 1, 2 * half_columns + 1
    area = inside.view(rows, samples, columns, samples).mean((1, 3))
    if float(area.sum()) == 0:  # smaller than the distance of two samples
        area[half_rows, half_columns] = 1
    return (area / area.sum()).to(device=device, dtype=torch.float32)


def _reach(radius: float) -> int:
    """Whole pixels beside the middle one that `radius` touches."""
    return max(0, math.ceil(radius - 0.5))


def _positions(half: int, samples: int) -> Tensor:
    """Sample positions in pixels from the middle of the kernel."""
    count = (2 * half + 1) * samples
    return (torch.arange(count, dtype=torch.float64) + 0.5) / samples - half - 0.5


def _inside(x: Tensor, y: Tensor, lens: Lens) -> Tensor:
    if not lens.blades:
        return x**2 + y**2 <= lens.radius**2
    apothem = lens.radius * math.cos(math.pi / lens.blades)
    farthest = torch.full_like(x * y, -math.inf)
    for blade in range(lens.blades):
        # rows go down: up is -y
        angle = math.radians(90 + lens.rotation) + math.pi * (2 * blade + 1) / lens.blades
        farthest = torch.maximum(farthest, x * math.cos(angle) - y * math.sin(angle))
    return farthest <= apothem * (1 + _ON_EDGE)
