"""Rolling shutter: every row was exposed at another time, so a shaken camera bends the picture.

A steady pan only shears, which a homography follows. What is left, one shift a row that bends
smoothly down the frame, is found here, and used only where it brings the pictures together.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .encoding import encode
from .registration import Matrix

Floats = NDArray[np.float32]

_BANDS = 24  # of rows, that have a shift each
_SOFT_TO_SHARP = (4.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0, 1.0)  # pixels of blur: its slopes reach as far
_FURTHEST = 0.02  # of the width, that a row may shift
_STIFFNESS = 0.1  # of bending, against what the rows show
_TRUNCATED = 0.25  # stops; more is no background
_LEAST = 0.3  # pixels; less than that is left alone
_GAIN = 0.93  # of the misfit, that the shifts must lower it to
_DETAIL = 0.05  # stops a pixel: an edge


@dataclass(frozen=True)
class RowShifts:
    """How far the clean plate's rows lie from the plate's.

    Attributes:
        shifts: (bands, 2), pixels to the right and down, for bands of rows of equal height.
        largest: pixels.
        misfit_before: mean truncated difference on detailed background, stops.
        misfit_after: the same with the shifts; not below 0.93 of it if they are none.
    """

    shifts: Floats
    largest: float
    misfit_before: float
    misfit_after: float

    @property
    def helps(self) -> bool:
        """Whether there are shifts that are worth to be followed."""
        return self.largest > 0


def find_row_shifts(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> RowShifts:
    """Finds a smooth curve of shifts down the frame by least squares, robust to the subject.

    Args:
        plate: (1, 3, H, W) scene-linear, at working size.
        clean_plate: like plate, registered.
        valid: (1, 1, H, W), 1 where the clean plate is known.
    """
    height, width = plate.shape[-2:]
    none = RowShifts(np.zeros((_BANDS, 2), np.float32), 0.0, 0.0, 0.0)
    if height < 2 * _BANDS or width < 48:
        return none
    target, source = _grey(plate), _grey(clean_plate)
    softer = {s: (_soft(target, s), _soft(source, s)) for s in set(_SOFT_TO_SHARP)}
    known = valid[0, 0].cpu().numpy().astype(np.float32)
    detail = np.minimum(_edges(target), _edges(source)) * known
    start = _misfit(target, source, detail)
    if start == 0 or float(detail.mean()) < 1e-3:
        return none
    bend = _bending() * _STIFFNESS
    shifts = np.zeros((_BANDS, 2), np.float32)
    for blur in _SOFT_TO_SHARP:
        soft_target, soft_source = softer[blur]
        moved = shift_rows(soft_source, shifts)
        system, right = _normal_equations(soft_target, moved, detail)
        system += bend * np.trace(system) / len(system)
        right -= bend @ shifts.ravel() * np.trace(system) / len(system)
        step = np.linalg.solve(system, right)
        shifts = shifts + np.clip(step.reshape(-1, 2), -1.5, 1.5).astype(np.float32)
    largest = float(np.abs(shifts).max())
    after = _misfit(target, shift_rows(source, shifts), detail)
    if _LEAST <= largest <= _FURTHEST * width and after < _GAIN * start:
        return RowShifts(shifts, largest, start, after)
    return RowShifts(none.shifts, 0.0, start, start)


def warp_rows(picture: Tensor, matrix: Matrix, found: RowShifts, *, cubic: bool = True) -> Tensor:
    """A picture moved by a homography and then row by row, in one resampling.

    Args:
        picture: (1, C, H, W).
        matrix: from the picture to where `found` was found; at the picture's size.
        found: likewise; see scaled_shifts.
        cubic: linear otherwise, with 0 outside, for masks; cubic repeats the border.
    """
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).cpu().numpy())
    moved = shift_rows(pixels, found.shifts, matrix, cubic=cubic).reshape(pixels.shape)
    return torch.from_numpy(moved).permute(2, 0, 1)[None].contiguous().to(picture.device)


def scaled_shifts(found: RowShifts, factor: float) -> RowShifts:
    """The shifts of a picture `factor` times larger."""
    return RowShifts(
        found.shifts * factor, found.largest * factor, found.misfit_before, found.misfit_after
    )


def shift_rows(
    picture: Floats, shifts: Floats, matrix: Matrix | None = None, *, cubic: bool = True
) -> Floats:
    """(H, W) or (H, W, C), each row from where the shifts, and the matrix, say that it lies."""
    height, width = picture.shape[:2]
    middles = (np.arange(_BANDS) + 0.5) * height / _BANDS - 0.5
    rows = np.arange(height, dtype=np.float64)
    right, down = (np.interp(rows, middles, shifts[:, i]) for i in range(2))
    x = (np.arange(width) - right[:, None]).astype(np.float32)
    y = np.broadcast_to((rows - down)[:, None], x.shape).astype(np.float32)
    if matrix is not None:
        points = np.stack([x, y], -1).reshape(1, -1, 2)
        back = cv2.perspectiveTransform(points, np.linalg.inv(matrix)).reshape(height, width, 2)
        x, y = np.ascontiguousarray(back[..., 0]), np.ascontiguousarray(back[..., 1])
    return np.asarray(
        cv2.remap(
            picture,
            x,
            y,
            cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE if cubic else cv2.BORDER_CONSTANT,
        )
    )


def _normal_equations(target: Floats, moved: Floats, detail: Floats) -> tuple[Matrix, Matrix]:
    """Of the step that takes `moved` to `target`: linear in between the bands' middles."""
    height = target.shape[0]
    difference = target - moved
    difference -= np.median(difference)
    weight = detail * np.clip(1 - (difference / _TRUNCATED) ** 2, 0, 1) ** 2
    dx = cv2.Sobel(moved, cv2.CV_32F, 1, 0, scale=1 / 8)
    dy = cv2.Sobel(moved, cv2.CV_32F, 0, 1, scale=1 / 8)
    # a shift to the right lowers the value by its slope: target = moved - shift * slope
    sums = [(weight * a * b).sum(1) for a, b in ((dx, dx), (dx, dy), (dy, dy))]
    sums += [-(weight * a * difference).sum(1) for a in (dx, dy)]
    place = np.clip((np.arange(height) + 0.5) * _BANDS / height - 0.5, 0, _BANDS - 1)
    low = np.minimum(place.astype(int), _BANDS - 2)
    share = np.zeros((height, _BANDS))
    share[np.arange(height), low] = 1 - (place - low)
    share[np.arange(height), low + 1] += place - low
    system = np.zeros((2 * _BANDS, 2 * _BANDS))
    for (i, j), total in zip(((0, 0), (0, 1), (1, 1)), sums[:3], strict=True):
        block = share.T @ (share * total[:, None])
        system[i::2, j::2] = block
        system[j::2, i::2] = block.T
    right = np.zeros(2 * _BANDS)
    right[0::2], right[1::2] = share.T @ sums[3], share.T @ sums[4]
    return system, right


def _bending() -> Matrix:
    """The quadratic form of the second differences of both shifts."""
    second = np.diff(np.eye(_BANDS), 2, axis=0)
    return np.asarray(np.kron(second.T @ second, np.eye(2)) + 1e-6 * np.eye(2 * _BANDS))


def _grey(picture: Tensor) -> Floats:
    """Encoded brightness, (H, W), in stops around its median."""
    grey = encode(picture).mean(1)[0].cpu().numpy()
    return np.ascontiguousarray(grey - np.median(grey), np.float32)


def _soft(grey: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma))


def _edges(grey: Floats) -> Floats:
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.asarray(np.clip(np.hypot(dx, dy) / _DETAIL, 0, 1), np.float32)


def _misfit(target: Floats, moved: Floats, detail: Floats) -> float:
    difference = target - moved
    difference -= np.median(difference)
    cost = np.minimum(np.abs(difference), _TRUNCATED)
    return float((cost * detail).sum() / max(float(detail.sum()), 1e-6))
