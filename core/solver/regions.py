"""Where the subject surely is, where it surely is not, and the band between: the soft trimap."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.plate.quick_filters import dilate

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]
_SMALLEST_GAP = 2e-5  # share of the frame; a smaller gap inside the subject is noise
_LARGEST_FILL = 0.02  # share of the frame; a larger gap is never closed
_LIKENESS = 1.0  # standard deviations; a gap is background only if it looks like it on average
_THICKNESS_REACH = (4, 8, 16, 24)  # pixels over which the local thickness is looked for
_THIN = 5.0  # pixels; thinner parts have no sure inside
_MARGIN = 2  # pixels around a difference that may still hold a trace of the subject


@dataclass(frozen=True)
class Regions:
    """The parts of a frame, (1, 1, H, W) each.

    Attributes:
        is_foreground: 1 where alpha is surely 1.
        is_background: 1 where alpha is surely 0.
        depth: distance to the nearest background in pixels, 0 outside.
    """

    is_foreground: Tensor
    is_background: Tensor
    depth: Tensor

    @property
    def is_unknown(self) -> Tensor:
        """Boolean, the band between the two."""
        return (self.is_foreground + self.is_background) == 0


def find_regions(
    significance: Tensor,
    tolerance: float,
    *,
    widest_edge: int,
    depth_share: float,
    fill_holes: bool,
    garbage: Tensor | None,
    holdout: Tensor | None,
) -> Regions:
    """Splits the frame by the significance of its difference to the clean plate.

    Args:
        significance: (1, 1, H, W) standard deviations.
        tolerance: standard deviations that still are background.
        widest_edge: pixels; deeper inside is always sure.
        depth_share: share of the local thickness that the soft edge may take, 0 to 1.
        fill_holes: close gaps inside the subject that do not look like background regions.
        garbage: (1, 1, H, W), above 0.5 is background.
        holdout: (1, 1, H, W), above 0.5 is foreground; garbage wins.

    Returns:
        The regions; sure foreground shrinks with the local thickness, so that thin parts and hair
        are left to the solver.
    """
    subject = (significance > tolerance)[0, 0].cpu().numpy().astype(np.uint8)
    if holdout is not None:
        subject |= (holdout > 0.5)[0, 0].cpu().numpy()
    if garbage is not None:
        subject &= (garbage <= 0.5)[0, 0].cpu().numpy()
    if fill_holes:
        subject = _fill_gaps(subject, significance[0, 0].cpu().numpy())
    framed = cv2.copyMakeBorder(
        subject, 1, 1, 1, 1, cv2.BORDER_REPLICATE
    )  # frame edges are no edge
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = torch.from_numpy(np.ascontiguousarray(distance))[None, None].to(significance.device)
    depth = depth.clamp_max(float(max(subject.shape)))
    thickness = torch.stack([dilate(depth, reach) for reach in _THICKNESS_REACH]).amax(0)
    edge = (depth_share * thickness).clamp(min(_THIN, float(widest_edge)), float(widest_edge))
    foreground = (depth > edge).to(torch.float32)
    background = 1 - dilate((depth > 0).to(torch.float32), _MARGIN)
    if holdout is not None:
        foreground = torch.maximum(foreground, (holdout > 0.5).to(torch.float32))
    if garbage is not None:
        foreground = foreground * (garbage <= 0.5)
        background = torch.maximum(background, (garbage > 0.5).to(torch.float32))
    return Regions(foreground, background * (1 - foreground), depth)


def _fill_gaps(subject: Mask, significance: Floats) -> Mask:
    """Closes gaps that are specks, or whose content only resembles the background."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(1 - subject, connectivity=4)
    area = statistics[:count, cv2.CC_STAT_AREA]
    level = np.where(np.isfinite(significance), significance, 0)
    mean = np.bincount(labels.ravel(), level.ravel(), minlength=count) / np.maximum(area, 1)
    speck = area < max(9, _SMALLEST_GAP * subject.size)
    alike = (mean > _LIKENESS) & (area < _LARGEST_FILL * subject.size)
    closed = speck | alike
    closed[0] = False  # label 0 is the subject itself
    return np.where(closed[labels], 1, subject).astype(np.uint8)
