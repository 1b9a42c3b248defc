"""Finds hard shadows that hang together with the subject: one light blocked, everywhere alike.

Where a light is blocked the plate is the clean plate times what the other lights leave, and that
factor is nearly one for the whole shadow, whatever it falls on. So it is the sharpest peak among
the darkenings of what differs; from there the shadow is followed as far as the factor bends
smoothly, and through its penumbra, where the light is blocked in part. A region is believed only
if it shows the background's own detail, or, on a bare wall, if it is as even as the wall itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.plate.encoding import TOE
from platekey.core.plate.quick_filters import (
    box_mean,
    dilate,
    enlarge,
    erode,
    gaussian_blur,
    reduce,
)

_LARGE = 250_000  # pixels; a larger picture is searched at half its size
_CORRELATED = 1.5  # averaged noise is less independent than white noise would be
_SHALLOWEST, _DEEPEST = 0.35, 3.3  # stops
_CHROMA = 0.4  # of the darkening: how far channels may differ from their mean
_BLUISH = 0.6  # the same if red is darkest and blue brightest, as the sky lights shadows
_BIN = 0.1  # stops, of the peak's histogram
_PEAK = 0.2  # stops around the peak that seed the shadow
_LEAST = 0.002  # share of the frame; smaller shadows are left to the impostors
_ROUGH = 0.1  # stops between a pixel and its neighbours' mean, beyond noise
_SIGMA = 3.0  # pixels of the field that is followed
_STEP = 0.12  # stops between a pixel and that field
_HUE = 0.12  # stops, plus a tenth of the darkening, off the peak's hue
_ROUNDS = 60  # pixels that a shadow is followed from its seeds
_PENUMBRA = 6  # pixels
_BLOCKED = 0.08  # of the light, off what a penumbra can be
_SEEN = 1.0  # noise variances of detail that are enough to compare
_EXPLAINED = 0.5  # of that detail, that must be the background's
_EVEN = 2.0  # noise variances that a bare wall's shadow may be uneven by
_SILHOUETTE = 2.5  # stops; what is darker before a bare sky or wall is a subject against the light
_SUBJECT_LEFT = 0.15  # of what differs: a shadow is never all of it


@dataclass(frozen=True)
class _Ratio:
    """The plate over the background, (1, 3, H, W): its logarithm, and the noise of that."""

    stops: Tensor
    spread: Tensor


def find_hard_shadow(
    plate: Tensor,
    background: Tensor,
    plate_variance: Tensor,
    clean_variance: Tensor,
    is_different: Tensor,
) -> Tensor:
    """Finds the pixels of a hard shadow with its penumbra.

    Args:
        plate: (1, 3, H, W) scene-linear.
        background: like plate: the clean plate under what is known of shadow and bounce.
        plate_variance: (1, 3, H, W), of the noise of the plate, scene-linear squared.
        clean_variance: the same of the background.
        is_different: (1, 1, H, W) in {0, 1}, what noise and drift do not explain.

    Returns:
        (1, 1, H, W) in {0, 1}; all 0 where there is none that can be believed.
    """
    height, width = plate.shape[-2:]
    factor = 2 if height * width > _LARGE else 1
    noise = _CORRELATED / factor**2 if factor > 1 else 1.0
    core = _core(
        reduce(plate, factor),
        reduce(background, factor),
        noise * reduce(plate_variance, factor),
        noise * reduce(clean_variance, factor),
        (reduce(is_different, factor) > 0.5).to(plate.dtype),
    )
    if not bool(core.any()):
        return torch.zeros_like(is_different)
    core = (enlarge(core, factor, height, width) > 0.5).to(plate.dtype)
    ratio = _ratio(plate, background, plate_variance, clean_variance)
    return torch.maximum(core, _penumbra(ratio, core, is_different))


def _core(
    plate: Tensor,
    background: Tensor,
    plate_variance: Tensor,
    clean_variance: Tensor,
    is_different: Tensor,
) -> Tensor:
    """The shadow without its penumbra; see find_hard_shadow."""
    none = torch.zeros_like(is_different)
    least = max(64.0, _LEAST * is_different.numel())
    if float(is_different.sum()) < least:
        return none
    ratio = _ratio(plate, background, plate_variance, clean_variance)
    possible = _possible(ratio, is_different)
    if float(possible.sum()) < least:
        return none
    peak = _peak(ratio.stops[0].flatten(1)[:, possible.flatten() > 0])
    seeds = possible * _near(ratio, peak, _PEAK)
    if float(seeds.sum()) < least / 2:
        return none
    core = _followed(ratio, seeds, is_different, peak)
    core = _believed(core, plate, background, plate_variance, clean_variance, least)
    left = is_different * (1 - core)
    enough = float(left.sum()) >= _SUBJECT_LEFT * float(is_different.sum())
    return core if enough and float(core.sum()) >= least else none


def _ratio(
    plate: Tensor, background: Tensor, plate_variance: Tensor, clean_variance: Tensor
) -> _Ratio:
    seen, clean = box_mean(plate, 1), box_mean(background, 1)
    floor = TOE / 8
    stops = torch.log2(seen.clamp_min(floor) / clean.clamp_min(floor))
    relative = plate_variance / seen.clamp_min(floor) ** 2
    relative = relative + clean_variance / clean.clamp_min(floor) ** 2
    return _Ratio(stops, (relative / 9).sqrt() / np.log(2))


def _possible(ratio: _Ratio, is_different: Tensor) -> Tensor:
    """Darker, of a plausible hue, and smooth: 1 or 0."""
    level = ratio.stops.mean(1, keepdim=True)
    dark = (level < -_SHALLOWEST) & (level > -_DEEPEST)
    hue = (ratio.stops - level).abs() - 2 * ratio.spread
    red, green, blue = (ratio.stops[:, i : i + 1] for i in range(3))
    slack = 2 * ratio.spread.amax(1, keepdim=True)
    is_bluish = (red < green + slack) & (green < blue + slack)
    chroma = torch.where(is_bluish, _BLUISH, _CHROMA)
    plausible = dark & (hue < chroma * level.abs()).all(1, keepdim=True)
    return (plausible & _is_smooth(ratio)).to(level.dtype) * is_different


def _is_smooth(ratio: _Ratio) -> Tensor:
    rough = (ratio.stops - box_mean(ratio.stops, 2)).abs() - 2 * ratio.spread
    return (rough < _ROUGH).all(1, keepdim=True)


def _peak(samples: Tensor) -> Tensor:
    """The darkening, (3,) stops, around which most of the samples, (3, N), lie."""
    values = samples.T.cpu().numpy()
    cells = np.floor(-values / _BIN).astype(np.int64).clip(-8, 47) + 8
    index = (cells[:, 0] * 56 + cells[:, 1]) * 56 + cells[:, 2]
    counts = np.bincount(index, minlength=56**3).reshape(56, 56, 56).astype(np.float32)
    for axis in range(3):  # neighbours count too, so that no peak is cut by a bin's border
        counts = counts + 0.5 * (np.roll(counts, 1, axis) + np.roll(counts, -1, axis))
    best = np.array(np.unravel_index(int(counts.argmax()), counts.shape))
    middle = -(best - 8 + 0.5) * _BIN
    near = np.abs(values - middle).max(1) < _PEAK
    found = values[near].mean(0) if near.any() else middle
    return torch.from_numpy(np.asarray(found, np.float32)).to(samples.device)


def _near(ratio: _Ratio, peak: Tensor, reach: float) -> Tensor:
    off = (ratio.stops - peak.view(1, 3, 1, 1)).abs() - 2 * ratio.spread
    return (off < reach).all(1, keepdim=True).to(ratio.stops.dtype)


def _followed(ratio: _Ratio, seeds: Tensor, is_different: Tensor, peak: Tensor) -> Tensor:
    """The seeds grown over what differs while the factor bends smoothly and keeps its hue."""
    level = ratio.stops.mean(1, keepdim=True)
    deep = float(peak.mean())
    expected = peak.view(1, 3, 1, 1) * (level / deep)
    off = (ratio.stops - expected).abs() - 2 * ratio.spread
    allowed = (off < _HUE + 0.1 * level.abs()).all(1, keepdim=True)
    allowed = allowed & (level < -_SHALLOWEST) & (level > -_DEEPEST) & (is_different > 0)
    shadow = erode(seeds, 1)  # single pixels seed nothing
    shadow = dilate(shadow, 1) * seeds
    for done in range(_ROUNDS):
        if done % 4 == 0:  # the field changes slowly
            known = gaussian_blur(shadow, _SIGMA)
            field = gaussian_blur(ratio.stops * shadow, _SIGMA) / known.clamp_min(1e-6)
            near = ((ratio.stops - field).abs() - 2 * ratio.spread < _STEP).all(1, keepdim=True)
        grown = ((dilate(shadow, 1) > 0) & allowed & near).to(shadow.dtype)
        grown = torch.maximum(grown, shadow)
        if float((grown - shadow).sum()) == 0:
            break
        shadow = grown
    return shadow


def _believed(
    core: Tensor,
    plate: Tensor,
    background: Tensor,
    plate_variance: Tensor,
    clean_variance: Tensor,
    least: float,
) -> Tensor:
    """The parts of the core that are large, and show the background's detail or none at all."""
    seen = _detail(plate)
    clean = _detail(background)
    # detail is relative to the light, so that the shadow's factor drops out of it
    seen_noise = (plate_variance / box_mean(plate, 2).clamp_min(TOE / 8) ** 2).mean(1)[0]
    clean_noise = (clean_variance / box_mean(background, 2).clamp_min(TOE / 8) ** 2).mean(1)[0]
    light = (box_mean(plate, 1) / box_mean(background, 1).clamp_min(TOE / 8)).mean(1)[0]
    mask = core[0, 0].cpu().numpy().astype(np.uint8)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(opened)
    keep = np.zeros(count, bool)
    for index in range(1, count):
        if statistics[index, cv2.CC_STAT_AREA] < least / 4:
            continue
        part = (labels == index).astype(np.uint8)
        inner = cv2.erode(part, np.ones((5, 5), np.uint8))  # where the windows see no edge of it
        inside = torch.from_numpy((inner if inner.any() else part) > 0).to(core.device)
        keep[index] = _shows_the_background(
            seen[:, inside],
            clean[:, inside],
            float(seen_noise[inside].mean()),
            float(clean_noise[inside].mean()),
            depth=float(torch.log2(light[inside].mean().clamp_min(1e-6)).abs()),
        )
    return torch.from_numpy(np.asarray(keep[labels])).to(core)[None, None]


