"""What the footage never showed, made up so that it does not draw the eye."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.filters import fill, gaussian_blur
from platekey.core.plate.encoding import decode, encode

_DETAIL = 6.0  # pixels; what is finer is texture and mirrored in, what is broader is continued


def fill_holes(pixels: Tensor, valid: Tensor) -> Tensor:
    """Continues a picture smoothly into its holes, with the texture of their rims mirrored in.

    Args:
        pixels: (1, 3, H, W) scene-linear.
        valid: (1, 1, H, W), 1 where it is known, 0 in the holes.

    Returns:
        (1, 3, H, W), untouched where valid is 1. Without any known pixel it stays as it is.
    """
    known = valid[0, 0].cpu().numpy() > 0.5
    if known.all() or not known.any():
        return pixels
    weight = valid.to(pixels.dtype)
    encoded = encode(pixels)
    smooth = fill(encoded, weight)
    near = gaussian_blur(weight, _DETAIL).clamp_min(1e-3)
    broad = gaussian_blur(encoded * weight, _DETAIL) / near
    detail = ((encoded - broad) * weight)[0].permute(1, 2, 0).cpu().numpy()
    rows, columns = _mirrored(known)
    mirrored = torch.from_numpy(detail[rows, columns]).permute(2, 0, 1)[None].to(pixels)
    soft = gaussian_blur(smooth * (1 - weight) + broad * weight, 2.0)
    return torch.where(weight > 0.5, pixels, decode(soft + mirrored))


def _mirrored(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel the known one opposite to it across the rim of its hole, or on the rim."""
    height, width = known.shape
    hole = (~known).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(
        hole, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.flatnonzero(known.ravel())
    nearest = np.zeros(int(labels.max()) + 1, np.int64)
    nearest[labels.ravel()[place]] = place
    rim_row, rim_column = np.divmod(nearest[labels], width)
    row, column = np.indices(known.shape)
    across_row = np.clip(2 * rim_row - row, 0, height - 1)
    across_column = np.clip(2 * rim_column - column, 0, width - 1)
    there = known[across_row, across_column]
    return np.where(there, across_row, rim_row), np.where(there, across_column, rim_column)
