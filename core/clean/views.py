"""Views of a moving camera: the features that are found again from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from platekey.core.filters import reduce
from platekey.core.plate.encoding import encode
from platekey.core.plate.registration import Matrix

from .footage import Seen, working_factor
from .lens import Lens, Points

VIEW_PIXELS = 600_000  # features are found on pictures of about this size
_FEATURES = 2500
_LEAST_MATCHES = 14  # fewer are no ground for a homography
_LIKE = 0.78  # of the distance of the second best feature
_CONTRAST = 0.005  # of a feature; low, for walls and floors
_MISS = 1.5  # pixels at view size
_LARGEST_K, _LEAST_K = 0.25, 0.004  # of a lens; a fisheye is beyond, and below is nothing to see
_CLEARER = 0.9  # of the misfit without distortion: a smaller gain proves none
_LENS_PAIRS = 12
_SMALLEST = 64  # pixels of a side, for pictures to be matched as a whole
_LEAST_LIKENESS = 0.9  # correlation of two pictures that show the same


@dataclass(frozen=True)
class View:
    """Features of a frame.

    Attributes:
        points: (N, 2) positions x, y at view size.
        descriptors: (N, 128).
        width: at view size.
        height: at view size.
        factor: by which the frame is larger.
        grey: (height, width), 0 to 255.
    """

    points: Points
    descriptors: NDArray[np.float32]
    width: int
    height: int
    factor: int
    grey: NDArray[np.uint8]


@dataclass(frozen=True)
class Match:
    """Positions that are the same in two views, (N, 2) each, outliers left out."""

    here: Points
    there: Points


def view_of(seen: Seen) -> View:
    """Finds the features of a frame where it is visible."""
    height, width = seen.pixels.shape[-2:]
    factor = working_factor(height, width, VIEW_PIXELS)
    grey = encode(reduce(seen.pixels, factor)).mean(1)[0].cpu().numpy()
    low, high = np.percentile(grey, [0.5, 99.5])
    picture = (np.clip((grey - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    mask = (reduce(seen.visible, factor)[0, 0].cpu().numpy() > 0.99).astype(np.uint8)
    sift = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=_CONTRAST)
    keys, descriptors = sift.detectAndCompute(picture, mask)
    points = np.array([key.pt for key in keys], np.float64).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    found = np.asarray(descriptors, np.float32)
    return View(points, found, grey.shape[1], grey.shape[0], factor, picture)


def match_views(here: View, there: View) -> Match | None:
    """The positions that two views share; None if they share too few."""
    if min(len(here.points), len(there.points)) < _LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher().knnMatch(there.descriptors, here.descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _LIKE * p[1].distance]
    if len(good) < _LEAST_MATCHES:
        return None
    found = Match(
        here.points[[match.trainIdx for match in good]],
        there.points[[match.queryIdx for match in good]],
    )
    _, inlier = cv2.findHomography(
        found.there, found.here, cv2.USAC_MAGSAC, 2 * _MISS, maxIters=3000, confidence=0.999
    )
    if inlier is None or int(inlier.sum()) < _LEAST_MATCHES:
        return None
    kept = inlier.ravel() > 0
    return Match(found.here[kept], found.there[kept])


def match_pictures(here: View, there: View) -> Match | None:
    """The same for views that follow each other, from the pictures as a whole.

    For walls, floors and screens that have too few features. None unless the pictures correlate.
    """
    if here.grey.shape != there.grey.shape or min(here.grey.shape) < _SMALLEST:
        return None
    first, second = here.grey.astype(np.float32), there.grey.astype(np.float32)
    window = cv2.createHanningWindow((here.width, here.height), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(first, second, window)
    start = np.eye(3, dtype=np.float32)
    start[:2, 2] = shift
    everywhere = np.full(first.shape, 255, np.uint8)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
    try:
        likeness, found = cv2.findTransformECC(
            first, second, start, cv2.MOTION_HOMOGRAPHY, stop, everywhere, 5
        )
    except cv2.error:  # it did not converge
        return None
    if likeness < _LEAST_LIKENESS:
        return None
    columns, rows = np.linspace(0, here.width - 1, 16), np.linspace(0, here.height - 1, 10)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    moved = np.c_[grid, np.ones(len(grid))] @ np.asarray(found, np.float64).T
    moved = moved[:, :2] / moved[:, 2:]
    inside = ((moved >= 0) & (moved <= (here.width - 1, here.height - 1))).all(1)
    return Match(grid[inside], moved[inside]) if inside.sum() >= _LEAST_MATCHES else None


def fit(match: Match, lens: Lens) -> tuple[Matrix, float] | None:
    """The homography from straight positions there to straight positions here, and its misfit.

    The misfit is a root mean square in pixels at view size, with far outliers cut off. None if
    there is no such homography.
    """
    here, there = lens.straight(match.here), lens.straight(match.there)
    matrix, _ = cv2.findHomography(there, here, cv2.USAC_MAGSAC, _MISS, maxIters=3000)
    if matrix is None or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
        return None
    moved = np.c_[there, np.ones(len(there))] @ matrix.T
    if (moved[:, 2] <= 1e-6).any():
        return None
    miss = ((moved[:, :2] / moved[:, 2:] - here) ** 2).sum(-1)
    return np.asarray(matrix, np.float64), float(np.sqrt(np.minimum(miss, 4 * _MISS**2).mean()))


def find_lens(matches: list[Match], width: int, height: int) -> Lens:
    """The lens under which the matches are explained best; without distortion unless clearly so."""
    plain = Lens(0.0, width, height)
    chosen = sorted(matches, key=lambda match: -len(match.here))[:_LENS_PAIRS]
    if not chosen:
        return plain

    def misfit(k: float) -> float:
        fits = [_least_squares(match, Lens(k, width, height)) for match in chosen]
        return float(np.mean(fits))

    low, high = -_LARGEST_K, _LARGEST_K
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(14):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if misfit(first) < misfit(second):
            high = second
        else:
            low = first
    best = (low + high) / 2
    is_clear = abs(best) > _LEAST_K and misfit(best) < _CLEARER * misfit(0.0)
    return Lens(float(best), width, height) if is_clear else plain


def _least_squares(match: Match, lens: Lens) -> float:
    here, there = lens.straight(match.here), lens.straight(match.there)
    matrix, _ = cv2.findHomography(there, here, 0)
    if matrix is None:
        return 4 * _MISS
    moved = np.c_[there, np.ones(len(there))] @ matrix.T
    miss = np.abs(moved[:, :2] / moved[:, 2:] - here).sum(-1)
    return float(np.minimum(miss, 4 * _MISS).mean())
