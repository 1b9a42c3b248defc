"""A clean plate that was built, and the steps that every way of building one shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import CannotBuild
from platekey.core.filters import enlarge, reduce
from platekey.core.frames.sequence import format_frame_range
from platekey.core.plate.noise import NoiseModel

from .footage import Footage, spread
from .holes import fill_holes
from .merge import Merge, Merged
from .over_time import Centre, Stack
from .steady import WORKING_PIXELS, Placement, Reference

_CORRELATED = 1.5  # averaged noise is less independent than white noise would be


@dataclass(frozen=True)
class CleanPlate:
    """A clean plate.

    Attributes:
        pixels: (1, 3, H, W) scene-linear.
        valid: (1, 1, H, W), 1 where the footage showed the background, 0 where it was made up.
        deviation: (1, 3, H, W), how far the background changed over time beyond its noise.
        report: figures and words by name.
        told: what the artist should know, sentences.
    """

    pixels: Tensor
    valid: Tensor
    deviation: Tensor
    report: dict[str, Any]
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """Frames on one reference: how each lies there, and some of them as a stack."""

    reference: Reference
    placements: dict[int, Placement]
    stack: Stack
    left_out: tuple[int, ...]


def gather(
    footage: Footage, *, align: bool, expose: bool, most: int, pixels: int = WORKING_PIXELS
) -> Gathered:
    """Places every frame on one of them and stacks at most `most`, reduced to `pixels`.

    Frames that do not show the reference's view are left out.

    Raises:
        CannotBuild: fewer than half of the frames show one view.
    """
    frames = footage.frames
    stacked = spread(frames, most)
    best = 0
    for number in dict.fromkeys((frames[len(frames) // 2], frames[0], frames[-1])):
        reference = Reference(footage.read(number), align=align, expose=expose, pixels=pixels)
        placements: dict[int, Placement] = {}
        laid, visible = [], []
        for frame, seen in footage.each("placing", part=(0, 0.45)):
            placement = reference.place(seen)
            if not placement.fits:
                continue
            placements[frame] = placement
            if frame in stacked:
                small, shown = reference.reduced(placement.lay(seen))
                laid.append(small)
                visible.append(shown)
        if 2 * len(placements) >= len(frames) and laid:
            noise = _mean_noise([placement.noise for placement in placements.values()])
            noise = noise.scaled(_CORRELATED / reference.factor**2)
            stack = Stack(torch.cat(laid), torch.cat(visible), noise)
            left_out = tuple(frame for frame in frames if frame not in placements)
            return Gathered(reference, placements, stack, left_out)
        best = max(best, len(placements))  # the reference itself may be the odd one
    raise CannotBuild(
        f"at most {best} of {len(frames)} frames show one view; the camera moves or the frames are "
        "of different set-ups: name those of one, or set mode to mosaic."
    )


def merge_frames(footage: Footage, gathered: Gathered, centre: Centre) -> Merged:
    """Merges all placed frames around the centre, reading them once more."""
    reference = gathered.reference
    merge = Merge(centre, reference.factor, reference.height, reference.width)
    for frame, seen in footage.each("merging", gathered.placements, part=(0.5, 0.95)):
        placement = gathered.placements[frame]
        brighter = float(placement.gains.min()) < 0.98
        merge.add(placement.lay(seen), placement.noise, brighter=brighter)
    return merge.result()


def finish(gathered: Gathered, centre: Centre, merged: Merged, mode: str) -> CleanPlate:
    """Fills what was never seen, and reports."""
    reference = gathered.reference
    valid = merged.seen
    pixels = fill_holes(merged.pixels, valid)
    noise = gathered.stack.noise.variance(centre.value)
    deviation = (centre.deviation**2 - noise).clamp_min(0).sqrt() * (centre.seen > 1)
    deviation = enlarge(deviation, reference.factor, reference.height, reference.width)
    shifts = [placement.shift for placement in gathered.placements.values()]
    frames = merged.frames[valid > 0]
    report = {
        "mode": mode,
        "frames": len(gathered.placements),
        "frames_left_out": list(gathered.left_out),
        "frames_a_pixel": float(frames.median()) if len(frames) else 0.0,
        "largest_shift_px": max(shifts),
        "noise_frame": merged.noise_frame,
        "noise_clean_plate": merged.noise,
        "noise_gain": merged.gain,
        "share_never_seen": 1 - float(valid.mean()),
        "moving_background": float((reduce(deviation, 1).mean(1) > 0.02).float().mean()),
    }
    told = []
    if gathered.left_out:
        told.append(
            f"frames {format_frame_range(gathered.left_out)} do not show the same view and are "
            "left out."
        )
    if not bool(valid.all()):
        told.append(
            f"{100 * (1 - float(valid.mean())):.3g} % of the clean plate were never seen and are "
            "made up; its layer valid is 0 there, and a solve has no confidence there."
        )
    return CleanPlate(pixels, valid, deviation, report, tuple(told))


def _mean_noise(models: list[NoiseModel]) -> NoiseModel:
    gain = torch.stack([model.gain for model in models]).median(0).values
    read = torch.stack([model.read for model in models]).median(0).values
    return NoiseModel(gain, read)
