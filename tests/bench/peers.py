"""The other ways to pull a matte from a plate and a clean plate, each with one fixed setting.

Every function takes (H, W, 3) float64 scene-linear pictures and returns (H, W) alpha. How the
settings were found is in docs/benchmarks.md; `tune_peers.py` finds them again.
"""

import warnings
from dataclasses import dataclass

import cv2
import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns about its own compiled helpers on import
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

from platekey.core.score.band import unknown_band


@dataclass(frozen=True)
class DifferenceKey:
    """Settings of Blender's Difference Key; what `encoding` it works in is the artist's choice."""

    encoding: str = "log"
    tolerance: float = 0.03
    falloff: float = 0.01
    blur: float = 0.0  # Gaussian sigma in pixels before the key, against noise


@dataclass(frozen=True)
class AutomaticTrimap:
    """Thresholds on the smoothed difference, and how far the unknown grows from both sides."""

    background: float = 0.03
    foreground: float = 0.06
    blur: float = 0.0
    clean: int = 3  # radius in pixels of the opening that removes specks
    grow: int = 4  # radius in pixels by which sure foreground and background shrink


ENCODINGS = {
    "linear": lambda x: x,
    "srgb": lambda x: encode_srgb(x),
    "log": lambda x: np.log2(np.maximum(x, 0) + 0.01) / 10,
}


def encode_srgb(linear):
    """Display values in [0, 1], as an 8-bit tool would see the plate."""
    x = np.clip(linear, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def difference(plate, clean, encoding, blur):
    """Mean absolute difference over the channels in an encoding, (H, W)."""
    encode = ENCODINGS[encoding]
    signed = encode(plate) - encode(clean)
    if blur > 0:
        signed = cv2.GaussianBlur(signed, (0, 0), blur)
    return np.abs(signed).mean(axis=2)


def difference_matte(plate, clean, settings=None):
    """(a) Transparent within the tolerance, opaque beyond tolerance + falloff, a ramp between."""
    s = settings or DifferenceKey()
    return np.clip((difference(plate, clean, s.encoding, s.blur) - s.tolerance) / s.falloff, 0, 1)


def image_based_keyer(plate, clean):
    """(b) alpha = 1 - s(I) / s(B), s the screen channel's excess over the mean of the others.

    The screen channel of a clean plate is the one that dominates it, of green and blue.
    """
    means = clean.reshape(-1, 3).mean(axis=0)
    screen, other = (1, 2) if means[1] >= means[2] else (2, 1)

    def excess(x):
        return x[..., screen] - 0.5 * x[..., 0] - 0.5 * x[..., other]

    s_plate, s_clean = excess(plate), excess(clean)
    keyable = (s_clean > 0) & (s_plate > 0)
    ratio = np.divide(s_plate, s_clean, out=np.zeros_like(s_plate), where=keyable)
    return np.where(keyable, np.clip(1 - ratio, 0, 1), 1.0)


def automatic_trimap(plate, clean, settings=None):
    """0, 0.5 and 1 from the difference alone."""
    s = settings or AutomaticTrimap()
    d = difference(plate, clean, "srgb", s.blur)
    opened, shrunk = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
        for r in (s.clean, s.grow)
    )
    is_subject = cv2.morphologyEx((d > s.background).astype(np.uint8), cv2.MORPH_OPEN, opened)
    is_subject = cv2.morphologyEx(is_subject, cv2.MORPH_CLOSE, shrunk)
    is_sure = cv2.morphologyEx((d > s.foreground).astype(np.uint8), cv2.MORPH_CLOSE, shrunk)
    trimap = np.full(d.shape, 0.5)
    trimap[cv2.erode(is_sure & is_subject, shrunk) > 0] = 1
    trimap[cv2.dilate(is_subject, opened) == 0] = 0
    return trimap


def true_trimap(alpha):
    """0, 0.5 and 1 from the true alpha: unknown is the scored band."""
    trimap = np.where(alpha > 0.5, 1.0, 0.0)
    trimap[unknown_band(alpha)] = 0.5
    return trimap


def closed_form(plate, trimap):
    """(c, d) Closed-form matting of the display-encoded plate."""
    image = encode_srgb(plate)
    if not ((trimap == 0).any() and (trimap == 1).any()):
        return np.clip(trimap, 0, 1)  # nothing to propagate from
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alpha = estimate_alpha_cf(image, trimap)
    return np.clip(alpha, 0, 1)


def unmixed_foreground(plate, clean, alpha):
    """F = (I - (1 - a) B) / a; the plate where alpha is too small to tell."""
    a = alpha[..., None]
    return np.where(a > 0.02, (plate - (1 - a) * clean) / np.maximum(a, 0.02), plate)


def multilevel_foreground(plate, alpha):
    """pymatting's multi-level foreground, in scene-linear light so that composites compare.

    It clips at 1; a plate with highlights is scaled below that and back, which changes no more.
    """
    peak = max(1.0, float(plate.max()))
    return np.asarray(estimate_foreground_ml(plate / peak, alpha), dtype=np.float64) * peak
