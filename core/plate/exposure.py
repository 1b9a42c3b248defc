"""Exposure and white balance of the clean plate against the plate, one gain per channel."""

from __future__ import annotations

import torch
from torch import Tensor

from .encoding import TOE
from .quick_filters import gaussian_blur

_RANGE = 3.0  # stops; more than that is another lighting, not a drift
_BIN = 0.02  # stops
_DARKEST = TOE / 8  # below it a ratio is noise
_BRIGHT_SHARE = 0.25  # of the frame above the toe is enough to go by
_REACH = 0.25  # stops around the mode that still belong to it


def match_exposure(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> tuple[Tensor, float]:
    """Finds the gains that make the clean plate as bright as the plate where both show background.

    The background is where the ratio of plate to clean plate has its sharpest mode: a drift of
    the camera multiplies all of it alike, whereas the subject scatters over many ratios.

    Args:
        plate: (1, 3, H, W) scene-linear.
        clean_plate: like plate, aligned.
        valid: (1, 1, H, W), 1 where the clean plate is known.

    Returns:
        gains (1, 3, 1, 1) to multiply the clean plate with, and the share of the known pixels
        that agree with them, 0 to 1.
    """
    known = valid[:, 0] > 0.5
    floor = TOE
    bright = (plate.amin(1) > floor) & (clean_plate.amin(1) > floor) & known
    if float(bright.float().mean()) < _BRIGHT_SHARE:  # a green screen has dark channels all over
        floor = min(TOE, max(_DARKEST, float(clean_plate.amin(1).median()) / 4))
        bright = (plate.amin(1) > floor) & (clean_plate.amin(1) > floor) & known
    ones = torch.ones_like(plate[:, :, :1, :1])
    if int(bright.sum()) < 64:
        return ones, 0.0
    smooth_plate, smooth_clean = gaussian_blur(plate, 1.0), gaussian_blur(clean_plate, 1.0)
    ratio = torch.log2(smooth_plate.clamp_min(floor / 4) / smooth_clean.clamp_min(floor / 4))
    samples = ratio[0].flatten(1)[:, bright.flatten()]  # (3, N)
    centre = torch.stack([_mode(channel) for channel in samples])
    for _ in range(4):  # the mean of what lies around the mode, three channels together
        distance = (samples - centre[:, None]).abs().amax(0)
        weight = (1 - (distance / _REACH) ** 2).clamp_min(0) ** 2
        centre = (samples * weight).sum(1) / weight.sum().clamp_min(1e-6)
    agreeing = float((distance < _REACH).float().mean())
    return torch.exp2(centre).view(1, 3, 1, 1), agreeing


def _mode(values: Tensor) -> Tensor:
    """The ratio, in stops, around which most values lie."""
    bins = int(2 * _RANGE / _BIN)
    counts = torch.histc(values, bins=bins, min=-_RANGE, max=_RANGE)
    smooth = gaussian_blur(counts.view(1, 1, 1, -1), 2.0).flatten()
    return (smooth.argmax() + 0.5) * _BIN - _RANGE
