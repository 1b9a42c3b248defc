"""Colour and exposure of the subject brought to those of the new scene, by one gain a channel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.options import check_range

from .checks import check_matte, check_picture

_SAMPLES = 1 << 16  # pixels that the statistics look at, in a grid over the picture
_LOW, _HIGH = 0.1, 0.9  # levels between these quantiles count: no lamps, no black corners
_DARKEST = 1e-6  # a mean below this says nothing about colour
_LIMIT = 8.0  # stops; what a statistic may ask for


def match_gain(
    foreground: Tensor,
    alpha: Tensor,
    background: Tensor,
    *,
    exposure: float = 1.0,
    colour: float = 1.0,
    foreground_grey: Sequence[float] | None = None,
    background_grey: Sequence[float] | None = None,
) -> Tensor:
    """Gain per channel that makes the foreground look lit by the new scene.

    With both greys given the gain takes one to the other, whatever the pictures hold. Without,
    it takes the mean of the subject to that of the background, each over the middle four fifths
    of its brightness levels. The gain is split into exposure, the mean of its stops over the
    channels, and colour, the rest; each is applied by its strength.

    Args:
        foreground: (1, 3, H, W) scene-linear, unpremultiplied; NaN and infinity are passed over.
        alpha: (1, 1, H, W) in [0, 1].
        background: (1, 3, h, w) scene-linear, any size.
        exposure: strength, 0 to 1.
        colour: strength, 0 to 1.
        foreground_grey: R, G, B of a grey thing on the subject, scene-linear, above 0.
        background_grey: R, G, B of a grey thing in the new scene.

    Returns:
        (1, 3, 1, 1) gain to multiply the foreground with; exactly 1 if both strengths are 0, or
        if there is no subject to measure. A shot wants one gain for all frames: measure one.

    Raises:
        ShapeError: a tensor of another shape.
        OptionError: a strength out of range, or a grey point that is missing or not above 0.
    """
    check_picture("foreground", foreground)
    check_matte("alpha", alpha, foreground)
    check_picture("background", background)
    check_range("exposure match", exposure, 0, 1)
    check_range("colour match", colour, 0, 1)
    if foreground_grey is None and background_grey is None:
        stops = _measured_stops(foreground, alpha, background)
    else:
        theirs, ours = _grey("background", background_grey), _grey("foreground", foreground_grey)
        stops = foreground.new_tensor([math.log2(b / f) for b, f in zip(theirs, ours, strict=True)])
    level = stops.mean()
    return torch.exp2(exposure * level + colour * (stops - level)).view(1, 3, 1, 1)


def _measured_stops(foreground: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """Stops per channel, (3,), from subject to background; 0 where either is too dark to tell."""
    subject = _middle_mean(foreground, alpha)
    scene = _middle_mean(background, torch.ones_like(background[:, :1]))
    known = (subject > _DARKEST) & (scene > _DARKEST)
    if not bool(known.any()):
        return torch.zeros_like(subject)
    stops = (scene.clamp_min(_DARKEST) / subject.clamp_min(_DARKEST)).log2()
    # a channel that is empty on one side follows the others: exposure without a cast
    stops = torch.where(known, stops, stops[known].mean())
    return stops.clamp(-_LIMIT, _LIMIT)


def _middle_mean(picture: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean per channel, (3,), of the pixels that are neither dark nor bright; else 0."""
    step = max(1, math.isqrt(picture.shape[-1] * picture.shape[-2] // _SAMPLES))
    pixels = picture[0, :, ::step, ::step].flatten(1)
    weights = weight[0, 0, ::step, ::step].flatten()
    usable = pixels.isfinite().all(0) & (weights > 0)
    if bool((weights > 0.5).any()):
        usable &= weights > 0.5  # thin edges hold the least certain colours
    if not bool(usable.any()):
        return picture.new_zeros(3)
    pixels, weights = pixels[:, usable].double(), weights[usable].double()
    order = pixels.mean(0).argsort()
    pixels, weights = pixels[:, order], weights[order]
    rank = (weights.cumsum(0) - weights / 2) / weights.sum()
    middle = weights * ((rank >= _LOW) & (rank <= _HIGH))
    if not bool((middle > 0).any()):  # one or two pixels
        middle = weights
    return ((pixels * middle).sum(1) / middle.sum()).to(picture.dtype)


def _grey(whose: str, values: Sequence[float] | None) -> tuple[float, ...]:
    if values is None:
        raise OptionError(f"the {whose}'s grey point is missing; pick one on both sides.")
    if len(values) != 3 or not all(math.isfinite(v) and v > 0 for v in values):
        shown = ", ".join(f"{v:g}" for v in values)
        raise OptionError(f"the {whose}'s grey point is {shown}; it must be R, G, B above 0.")
    return tuple(values)
