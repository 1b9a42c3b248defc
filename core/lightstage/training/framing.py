"""Where a captured subject stands in a sample, and how it and the camera move between frames.

All of it is homographies, (3, 3), of pixel coordinates: x right, y down, the middle of the first
pixel is (0, 0).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .stored import Plane

Matrix = NDArray[np.float64]

_THERE = 0.02  # alpha from which a pixel belongs to the subject
_CUT = 0.05  # alpha from which the picture's border cuts the subject off
_OUTSIDE = 0.08  # part of an uncut subject that may lie outside of the sample


def mirror(width: int) -> Matrix:
    """Left and right exchanged."""
    return np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])


def scaled(factor: float) -> Matrix:
    """From pixels to pixels that are 1 / factor as large."""
    shift = (factor - 1) / 2  # the corner of the picture stays, not the middle of its first pixel
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]])


def place_whole(random: np.random.Generator, alpha: Plane, size: int) -> Matrix:
    """Puts the whole subject into a sample of size x size, at a size and place of chance.

    Where the capture's border cuts the subject, the sample's border does.

    Args:
        random: of random numbers.
        alpha: (H, W) of the capture.
        size: pixels.
    """
    cut = _cut_sides(alpha)
    top, bottom, left, right = _box(alpha)
    scale = size * random.uniform(0.4, 1.05) / max(bottom - top, right - left)
    scale = max(scale, _least_scale(cut, alpha.shape, size))
    shifts = []
    for low, high, before, after, extent in (
        (left, right, cut[2], cut[3], alpha.shape[1]),
        (top, bottom, cut[0], cut[1], alpha.shape[0]),
    ):
        slack = _OUTSIDE * (high - low) * scale
        first, last = -low * scale - slack, size - high * scale + slack
        shift = float(random.uniform(min(first, last), max(first, last)))
        shifts.append(_covering(shift, scale * extent, size, before, after))
    return _placed(scale, *shifts)


def place_edge(
    random: np.random.Generator, alpha: Plane, size: int, *, scale: float = 1.0
) -> Matrix:
    """Puts an edge of the subject into a sample; at scale 1, pixels stay pixels.

    Args:
        random: of random numbers.
        alpha: (H, W) of the capture.
        size: pixels.
        scale: of the capture; larger if the subject is cut by sides that would not reach.
    """
    cut = _cut_sides(alpha)
    scale = max(scale, _least_scale(cut, alpha.shape, size))
    rows, columns = np.nonzero((alpha > 0.02) & (alpha < 0.98))
    if not len(rows):
        rows, columns = np.nonzero(alpha > _THERE)
    chosen = int(random.integers(len(rows))) if len(rows) else 0
    y, x = (rows[chosen], columns[chosen]) if len(rows) else (0, 0)
    shifts = []
    for place, before, after, extent in (
        (x, cut[2], cut[3], alpha.shape[1]),
        (y, cut[0], cut[1], alpha.shape[0]),
    ):
        shift = float(round(random.uniform(0.15, 0.85) * size - place * scale))
        shifts.append(_covering(shift, scale * extent, size, before, after))
    return _placed(scale, *shifts)


def end_uncut(alpha: Plane) -> Plane:
    """Alpha that is 0 on the sides that do not cut the subject, so that nothing repeats there."""
    ended = alpha.copy()
    sides = (ended[0], ended[-1], ended[:, 0], ended[:, -1])
    for side, is_cut in zip(sides, _cut_sides(alpha), strict=True):
        if not is_cut:
            side[:] = 0
    return ended


def motion(
    random: np.random.Generator, amount: float, centre: tuple[float, float], size: int
) -> tuple[Matrix, Matrix]:
    """What a thing at `centre` does from this frame to the one before, and to the one after.

    Moves, turns, grows and tilts, about as fast after as before.

    Args:
        random: of random numbers.
        amount: deviation of the path, in parts of `size`.
        centre: x and y, pixels.
        size: of the picture, pixels.
    """
    speed = random.normal(0, amount, 6) * (size, size, 1.2, 0.7, 0.7, 0.5)
    before = -speed * random.uniform(0.6, 1.4)
    return _moved(before, centre, size), _moved(speed * random.uniform(0.6, 1.4), centre, size)


def warp(
    picture: Plane, matrix: Matrix, height: int, width: int, *, kernel: int = cv2.INTER_CUBIC
) -> Plane:
    """Resamples (H, W, up to 4); what lies outside repeats the border.

    A picture that becomes smaller is averaged first.
    """
    factor = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
    if factor < 0.75:
        size = tuple(
            max(1, round(extent * factor)) for extent in (picture.shape[1], picture.shape[0])
        )
        exact = np.diag([size[0] / picture.shape[1], size[1] / picture.shape[0], 1.0])
        exact[:2, 2] = (np.diag(exact)[:2] - 1) / 2
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
        matrix = matrix @ np.linalg.inv(exact)
    moved = cv2.warpPerspective(
        picture, matrix, (width, height), flags=kernel, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def _moved(speed: Matrix, centre: tuple[float, float], size: int) -> Matrix:
    x, y, turn, growth, shear, tilt = speed
    about = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1.0]])
    change = np.array(
        [
            [(1 + growth) * math.cos(turn), -math.sin(turn) + shear, x],
            [math.sin(turn), (1 + growth) * math.cos(turn), y],
            [tilt / size, 0, 1.0],
        ]
    )
    return np.asarray(np.linalg.inv(about) @ change @ about)


def _cut_sides(alpha: Plane) -> tuple[bool, bool, bool, bool]:
    """Whether the subject goes on beyond the top, bottom, left and right."""
    borders = (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])
    top, bottom, left, right = (bool(border.max() > _CUT) for border in borders)
    return top, bottom, left, right


def _box(alpha: Plane) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the subject; all of the picture if there is none."""
    is_there = alpha > _THERE
    rows, columns = np.nonzero(is_there.any(1))[0], np.nonzero(is_there.any(0))[0]
    if not len(rows):
        return 0, alpha.shape[0], 0, alpha.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _least_scale(cut: tuple[bool, ...], shape: tuple[int, ...], size: int) -> float:
    """At which cut sides that face each other both reach the sample's border."""
    pairs = ((cut[:2], shape[0]), (cut[2:], shape[1]))
    return max((size / extent for both, extent in pairs if all(both)), default=0.0)


def _covering(shift: float, extent: float, size: int, before: bool, after: bool) -> float:
    """Moves a picture so that its cut sides lie on or beyond the sample's border."""
    if before:
        shift = min(shift, 0.0)
    if after:
        shift = max(shift, size - extent)
    return shift


def _placed(scale: float, x: float, y: float) -> Matrix:
    """Scaled, then moved by x and y pixels of the sample."""
    matrix = scaled(scale)
    matrix[:2, 2] += x, y
    return matrix
