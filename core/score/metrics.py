"""Errors of alpha, foreground and composite, pixel by pixel, in their plain units.

The tables' units (thousandths and so on) are put on in report.py. All take (H, W) alphas or
(H, W, 3) scene-linear colours of one size, an optional (H, W) region, and return NaN for an empty
region. References: docs/score.md.
"""

from __future__ import annotations

import math

import numpy as np

from .region import Colour, Plane, Region, checked, inside, mean


def mad(estimate: Plane, reference: Plane, region: Region | None = None) -> float:
    """Mean absolute difference."""
    return mean(np.abs(inside(_difference(estimate, reference), region)))


def mse(estimate: Plane, reference: Plane, region: Region | None = None) -> float:
    """Mean squared error."""
    return mean(inside(_difference(estimate, reference), region) ** 2)


def sad(estimate: Plane, reference: Plane, region: Region | None = None) -> float:
    """Sum of absolute differences."""
    return float(np.sum(np.abs(inside(_difference(estimate, reference), region))))


def dtssd(
    estimate: Plane,
    reference: Plane,
    *,
    previous_estimate: Plane,
    previous_reference: Plane,
    region: Region | None = None,
) -> float:
    """Root mean square of change that the reference lacks, or that the estimate lacks.

    Source: Erofeev et al. 2015, as coded for RobustVideoMatting.
    """
    now = _difference(estimate, reference)
    before = _difference(previous_estimate, previous_reference)
    return math.sqrt(mean(inside(_difference(now, before), region) ** 2))


def foreground_mse(
    estimate: Colour, reference: Colour, *, is_subject: Region, region: Region | None = None
) -> float:
    """Mean squared error of the straight foreground.

    Args:
        estimate: (H, W, 3) unpremultiplied foreground, scene-linear.
        reference: like estimate.
        is_subject: (H, W) where the reference has any alpha: elsewhere no colour is right.
        region: None divides by the subject's pixels (video matting's definition); a region divides
            by all of its pixels, with no error outside the subject (image matting's).
    """
    squared = (_difference(estimate, reference) ** 2).mean(axis=2)
    if region is None:
        return mean(squared[is_subject])
    return mean(np.where(is_subject, squared, 0.0)[region])


def foreground_mad(
    estimate: Colour, reference: Colour, *, is_subject: Region, region: Region | None = None
) -> float:
    """Mean absolute difference of the straight foreground; see foreground_mse."""
    absolute = np.abs(_difference(estimate, reference)).mean(axis=2)
    if region is None:
        return mean(absolute[is_subject])
    return mean(np.where(is_subject, absolute, 0.0)[region])


def composite(premultiplied: Colour, alpha: Plane, background: Colour) -> Colour:
    """The foreground over a background: (H, W, 3), scene-linear."""
    return premultiplied + (1 - alpha[..., None]) * background


def _difference(estimate: Plane, reference: Plane) -> Plane:
    shape = reference.shape
    return checked("estimate", estimate, shape) - checked("reference", reference, shape)
