"""Registration of the clean plate to the plate: candidates of growing freedom, judged by fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .encoding import encode
from .quick_filters import gradient_energy

Matrix = NDArray[np.float64]
_GAIN = 0.97  # a candidate must lower the misfit at least to this share of a simpler one
_AROUND = 8  # the deviation of what counts as surroundings is the longer side over this
_MATCHES = 24  # fewer matched features are no ground for a homography
_FLAT = 1e-6  # a determinant below it lays the picture on a line
_CORNER_SHIFT = 0.15  # of the diagonal; more is a wrong match, not a tripod that moved


@dataclass(frozen=True)
class Registration:
    """How the clean plate was moved.

    Attributes:
        matrix: 3x3 homography, clean plate pixel centres to plate pixel centres.
        model: "identity", "translation" or "homography".
        shift: largest displacement of a corner or the centre, in pixels.
        misfit_before: mean truncated difference on detailed background, before.
        misfit_after: the same after.
    """

    matrix: Matrix
    model: str
    shift: float
    misfit_before: float
    misfit_after: float


def register(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> Registration:
    """Finds the homography from clean plate to plate; identity unless another is clearly better.

    Args:
        plate: (1, 3, H, W) scene-linear, at working size (about 1 megapixel).
        clean_plate: like plate.
        valid: (1, 1, H, W), 1 where the clean plate is known.

    Returns:
        The best of identity, translation and homography.
    """
    target = _grey(plate)
    source = _grey(clean_plate)
    detail = _detail(plate, clean_plate) * valid[0, 0].cpu().numpy()
    best = Registration(np.eye(3), "identity", 0.0, 0.0, 0.0)
    start = lowest = _misfit(target, source, best.matrix, detail)
    height, width = target.shape
    if min(height, width) < 32 or start == 0:
        return best
    for model, matrix in _candidates(target, source):
        shift = corner_shift(matrix, width, height)
        if not shift <= _CORNER_SHIFT * float(np.hypot(width, height)):
            continue
        misfit = _misfit(target, source, matrix, detail)
        if misfit < _GAIN * lowest:
            lowest = misfit
            best = Registration(matrix, model, shift, start, misfit)
    if best.model == "identity":
        return Registration(best.matrix, best.model, 0.0, start, start)
    return best


def warp(picture: Tensor, matrix: Matrix, *, cubic: bool = True) -> Tensor:
    """Moves a picture, (1, C, H, W), by a homography; border pixels are repeated."""
    _, _, height, width = picture.shape
    source = np.ascontiguousarray(picture[0].permute(1, 2, 0).cpu().numpy())
    flags = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    border = cv2.BORDER_REPLICATE if cubic else cv2.BORDER_CONSTANT
    moved = cv2.warpPerspective(source, matrix, (width, height), flags=flags, borderMode=border)
    moved = moved.reshape(height, width, -1)
    return torch.from_numpy(moved).permute(2, 0, 1)[None].contiguous().to(picture.device)


def scaled(matrix: Matrix, factor: float) -> Matrix:
    """The homography between pictures `factor` times larger, pixel centres at half-integers."""
    grow = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1.0]])
    return np.asarray(grow @ matrix @ np.linalg.inv(grow))


def corner_shift(matrix: Matrix, width: int, height: int) -> float:
    """Largest displacement, in pixels, of the corners and the centre; inf if it folds over."""
    xs, ys = [0, width - 1, 0, width - 1, width / 2], [0, 0, height - 1, height - 1, height / 2]
    points = np.array([xs, ys, [1.0] * 5])
    moved = matrix @ points
    if not np.isfinite(moved).all() or (moved[2] <= 1e-3).any():
        return float("inf")
    return float(np.hypot(*(moved[:2] / moved[2] - points[:2])).max())


def _grey(picture: Tensor) -> NDArray[np.float32]:
    """Encoded brightness, (H, W), in stops around its surroundings: exposure and drift drop out."""
    grey = np.ascontiguousarray(encode(picture).mean(1)[0].cpu().numpy(), np.float32)
    around = cv2.GaussianBlur(grey, (0, 0), max(grey.shape) / _AROUND)
    return np.asarray(grey - around, np.float32)


def _detail(plate: Tensor, clean_plate: Tensor) -> NDArray[np.float32]:
    """Weight of a pixel in the judgement: only where there is something to align."""
    energy = torch.minimum(gradient_energy(encode(plate)), gradient_energy(encode(clean_plate)))
    length = energy.mean(1)[0].sqrt().cpu().numpy()
    return np.asarray(np.clip(length / 0.05, 0, 1), np.float32)  # 0.05 stops a pixel: an edge


def _misfit(
    target: NDArray[np.float32],
    source: NDArray[np.float32],
    matrix: Matrix,
    detail: NDArray[np.float32],
) -> float:
    """Mean difference in stops, truncated so that the subject weighs like any other misfit."""
    height, width = target.shape
    moved = cv2.warpPerspective(
        source, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    difference = target - moved
    difference -= np.median(difference)  # exposure drift between the two
    cost = np.minimum(np.abs(difference), 0.25)
    return float((cost * detail).sum() / max(float(detail.sum()), 1e-6))


def _candidates(
    target: NDArray[np.float32], source: NDArray[np.float32]
) -> Iterator[tuple[str, Matrix]]:
    """Translations, then homographies, rough before fine."""
    here, there = _match_features(target, source)
    if len(here) >= 6:
        translation = np.eye(3)
        translation[:2, 2] = np.median(here - there, axis=0)
        yield "translation", translation
        yield from _refined("translation", target, source, translation)
    if len(here) >= _MATCHES:
        matrix, inlier = cv2.findHomography(
            there, here, cv2.USAC_MAGSAC, 1.0, maxIters=5000, confidence=0.999
        )
        if matrix is not None and int(inlier.sum()) >= _MATCHES // 2 and _can_be_inverted(matrix):
            homography = np.asarray(matrix, np.float64)
            yield "homography", homography
            yield from _refined("homography", target, source, homography)


def _can_be_inverted(matrix: Any) -> bool:
    """Matches on one line make a matrix that lays the whole picture on it."""
    return bool(np.isfinite(matrix).all()) and abs(np.linalg.det(matrix)) > _FLAT


def _match_features(
    target: NDArray[np.float32], source: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions of matched SIFT features in target and source, (N, 2) each."""
    sift = cv2.SIFT.create(nfeatures=4000, contrastThreshold=0.01)
    key_target, feature_target = sift.detectAndCompute(_bytes(target), None)
    key_source, feature_source = sift.detectAndCompute(_bytes(source), None)
    empty = np.empty((0, 2), np.float32)
    if len(key_target) < 2 or len(key_source) < 2:
        return empty, empty
    pairs = cv2.BFMatcher().knnMatch(feature_source, feature_target, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < 0.8 * p[1].distance]
    if not good:
        return empty, empty
    here = np.array([key_target[match.trainIdx].pt for match in good], np.float32)
    there = np.array([key_source[match.queryIdx].pt for match in good], np.float32)
    return here, there