def _shows_the_background(
    seen: Tensor, clean: Tensor, seen_noise: float, clean_noise: float, *, depth: float
) -> bool:
    """Judges the detail of a region, (3, N) each, against its noise; `depth` is in stops."""
    there = float((clean**2).mean()) - clean_noise
    left = float(((seen - clean) ** 2).mean()) - seen_noise - clean_noise
    both = seen_noise + clean_noise
    if there > _SEEN * both:
        return left < (1 - _EXPLAINED) * there
    return left < _EVEN * both and depth < _SILHOUETTE


def _detail(picture: Tensor) -> Tensor:
    """(3, H, W), what a pixel differs from its neighbourhood, as a share of that."""
    middle = box_mean(picture, 2)
    return ((picture - middle) / middle.clamp_min(TOE / 8))[0]


def _penumbra(ratio: _Ratio, core: Tensor, is_different: Tensor) -> Tensor:
    """What lies beside the core and is lit by a part of what the core lacks."""
    known = gaussian_blur(core, _SIGMA)
    blocked = 1 - torch.exp2(gaussian_blur(ratio.stops * core, _SIGMA) / known.clamp_min(1e-6))
    dark = 1 - torch.exp2(ratio.stops)
    share = (dark * blocked).sum(1, keepdim=True) / (blocked**2).sum(1, keepdim=True).clamp_min(
        1e-6
    )
    off = (dark - share * blocked).abs() - 2 * ratio.spread * torch.exp2(ratio.stops)
    fits = (off < _BLOCKED * blocked.clamp_min(0.2)).all(1, keepdim=True)
    fits = fits & (share > -0.1) & (share < 1.15) & (known > 1e-4) & (is_different > 0)
    grown = core
    for _ in range(_PENUMBRA):
        step = ((dilate(grown, 1) > 0) & fits).to(core.dtype)
        grown = torch.maximum(grown, step)
    return grown
