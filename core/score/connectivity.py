"""Conn: do soft parts hang together with the subject as they do in the reference."""

from __future__ import annotations

import cv2
import numpy as np

from .region import Plane, Region, checked, inside

LEVELS = np.arange(11) / 10
SLACK = 0.15  # differences below it do not count


def connectivity_error(estimate: Plane, reference: Plane, region: Region | None = None) -> float:
    """Sums the difference of the two mattes' degrees of connectedness.

    Args:
        estimate: (H, W) alpha.
        reference: (H, W) alpha.
        region: where to sum; None is everywhere.

    Returns:
        The sum, unscaled.

    Source: Rhemann et al. 2009 (alphamatting.com) as coded for Deep Image Matting, without its
        distance maps, which do not enter the result; no pixel at a level is no component.
    """
    shape = reference.shape
    p = checked("estimate", estimate, shape)
    t = checked("reference", reference, shape)
    level = np.ones(shape)
    is_undefined = np.ones(shape, dtype=np.bool_)
    both = np.minimum(p, t)
    for lower, upper in zip(LEVELS[:-1], LEVELS[1:], strict=True):
        is_leaving = is_undefined & ~largest_component(both >= upper)
        level[is_leaving] = lower
        is_undefined &= ~is_leaving
    return float(
        np.sum(np.abs(inside(_connectedness(p, level) - _connectedness(t, level), region)))
    )


def largest_component(is_set: Region) -> Region:
    """The biggest 4-connected part of a binary picture; all False for an empty one."""
    if not is_set.any():
        return np.zeros_like(is_set)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(is_set.astype(np.uint8), connectivity=4)
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _connectedness(matte: Plane, level: Plane) -> Plane:
    difference = matte - level
    return 1 - np.where(difference >= SLACK, difference, 0.0)
