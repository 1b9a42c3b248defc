"""The shadow pass of the network: its background over the clean plate."""

from __future__ import annotations

import torch
from torch import Tensor

_DARK = 0.005  # at ordinary brightness, five stops below grey: below it a quotient is noise
_NOTHING = 0.01  # stops; less is nothing, and the clean plate stays untouched there
_DEEPEST, _BRIGHTEST = -8.0, 4.0  # stops


def shadow_factor(background: Tensor, clean_plate: Tensor, exposure: Tensor) -> Tensor:
    """What the background's light was multiplied by, (B, 3, H, W); 1 where nothing happened.

    The quotient of the two; in the dark, where it would be noise or endless, the quotient of what
    both are above a floor.

    Args:
        background: (B, 3, H, W) scene-linear, as the plate has it.
        clean_plate: like background, without the subject's shadow.
        exposure: (B, 1, 1, 1) what brings the clean plate to ordinary brightness.
    """
    floor = _DARK / exposure
    # least squares of background = clean_plate * shadow, held at the floored quotient by the floor
    held = (background.clamp_min(0) + floor) / (clean_plate.clamp_min(0) + floor)
    shadow = (background * clean_plate + floor**2 * held) / (clean_plate**2 + floor**2)
    stops = torch.log2(shadow.clamp_min(2.0**_DEEPEST)).clamp_max(_BRIGHTEST)
    return torch.exp2(stops * ((stops.abs() - _NOTHING) / _NOTHING).clamp(0, 1))
