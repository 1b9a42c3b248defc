"""The refine stage: a shallow network at full resolution. Any part of a frame, without seams.

No statistics over a tile or a frame: a pixel's answer depends on the pixels around it alone, up to
RADIUS; see NetworkOptions.refine_blocks.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from .coarse import MATTE
from .cues import DETAIL
from .options import NetworkOptions

ANSWER = 8  # channels: alpha, foreground and background as changes to the coarse ones, trust


class ResidualBlock(nn.Module):
    """Two convolutions, added to the input; without normalisation."""

    def __init__(self, channels: int) -> None:
        """Takes the channels."""
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.second.weight.data.mul_(0.3)  # starts near the identity

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W), the same."""
        added: Tensor = x + self.second(torch.relu(self.first(x)))
        return torch.relu(added)


class RefineNetwork(nn.Module):
    """Residual blocks at half resolution, then at full."""

    def __init__(self, options: NetworkOptions) -> None:
        """Takes the widths."""
        super().__init__()
        half, full = options.refine_half, options.refine_full
        self.enter = nn.Conv2d(4 * DETAIL + MATTE + options.hidden, half, 1)
        self.blocks = nn.Sequential(*[ResidualBlock(half) for _ in range(options.refine_blocks)])
        self.leave = nn.Conv2d(half, 2 * full, 1)
        self.meet = nn.Conv2d(DETAIL + MATTE + full // 2, full, 3, padding=1)
        self.answer = nn.Conv2d(full, ANSWER, 3, padding=1)
        with torch.no_grad():
            for parameter in self.answer.parameters():  # starts as the coarse matte
                parameter.zero_()

    def forward(self, detail: Tensor, half: Tensor, full: Tensor) -> Tensor:
        """Answers for a part of a frame, (B, ANSWER, H, W).

        Args:
            detail: (B, DETAIL, H, W) see cues.detail_features; H and W even.
            half: (B, MATTE + hidden, H / 2, W / 2) the enlarged coarse matte.
            full: (B, MATTE, H, W) likewise.
        """
        x = torch.relu(self.enter(torch.cat([nnf.pixel_unshuffle(detail, 2), half], 1)))
        x = nnf.pixel_shuffle(self.leave(self.blocks(x)), 2)
        x = torch.relu(self.meet(torch.cat([detail, full, x], 1)))
        answer: Tensor = self.answer(x)
        return answer


def refine_radius(options: NetworkOptions) -> int:
    """How many pixels around a pixel count, rounded up to an even number.

    Two convolutions at full size, 2 * 2 pixels for each block at half size, and 1 for the cell of
    2 x 2 pixels. The coarse matte is enlarged from the whole frame and adds nothing.
    """
    return 2 + 4 * options.refine_blocks + 2
