"""From the coarse matte to full resolution, tile by tile, with the same pixels for any tiling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from platekey.core.plate.quick_filters import box_mean, enlarge

from .coarse import CoarseMatte, Scene, band_posterior
from .colour_model import ColourModel

_COARSE_VARIANCE = 0.003  # of alpha as the coarse matte predicts it at a full-resolution pixel
_LEAST_VARIANCE = 0.002
_GUIDE_RADIUS = 1  # coarse pixels
_REACH = 3  # coarse pixels of margin that a tile needs: guide windows and bilinear neighbours


@dataclass(frozen=True)
class Tile:
    """A part of the frame, in full-resolution pixels; starts at multiples of the factor."""

    top: int
    left: int
    height: int
    width: int

    def of(self, x: Tensor) -> Tensor:
        """The tile's part of a full-resolution tensor."""
        rows = slice(self.top, self.top + self.height)
        return x[..., rows, self.left : self.left + self.width]


def tiles(height: int, width: int, side: int, factor: int) -> Iterator[Tile]:
    """Tiles of about `side` pixels that cover the frame without overlap."""
    step = max(factor, side // factor * factor)
    for top in range(0, height, step):
        for left in range(0, width, step):
            yield Tile(top, left, min(step, height - top), min(step, width - left))


@dataclass(frozen=True)
class TileMatte:
    """The matte of a tile, and the coarse fields enlarged, (1, C, h, w) each.

    Attributes:
        alpha: in [0, 1].
        variance: of alpha.
        shadow: stops, three channels.
        background: scene-linear: the clean plate under that shadow.
        significance: of the difference, in standard deviations.
        colours: model of the foreground.
    """

    alpha: Tensor
    variance: Tensor
    shadow: Tensor
    background: Tensor
    significance: Tensor
    colours: ColourModel


def sharpen(scene: Scene, coarse: CoarseMatte, guide: Tensor, factor: int, tile: Tile) -> TileMatte:
    """Solves alpha at the pixels of a tile from their own colours and the coarse matte.

    Args:
        scene: the tile's part of the full-resolution scene.
        coarse: the matte of the whole frame, `factor` times smaller.
        guide: (1, 3, h, w), the coarse plate on the scale where noise is 1.
        factor: whole number.
        tile: where the scene lies in the frame.

    Returns:
        The tile's matte. At factor 1 alpha is the coarse one.
    """
    window = _Window(coarse.alpha.shape[-2:], factor, tile)
    colours = ColourModel(window(coarse.colours.mean), window(coarse.colours.covariance))
    shadow = window(coarse.shadow)
    finite = coarse.significance.clamp_max(1e3)
    coarse_alpha, variance = window(coarse.alpha), window(coarse.variance)
    background = scene.clean_plate * torch.exp2(shadow)
    matte = TileMatte(coarse_alpha, variance, shadow, background, window(finite), colours)
    if factor == 1:
        return matte
    sure = window(coarse.regions.is_foreground) > 0.999
    bare = window(coarse.regions.is_background) > 0.999
    alpha = torch.where(sure, torch.ones_like(coarse_alpha), torch.zeros_like(coarse_alpha))
    unknown = ~(sure | bare)
    if not bool(unknown.any()):
        return replace(matte, alpha=alpha)
    cost = window(coarse.softness_cost)
    own, own_variance = band_posterior(scene, background, unknown, alpha, colours, cost)
    predicted = _guided(coarse.alpha, guide, scene, window).clamp(0, 1)
    trust = 1 / (own_variance + _LEAST_VARIANCE)
    fused = (own * trust + predicted / _COARSE_VARIANCE) / (trust + 1 / _COARSE_VARIANCE)
    return replace(matte, alpha=torch.where(unknown, fused, alpha))


class _Window:
    """Enlarges the part of a coarse tensor that belongs to a tile, with its true neighbours."""

    def __init__(self, size: tuple[int, ...], factor: int, tile: Tile) -> None:
        self.factor, self.tile = factor, tile
        height, width = size
        top, left = tile.top // factor - _REACH, tile.left // factor - _REACH
        bottom = -(-(tile.top + tile.height) // factor) + _REACH
        right = -(-(tile.left + tile.width) // factor) + _REACH
        self.rows = slice(max(0, top), min(height, bottom))
        self.columns = slice(max(0, left), min(width, right))
        self.offset_y = tile.top - self.rows.start * factor
        self.offset_x = tile.left - self.columns.start * factor

    def crop(self, x: Tensor) -> Tensor:
        return x[..., self.rows, self.columns]

    def __call__(self, x: Tensor) -> Tensor:
        return self.grow(self.crop(x))

    def grow(self, part: Tensor) -> Tensor:
        if self.factor == 1:
            large = part
        else:
            height, width = (side * self.factor for side in part.shape[-2:])
            large = enlarge(part, self.factor, height, width)
        rows = slice(self.offset_y, self.offset_y + self.tile.height)
        return large[..., rows, self.offset_x : self.offset_x + self.tile.width]


def _guided(alpha: Tensor, guide: Tensor, scene: Scene, window: _Window) -> Tensor:
    """Alpha as a local linear function of colour, fitted to the coarse matte.

    Source: the fast guided filter, He & Sun 2015 (docs/references.md#he2015).
    """
    picture, target = window.crop(guide), window.crop(alpha)
    mean, mean_target = box_mean(picture, _GUIDE_RADIUS), box_mean(target, _GUIDE_RADIUS)
    covariance = box_mean(picture * target, _GUIDE_RADIUS) - mean * mean_target
    variance = (box_mean(picture * picture, _GUIDE_RADIUS) - mean * mean).sum(1, keepdim=True)
    # one slope along the colour line that the covariance points out
    length = covariance.norm(dim=1, keepdim=True).clamp_min(1e-6)
    direction = covariance / length
    slope = direction * length / (variance.clamp_min(0) + 1.0)
    offset = mean_target - (slope * mean).sum(1, keepdim=True)
    full = scene.noise.stabilised(scene.plate)
    return (window.grow(slope) * full).sum(1, keepdim=True) + window.grow(offset)


def crop_scene(scene: Scene, tile: Tile) -> Scene:
    """The tile's part of a full-resolution scene."""

    def part(x: Tensor | None) -> Tensor | None:
        return None if x is None else tile.of(x)

    return replace(
        scene,
        plate=tile.of(scene.plate),
        clean_plate=tile.of(scene.clean_plate),
        valid=tile.of(scene.valid),
        hint=part(scene.hint),
        garbage=part(scene.garbage),
        holdout=part(scene.holdout),
        spread=part(scene.spread),
    )
