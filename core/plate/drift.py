"""Drift of exposure and colour over the frame: a smooth gain field, where the background shows one.

A vignette of another stop, a sun that went on, a lamp that warmed up: all change the clean plate by
a gain that bends slowly over the frame. The subject and its shadow are no part of that, so the
field is a low-order surface that most places agree on, judged on places that it was not fitted to.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .encoding import TOE
from .quick_filters import reduce

_CELLS = 40  # along the longer side
_ORDERS = (1, 2)  # of the surface
_ANNEALING = (0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.06, 0.05, 0.05, 0.05)  # stops
_TRUNCATED = 0.15  # stops; more is not the background
_GAIN = 0.72  # of the misfit of the simpler field; a soft shadow in a room lowers it to 0.8
_LEAST, _MOST = 0.03, 1.5  # stops that a field reaches over the frame
_AGREEING = 0.3  # share of the known cells that must lie on the surface
_NEAR = 0.1  # stops; what lies on the surface
_UNSURE = 0.06  # stops, of the surface where it was not seen
_RIDGE = 1e-4


@dataclass(frozen=True)
class Drift:
    """A gain field.

    Attributes:
        order: of the surface; 0 is none.
        coefficients: (terms, 3), stops.
        reach: stops between its lowest and its highest place.
        agreement: share of the known cells that lie on it.
    """

    order: int
    coefficients: Tensor
    reach: float
    agreement: float

    def gains(self, height: int, width: int) -> Tensor:
        """Factors for a clean plate, (1, 3, H, W)."""
        surface = torch.einsum(
            "nhw,nc->chw", terms(height, width, self.order, self.coefficients), self.coefficients
        )
        return torch.exp2(surface)[None]


def find_drift(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> Drift:
    """Finds the gain field that brings the clean plate to the plate; order 0 where there is none.

    Args:
        plate: (1, 3, H, W) scene-linear, at working size.
        clean_plate: like plate, aligned, its exposure fitted.
        valid: (1, 1, H, W), 1 where the clean plate is known.
    """
    cell = max(1, max(plate.shape[-2:]) // _CELLS)
    none = Drift(0, torch.zeros(1, 3, device=plate.device), 0.0, 0.0)
    known = reduce(valid, cell)
    seen, clean = reduce(plate * valid, cell), reduce(clean_plate * valid, cell)
    floor = TOE * known.clamp_min(1e-6)
    usable = (known > 0.5) & ((seen > floor) & (clean > floor)).all(1, keepdim=True)
    rows, columns = known.shape[-2:]
    if int(usable.sum()) < 100:
        return none
    ratio = torch.log2(seen.clamp_min(1e-6) / clean.clamp_min(1e-6))
    values = ratio[0].flatten(1).T[usable.flatten()]  # (N, 3)
    # chequers of 3 x 3 cells: neighbours, that share what they show, are not asked to judge
    y, x = torch.arange(rows) // 3, torch.arange(columns) // 3
    judge = ((y[:, None] + x) % 2 == 1).flatten().to(plate.device)[usable.flatten()]
    best, lowest = none, _misfit(values[judge])
    for order in _ORDERS:
        design = terms(rows, columns, order, plate).flatten(1).T
        inside = design[usable.flatten()]
        fit, _ = _fit(inside[~judge], values[~judge])
        misfit = _misfit((values - inside @ fit)[judge])
        if misfit > _GAIN * lowest:
            continue
        fit, unsure = _fit(inside, values, design)
        surface = design @ fit
        reach = float((surface.amax(0) - surface.amin(0)).max())
        agreement = float(((values - inside @ fit).abs().amax(1) < _NEAR).float().mean())
        plausible = reach >= _LEAST and float(surface.abs().max()) <= _MOST
        if plausible and agreement >= _AGREEING and unsure <= _UNSURE:
            best, lowest = Drift(order, fit, reach, agreement), misfit
    return best


def terms(height: int, width: int, order: int, like: Tensor) -> Tensor:
    """Products x^i y^j of up to an order, x and y from -1 to 1, (terms, H, W)."""
    y = ((torch.arange(height, device=like.device, dtype=like.dtype) + 0.5) * 2 / height - 1)[
        :, None
    ].expand(height, width)
    x = ((torch.arange(width, device=like.device, dtype=like.dtype) + 0.5) * 2 / width - 1).expand(
        height, width
    )
    powers = [(i, total - i) for total in range(order + 1) for i in range(total, -1, -1)]
    return torch.stack([x**i * y**j for i, j in powers])


def _fit(design: Tensor, values: Tensor, everywhere: Tensor | None = None) -> tuple[Tensor, float]:
    """The surface on which most values lie, and how unsure it is at its least known place."""
    count = design.shape[1]
    fit = torch.zeros(count, 3, device=values.device, dtype=values.dtype)
    ridge = _RIDGE * len(values) * torch.eye(count, device=values.device, dtype=values.dtype)
    trust = values[:, 0]
    for scale in _ANNEALING:
        distance = (values - design @ fit).abs().amax(1)
        trust = 1 / (1 + (distance / scale) ** 2) ** 2
        normal = design.T @ (design * trust[:, None]) + ridge
        fit = torch.linalg.solve(normal, design.T @ (values * trust[:, None]))
    if everywhere is None:
        return fit, 0.0
    residual = ((values - design @ fit) ** 2).mean(1)
    variance = float((residual * trust).sum() / trust.sum().clamp_min(1e-6))
    covariance = torch.linalg.inv(design.T @ (design * trust[:, None]) + ridge)
    spread = ((everywhere @ covariance) * everywhere).sum(1)
    # cells beside each other err alike: nine of them count as one
    return fit, float((9 * variance * spread).max().clamp_min(0).sqrt())


def _misfit(residual: Tensor) -> float:
    """Mean truncated distance, stops."""
    return float(residual.abs().amax(1).clamp_max(_TRUNCATED).mean())
