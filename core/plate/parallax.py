"""Parallax: background that moved otherwise than the rest, because it stands at another depth.

No homography follows it, so it would look like a subject. Where a small, smooth flow explains what
differs, it is background that may be off the clean plate by as much as the flow changes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .encoding import encode, slope

Floats = NDArray[np.float32]

_NEAREST, _FURTHEST = 0.3, 4.0  # pixels that a flow may reach
_DIFFERS = 0.06  # stops; less needs no explanation
_EXPLAINED = 0.5  # of the difference may be left
_BENT = 0.6  # pixels that the flow may differ from its surroundings
_WINDOW = 7  # pixels, over which difference and flow are averaged
_LEAST = 40  # pixels; smaller parts may be chance


@dataclass(frozen=True)
class Parallax:
    """Where the background moved by itself.

    Attributes:
        spread: (1, 3, H, W) scene-linear, how far it is off the clean plate there; 0 elsewhere.
        share: of the frame.
        largest: pixels of flow.
    """

    spread: Tensor
    share: float
    largest: float


def find_parallax(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> Parallax:
    """Finds it by dense flow, believed only where the flow brings the pictures together.

    Args:
        plate: (1, 3, H, W) scene-linear, at working size.
        clean_plate: like plate, aligned and exposed.
        valid: (1, 1, H, W), 1 where the clean plate is known.
    """
    height, width = plate.shape[-2:]
    none = Parallax(torch.zeros_like(plate), 0.0, 0.0)
    if min(height, width) < 48:
        return none
    seen, clean = _encoded(plate), _encoded(clean_plate)
    flow = _flow(seen, clean)
    y, x = np.indices((height, width), dtype=np.float32)
    moved = cv2.remap(
        clean, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    before, after = _around(seen - clean), _around(seen - moved)
    length = np.hypot(flow[..., 0], flow[..., 1])
    bent = np.abs(flow - cv2.blur(flow, (_WINDOW, _WINDOW))).max(2)
    found = (before > _DIFFERS) & (after < _EXPLAINED * before) & (bent < _BENT)
    found &= (length > _NEAREST) & (length < _FURTHEST)
    found &= valid[0, 0].cpu().numpy() > 0.5
    found = _large_parts(found)
    if not found.any():
        return none
    off = np.sqrt(cv2.blur((moved - clean) ** 2, (_WINDOW, _WINDOW))) * found[..., None]
    stops = torch.from_numpy(np.ascontiguousarray(off)).permute(2, 0, 1)[None].to(plate)
    return Parallax(
        stops / slope(clean_plate), float(found.mean()), float(np.percentile(length[found], 95))
    )


def _encoded(picture: Tensor) -> Floats:
    """(H, W, 3), stops."""
    return np.ascontiguousarray(encode(picture)[0].permute(1, 2, 0).cpu().numpy(), np.float32)


def _flow(seen: Floats, clean: Floats) -> Floats:
    """(H, W, 2), from a pixel of `seen` to where it lies in `clean`."""
    low, high = np.percentile(clean.mean(2), [0.5, 99.5])
    scale = 255 / max(float(high - low), 1e-6)
    greys = [
        np.clip((picture.mean(2) - low) * scale, 0, 255).astype(np.uint8)
        for picture in (seen, clean)
    ]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(greys[0], greys[1], np.zeros((*greys[0].shape, 2), np.float32))
    return np.asarray(flow, np.float32)


def _around(difference: Floats) -> Floats:
    """Mean absolute difference over a window, (H, W)."""
    return np.asarray(cv2.blur(np.abs(difference).mean(2), (_WINDOW, _WINDOW)))


def _large_parts(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(opened)
    keep = statistics[:, cv2.CC_STAT_AREA] >= _LEAST
    keep[0] = False
    return np.asarray(keep[labels])