def _refined(
    model: str, target: NDArray[np.float32], source: NDArray[np.float32], start: Matrix
) -> Iterator[tuple[str, Matrix]]:
    """The start refined to a fraction of a pixel by ECC, if that converges."""
    kind = cv2.MOTION_TRANSLATION if model == "translation" else cv2.MOTION_HOMOGRAPHY
    rows = 2 if model == "translation" else 3
    inverse = np.linalg.inv(start)[:rows].astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-5)
    # the subject is no part of the background: outliers of the start are masked out
    height, width = target.shape
    moved = cv2.warpPerspective(source, start, (width, height), borderMode=cv2.BORDER_REPLICATE)
    difference = np.abs(target - moved - np.median(target - moved))
    mask = (cv2.blur(difference, (5, 5)) < 0.25).astype(np.uint8)
    try:
        _, found = cv2.findTransformECC(target, source, inverse, kind, stop, mask, 3)
    except cv2.error:  # did not converge: the start stands
        return
    full = np.eye(3)
    full[:rows] = found
    if _can_be_inverted(full):
        yield model, np.asarray(np.linalg.inv(full), np.float64)


def _bytes(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = np.percentile(grey, [0.5, 99.5])
    return np.asarray(np.clip((grey - low) / max(high - low, 1e-6), 0, 1) * 255, np.uint8)
