"""The background of a shot with a subject in every frame: what comes back where it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import gaussian_blur
from platekey.core.plate.encoding import decode, encode, slope
from platekey.core.stopping import go_on, never

from .over_time import Centre, Stack

_FLOOR = 0.02  # stops; light flickers by that much even where noise is less
_WIDE = 6.0  # times the noise: background that moves scatters over that much
_LEAST_SHARE = 0.15  # of the frames that have to agree on a background
_LEAST_FRAMES = 1.5
_MOST_SHARE = 0.6  # of the frames that have to agree on a background that moves
_BRIEF = 0.4  # what a moment counts beside the whole length of the shot
_UNCHANGED = 4.0  # tolerances from the least to the largest value: noise alone
_COLUMNS = 4096  # pixels that are worked on at once
_SURROUNDINGS = (1 / 20, 1 / 40, 1 / 40, 1 / 80, 1 / 80)  # of the width; see find_recurring
_LEAST_BACKGROUND = 0.3  # of the surroundings, on average over the frames that were chosen


@dataclass(frozen=True)
class _Chosen:
    """What some pixels were found to be: (3, M), (3, M) and (1, M) each."""

    value: Tensor
    spread: Tensor
    seen: Tensor
    trust: Tensor


def find_recurring(stack: Stack, should_stop: Callable[[], bool] = never) -> Centre:
    """The value that comes back most often and over the longest time, where all around does too.

    Background is the same whenever it is seen, and it is seen before and after whatever passes; a
    subject that moves shows something else in every frame. Plain clothes and a subject that stops
    come back too, though. But then what is around them is not background at those times, as is
    known from places where it is clear. So each frame counts at a pixel by how much of its
    surroundings is background in that frame, in rounds with smaller and smaller surroundings, and
    wrong places are eaten up from their rims. Where even the best choice stands amid subject, the
    background was never seen.

    Returns:
        The background; `seen` is 0 where none was found.

    Raises:
        Cancelled: should_stop said so.
    """
    encoded = encode(stack.pixels)
    noise = stack.noise.variance(stack.pixels).sqrt() * slope(stack.pixels)
    tolerance = (2 * noise**2 + _FLOOR**2).sqrt()
    weight = stack.visible
    centre = _centre(encoded, tolerance, stack.visible, weight, should_stop)
    for size in _SURROUNDINGS:
        background = _around(encoded, tolerance, centre, stack.visible, size)
        weight = stack.visible * background**2
        centre = _centre(encoded, tolerance, stack.visible, weight, should_stop)
    value = decode(centre.value)
    return Centre(value, centre.deviation / slope(value), centre.seen)


def _around(
    encoded: Tensor, tolerance: Tensor, centre: Centre, visible: Tensor, size: float
) -> Tensor:
    """(K, 1, h, w) in [0, 1], how much around a pixel is background, frame by frame."""
    sigma = size * encoded.shape[-1]
    known = (centre.seen > 0).to(encoded.dtype)
    there = visible * known
    agree = torch.cat(
        [_agreement(e[None], centre.value[0], t) for e, t in zip(encoded, tolerance, strict=True)]
    )
    share = gaussian_blur(agree * there, sigma) / gaussian_blur(there, sigma).clamp_min(1e-3)
    return share.clamp(0.01, 1)


def _centre(
    encoded: Tensor,
    tolerance: Tensor,
    visible: Tensor,
    weight: Tensor,
    should_stop: Callable[[], bool],
) -> Centre:
    """The best choice at every pixel, encoded; its deviation in stops."""
    count, _, height, width = encoded.shape
    flat = [x.reshape(count, x.shape[1], -1) for x in (encoded, tolerance, visible, weight)]
    # where nothing ever changes there is nothing to choose: most of most shots
    value = flat[0].mean(0)
    spread = flat[0].std(0, correction=0)
    seen = flat[2].sum(0)
    range_over_time = (flat[0].amax(0) - flat[0].amin(0)) / flat[1].amin(0)
    changing = (range_over_time.amax(0) > _UNCHANGED) | (seen[0] < count)
    for columns in torch.split(changing.nonzero()[:, 0], _COLUMNS):
        go_on(should_stop)
        found = _choose(*(x[..., columns] for x in flat))
        value[:, columns], spread[:, columns] = found.value, found.spread
        seen[:, columns] = found.seen
    shape = (1, -1, height, width)
    return Centre(value.reshape(shape), spread.reshape(shape), seen.reshape(shape))


def _choose(encoded: Tensor, tolerance: Tensor, visible: Tensor, weight: Tensor) -> _Chosen:
    """(K, 3, M) and the like to what the pixels are."""
    narrow = _densest(encoded, tolerance, visible, weight)
    number = visible.sum(0)
    few = narrow.seen < (_LEAST_SHARE * number).clamp_min(_LEAST_FRAMES)
    few &= number > _LEAST_FRAMES  # if one frame alone shows it, that is what there is
    amid = narrow.trust < _LEAST_BACKGROUND
    seen = torch.where(few | amid, torch.zeros_like(narrow.seen), narrow.seen)
    value, spread = narrow.value, narrow.spread
    if bool(few.any()):
        wide = _densest(encoded, tolerance * _WIDE, visible, weight)
        moving = few & (wide.seen > _MOST_SHARE * number) & (wide.trust >= _LEAST_BACKGROUND)
        value = torch.where(moving, wide.value, value)
        spread = torch.where(moving, wide.spread, spread)
        seen = torch.where(moving, wide.seen, seen)
    return _Chosen(value, spread, seen, narrow.trust)


def _densest(encoded: Tensor, tolerance: Tensor, visible: Tensor, weight: Tensor) -> _Chosen:
    """Mean and spread of the frames that agree with the best one at each pixel."""
    times = torch.linspace(0, 1, len(encoded)).view(-1, 1, 1)
    best = torch.full_like(visible[0], -1.0)
    chosen, allowed = encoded[0].clone(), tolerance[0].clone()
    for index in range(len(encoded)):
        agree = _agreement(encoded, encoded[index], tolerance[index])
        there = (agree * visible) > 0.25
        last = torch.where(there, times, -1.0).amax(0)
        first = torch.where(there, times, 2.0).amin(0)
        score = (agree * weight).sum(0) * (_BRIEF + (last - first).clamp_min(0)) * weight[index]
        better = score > best
        best = torch.where(better, score, best)
        chosen = torch.where(better, encoded[index], chosen)
        allowed = torch.where(better, tolerance[index], allowed)
    for _ in range(2):
        agree = _agreement(encoded, chosen, allowed) * weight
        total = agree.sum(0)
        mean = (encoded * agree).sum(0) / total.clamp_min(1e-6)
        chosen = torch.where(total > 1e-3, mean, chosen)
    spread = ((encoded - chosen) ** 2 * agree).sum(0) / total.clamp_min(1e-6)
    seen = (_agreement(encoded, chosen, allowed) * visible).sum(0)
    shown = (visible > 0.5).any(0)
    trust = torch.where(shown, (total / seen.clamp_min(1e-6)).sqrt(), torch.zeros_like(total))
    return _Chosen(chosen, spread.sqrt(), seen, trust)


def _agreement(encoded: Tensor, value: Tensor, tolerance: Tensor) -> Tensor:
    """(K, 1, ...), 1 where a frame has this value, 0 three tolerances away."""
    distance = (((encoded - value) / tolerance) ** 2).mean(1, keepdim=True)
    return (1 - distance / 9).clamp_min(0)
