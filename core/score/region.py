"""Checks that what is compared can be compared, and counts only the pixels that are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import InputMismatch, NonFinitePixels

Plane = NDArray[np.float64]
Colour = NDArray[np.float64]
Region = NDArray[np.bool_]


def checked(name: str, values: NDArray[np.floating], shape: tuple[int, ...]) -> Plane:
    """Returns float64 values of the expected shape.

    Raises:
        InputMismatch: another shape.
        NonFinitePixels: NaN or infinity; a score made of them would mean nothing.
    """
    if values.shape != shape:
        raise InputMismatch(
            f"{name} is {_size(values.shape)}, the reference is {_size(shape)}; "
            "score pictures of one size."
        )
    bad = values.size - int(np.count_nonzero(np.isfinite(values)))
    if bad:
        raise NonFinitePixels(
            f"{name} has {bad} values that are NaN or infinite, a score needs finite ones; "
            "solve it again or repair the file."
        )
    return values.astype(np.float64, copy=False)


def inside(values: Plane, region: Region | None) -> Plane:
    """The values of a region, flat for planes and (n, C) for colours; all of them for None."""
    return values if region is None else values[region]


def mean(values: Plane) -> float:
    """The mean, NaN for no values: an empty region has no error, not the error 0."""
    return float(values.mean()) if values.size else float("nan")


def _size(shape: tuple[int, ...]) -> str:
    if len(shape) < 2:
        return str(shape)
    depth = f" with {shape[2]} channels" if len(shape) > 2 else ""
    return f"{shape[1]}x{shape[0]}{depth}"
