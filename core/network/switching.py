"""Context switching: at each pixel the network chooses which cue to believe.

Each cue is combined with the picture; a selector sees all combinations and weighs them, so that a
cue that is wrong in places (a clean plate that moved, another's hint) is left out there.

Source: Sengupta et al. 2020, section 3.1, with weights that sum to 1 in place of a second mixing
(docs/references.md#sengupta2020).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import ConvNorm


class ContextSwitch(nn.Module):
    """Adds to the picture's features what the believed cues tell."""

    def __init__(self, channels: int, cues: list[int], *, selects: bool = True) -> None:
        """Takes the channels of the picture and of each cue.

        Args:
            channels: of the picture's features.
            cues: of each cue's.
            selects: weighs the cues at each pixel; else all count alike, for comparison.
        """
        super().__init__()
        self.combine = nn.ModuleList(
            [ConvNorm(channels + cue, channels, activation=nn.Hardswish) for cue in cues]
        )
        # One weight more than there are cues: believing none of them is a choice too.
        self.select = nn.Conv2d(channels * (len(cues) + 1), len(cues) + 1, 1) if selects else None
        self.mix = ConvNorm(channels, channels, activation=None)

    def forward(self, picture: Tensor, cues: list[Tensor]) -> Tensor:
        """(B, channels, H, W), like `picture`."""
        combined: list[Tensor] = []
        for index, combine in enumerate(self.combine):
            combined.append(combine(torch.cat([picture, cues[index]], 1)))
        total = torch.zeros_like(picture)
        if self.select is None:
            for each in combined:
                total = total + each / len(combined)
        else:
            weights = torch.softmax(self.select(torch.cat([picture] + combined, 1)), 1)
            for index, each in enumerate(combined):
                total = total + each * weights[:, index : index + 1]
        mixed: Tensor = picture + self.mix(total)
        return mixed
