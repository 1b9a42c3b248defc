"""What every training does alike: how far it is, its falling rate, and the averaged weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_YOUNG = 10  # steps over which the average forgets the first weights quickly


def part_done(step: int, seconds: float, *, steps: int, hours: float) -> float:
    """The part of a training that is done, 0 to 1, by steps or by time; 0 is no limit."""
    parts = [0.0]
    if steps:
        parts.append(step / steps)
    if hours:
        parts.append(seconds / (3600 * hours))
    return min(1.0, max(parts))


def falling(part: float) -> float:
    """From 1 at the start to 0 at the end, as a cosine."""
    return (1 + math.cos(math.pi * part)) / 2


def follow(average: dict[str, Tensor], network: nn.Module, kept: float, step: int) -> None:
    """Moves averaged weights towards a network's; in the first steps they follow closely.

    Args:
        average: state of the same names; changed.
        network: after `step` steps.
        kept: of the average at each step, once it is no longer young.
        step: steps that were done before this one.
    """
    share = min(kept, (1 + step) / (_YOUNG + step))
    with torch.no_grad():
        for name, each in network.state_dict().items():
            if each.is_floating_point():
                average[name].lerp_(each, 1 - share)
            else:
                average[name].copy_(each)
