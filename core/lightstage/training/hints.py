"""Coarse alphas as people and segmenters make them: good, rough, wrong, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.filters import dilate, erode, gaussian_blur


class HintKind(Enum):
    """What was done to the truth."""

    NONE = "none"  # no hint is given
    SOFT = "soft"  # blurred: a good hint
    GROWN = "grown"  # a silhouette that is too large, with soft edges
    SHRUNK = "shrunk"  # one that is too small
    ROUGH = "rough"  # shrunk, then grown: what is thin is lost
    COARSE = "coarse"  # a segmenter's, at a sixteenth or a thirty-second of the size
    HOLES = "holes"  # a silhouette that lacks pieces
    SHIFTED = "shifted"  # of another moment
    EMPTY = "empty"  # wrong: nothing is subject
    FULL = "full"  # wrong: everything is
    INVERTED = "inverted"  # wrong: the other way round


CHANCES = {  # how often each is drawn unless a caller says otherwise
    HintKind.NONE: 0.30,
    HintKind.SOFT: 0.08,
    HintKind.GROWN: 0.12,
    HintKind.SHRUNK: 0.08,
    HintKind.ROUGH: 0.12,
    HintKind.COARSE: 0.10,
    HintKind.HOLES: 0.08,
    HintKind.SHIFTED: 0.06,
    HintKind.EMPTY: 0.02,
    HintKind.FULL: 0.02,
    HintKind.INVERTED: 0.02,
}


@dataclass(frozen=True)
class Hints:
    """Hints of a batch.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1], 0 where none is given.
        is_given: (B, 1, 1, 1), 1 or 0.
        kinds: B of them.
    """

    alpha: Tensor
    is_given: Tensor
    kinds: tuple[HintKind, ...]


def make_hints(
    alpha: Tensor,
    generator: torch.Generator,
    chances: dict[HintKind, float] | None = None,
) -> Hints:
    """Draws a hint for each alpha of a batch.

    Args:
        alpha: (B, 1, H, W) the truth.
        generator: of random numbers, on any device; the same state draws the same.
        chances: weights of the kinds, not all 0; None is CHANCES.

    Raises:
        OptionError: the weights are negative or add up to nothing.
    """
    weights = CHANCES if chances is None else chances
    if min(weights.values(), default=0) < 0 or sum(weights.values()) <= 0:
        raise OptionError("the chances of hints must be 0 or more, and one of them above 0.")
    kinds, table = list(weights), torch.tensor(list(weights.values()))
    device = generator.device
    table = table.float().to(device)
    drawn = torch.multinomial(table, len(alpha), replacement=True, generator=generator)
    chosen = tuple(kinds[int(index)] for index in drawn)
    return apply_hints(alpha, chosen, generator)


def apply_hints(alpha: Tensor, kinds: Sequence[HintKind], generator: torch.Generator) -> Hints:
    """Hints of these kinds, one a picture; see make_hints."""
    hints = [_one(one[None], kind, generator) for one, kind in zip(alpha, kinds, strict=True)]
    given = [0.0 if kind is HintKind.NONE else 1.0 for kind in kinds]
    is_given = alpha.new_tensor(given).view(-1, 1, 1, 1)
    return Hints(torch.cat(hints).clamp(0, 1), is_given, tuple(kinds))


def _one(alpha: Tensor, kind: HintKind, generator: torch.Generator) -> Tensor:
    """One hint, (1, 1, H, W). Sizes are parts of the longer side, so they suit any crop."""
    side = max(alpha.shape[-2:])
    small = round(_uniform(generator, 0, 0.02) * side)
    wide = max(1, round(_uniform(generator, 0.01, 0.06) * side))
    blur = 0.5 + _uniform(generator, 0, 0.02) * side
    silhouette = (alpha > 0.5).to(alpha)
    if kind in (HintKind.NONE, HintKind.EMPTY):
        return torch.zeros_like(alpha)
    if kind is HintKind.FULL:
        return torch.ones_like(alpha)
    if kind is HintKind.INVERTED:
        return 1 - gaussian_blur(alpha, blur)
    if kind is HintKind.SOFT:
        return gaussian_blur(alpha, blur)
    if kind is HintKind.GROWN:
        return gaussian_blur(dilate((alpha > 0.02).to(alpha), wide), blur)
    if kind is HintKind.SHRUNK:
        return gaussian_blur(erode(silhouette, max(1, wide // 2)), blur)
    if kind is HintKind.ROUGH:
        return gaussian_blur(dilate(erode(silhouette, small), wide), blur)
    if kind is HintKind.COARSE:
        return _coarse(silhouette, 16 if _uniform(generator, 0, 1) < 0.5 else 32)
    if kind is HintKind.SHIFTED:
        return _shifted(gaussian_blur(alpha, blur), generator)
    return gaussian_blur(_with_holes(silhouette, generator), blur)


def _coarse(silhouette: Tensor, factor: int) -> Tensor:
    """Thresholded at a fraction of the size, then enlarged: what a segmenter's upsampling gives."""
    size = silhouette.shape[-2:]
    small = nnf.interpolate(silhouette, size=[max(1, n // factor) for n in size], mode="area")
    return nnf.interpolate(
        (small > 0.5).to(silhouette), size=size, mode="bilinear", align_corners=False
    )


def _shifted(alpha: Tensor, generator: torch.Generator) -> Tensor:
    """Moved by up to 8 % of the picture; what moves in is empty."""
    height, width = alpha.shape[-2:]
    down = round(_uniform(generator, -0.08, 0.08) * height)
    right = round(_uniform(generator, -0.08, 0.08) * width)
    return nnf.pad(alpha, (right, -right, down, -down))


def _with_holes(silhouette: Tensor, generator: torch.Generator) -> Tensor:
    """One to four rectangles of 5 to 20 % of the picture are cut out, around pixels of it."""
    inside = silhouette[0, 0].nonzero()
    holed = silhouette.clone()
    height, width = silhouette.shape[-2:]
    for _ in range(1 + int(_uniform(generator, 0, 3.999))):
        part = _uniform(generator, 0, 1)
        half = [_uniform(generator, 0.025, 0.1) * n for n in (height, width)]
        if len(inside):
            y, x = (int(n) for n in inside[int(part * (len(inside) - 1))])
            top, left = max(0, y - round(half[0])), max(0, x - round(half[1]))
            holed[..., top : y + round(half[0]) + 1, left : x + round(half[1]) + 1] = 0
    return holed


def _uniform(generator: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator, device=generator.device))
