"""From scene-linear pixels to what a screen shows; for looking, never for solving."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3), sRGB-encoded
BEHIND = (18, 18, 19)  # what is seen of a tile that its picture does not fill


def srgb_view(scene_linear: NDArray[np.floating]) -> Picture:
    """Encodes for an sRGB display, clipping below 0 and above 1.

    Args:
        scene_linear: (H, W, 3), Rec.709 primaries.

    Source: IEC 61966-2-1.
    """
    x = np.clip(np.nan_to_num(scene_linear), 0, 1)
    encoded = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * encoded), dtype=np.uint8)


def matte_view(matte: NDArray[np.floating]) -> Picture:
    """Shows (H, W) values in [0, 1] as grey, unencoded: a matte is no light."""
    grey = np.rint(255 * np.clip(np.nan_to_num(matte), 0, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def heat_view(values: NDArray[np.floating]) -> Picture:
    """Shows (H, W) values in [0, 1] from dark violet through orange to pale yellow."""
    index = np.rint(255 * np.clip(np.nan_to_num(values), 0, 1)).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(index, cv2.COLORMAP_INFERNO)[..., ::-1], dtype=np.uint8)


def scaled(picture: Picture, width: int, height: int) -> Picture:
    """Resizes into a box, keeping the aspect, on near black; whole pixels when enlarging."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    resized = cv2.resize(np.ascontiguousarray(picture), size, interpolation=kind)
    box = np.full((height, width, 3), BEHIND, dtype=np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    box[top : top + size[1], left : left + size[0]] = resized
    return box
