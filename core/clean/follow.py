"""What a homography leaves, followed by dense flow on the background."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.filters import dilate, fill, gaussian_blur, reduce
from platekey.core.plate.encoding import encode

from .footage import working_factor

_PIXELS = 600_000  # flow is found on pictures of this size
_LARGEST = 0.02  # of the width; what is further is no rest of a registration
_SUBJECT = 0.3  # stops; where the two differ by more after the flow there is no background
_SMOOTH = 1 / 120  # of the width: the flow's own grain is blurred away
_GAIN = 0.97  # of the misfit that must be left at most
_SMALLEST = 64  # pixels of a side; DIS needs some


def follow_plate(plate: Tensor, clean: Tensor, known: Tensor) -> tuple[Tensor, float]:
    """Finds the dense flow that lays a clean plate on the plate's background.

    Behind the subject, where nothing can be followed, the flow continues from around it.

    Args:
        plate: (1, 3, H, W) scene-linear.
        clean: like plate, registered.
        known: (1, 1, H, W), 1 where the clean plate is known and no matte says subject.

    Returns:
        The flow, (1, 2, H, W) x, y in pixels from the plate to the clean plate, and the share of
        the misfit that it leaves; no flow and 1 where it does not help.

    Source: Kroeger et al. 2016 (docs/references.md#kroeger2016), in OpenCV.
    """
    height, width = plate.shape[-2:]
    nothing = torch.zeros(1, 2, height, width)
    factor = working_factor(height, width, _PIXELS)
    small_plate, small_clean = (encode(reduce(each, factor)) for each in (plate, clean))
    small_known = (reduce(known, factor) > 0.999).to(plate.dtype)
    if min(small_plate.shape[-2:]) < _SMALLEST:
        return nothing, 1.0
    dense = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    empty = np.zeros((*small_plate.shape[-2:], 2), np.float32)
    found = np.asarray(dense.calc(_bytes(small_plate), _bytes(small_clean), empty), np.float32)
    flow = torch.from_numpy(found).permute(2, 0, 1)[None]
    length = flow.norm(dim=1, keepdim=True)
    moved = sample(small_clean, flow)
    unlike = (moved - small_plate).abs().amax(1, keepdim=True)
    foreign = (unlike > _SUBJECT) | (length > _LARGEST * flow.shape[-1]) | (small_known < 0.5)
    trusted = 1 - dilate(foreign.to(plate.dtype), 3)
    sigma = _SMOOTH * flow.shape[-1]
    even = gaussian_blur(fill(flow, trusted), sigma)
    before = ((small_clean - small_plate).abs().clamp_max(_SUBJECT) * trusted).mean()
    after = ((sample(small_clean, even) - small_plate).abs().clamp_max(_SUBJECT) * trusted).mean()
    left = float(after / before.clamp_min(1e-9))
    if left > _GAIN:
        return nothing, 1.0
    large = torch.nn.functional.interpolate(
        even * factor, scale_factor=factor, mode="bilinear", align_corners=False
    )
    return large[..., :height, :width], left


def sample(picture: Tensor, flow: Tensor) -> Tensor:
    """The picture, (1, C, H, W), taken at every pixel's place plus flow, (1, 2, H, W)."""
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).cpu().numpy())
    rows, columns = np.indices(pixels.shape[:2], np.float32)
    shift = flow[0].cpu().numpy()
    x, y = (columns + shift[0]).astype(np.float32), (rows + shift[1]).astype(np.float32)
    moved = cv2.remap(pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    moved = moved.reshape(*pixels.shape[:2], -1)
    return torch.from_numpy(moved).permute(2, 0, 1)[None].contiguous()


def _bytes(encoded: Tensor) -> np.ndarray:
    grey = encoded.mean(1)[0].cpu().numpy()
    grey = grey - np.median(grey)  # exposure is no motion
    return np.asarray(np.clip(128 + 40 * grey, 0, 255), np.uint8)
