"""Grad: does the matte change where, and as steeply as, the reference does."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .region import Plane, Region, checked, inside

SIGMA = 1.4


def gradient_error(
    estimate: Plane, reference: Plane, region: Region | None = None, *, stretch: bool = False
) -> float:
    """Sums the squared difference of the two gradient magnitudes.

    Args:
        estimate: (H, W) alpha.
        reference: (H, W) alpha.
        region: where to sum; None is everywhere. Gradients always see the whole picture.
        stretch: first stretch each matte to [0, 1], as the image matting code does and the
            high-resolution video matting code does not.

    Returns:
        The sum, unscaled.

    Source: Rhemann et al. 2009 (alphamatting.com) as coded for Deep Image Matting.
    """
    shape = reference.shape
    pair = (checked("estimate", estimate, shape), checked("reference", reference, shape))
    p, t = (_stretched(matte) if stretch else matte for matte in pair)
    return float(np.sum(inside(gradient_magnitude(p) - gradient_magnitude(t), region) ** 2))


def gradient_magnitude(matte: Plane) -> Plane:
    """Length of the Gaussian-derivative gradient, (H, W); replicated borders."""
    if matte.size == 0:
        return matte
    radius = math.ceil(SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * SIGMA * 0.01)))
    u = np.arange(-radius, radius + 1, dtype=np.float64)
    g = np.exp(-(u**2) / (2 * SIGMA**2)) / (SIGMA * math.sqrt(2 * math.pi))
    derivative = -u * g / SIGMA**2
    # h = outer(g, derivative) has unit energy when both of its factors do.
    g /= np.linalg.norm(g)
    derivative /= np.linalg.norm(derivative)
    replicate = cv2.BORDER_REPLICATE
    across = cv2.sepFilter2D(matte, cv2.CV_64F, derivative, g, borderType=replicate)
    down = cv2.sepFilter2D(matte, cv2.CV_64F, g, derivative, borderType=replicate)
    return np.asarray(np.hypot(across, down))


def _stretched(matte: Plane) -> Plane:
    if matte.size == 0:
        return matte
    low, high = float(matte.min()), float(matte.max())
    return (matte - low) / (high - low) if high > low else np.zeros_like(matte)
