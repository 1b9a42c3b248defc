"""What a step looks at, known by its number: a resumed tune sees what an uninterrupted one would.

Without keys a step takes two frames in a row, so that their mattes can be compared along the
motion. With keys every other step takes keyed frames, and frames that are made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .augment import Change, change_small, change_window, draw_change
from .motion import Motion, enlarged
from .options import Workload
from .stored import SmallView, StoredFrame, View

_ANYWHERE = 0.1  # share of the windows that are drawn without interest


@dataclass(frozen=True)
class Place:
    """A window in a frame of a batch.

    Attributes:
        frame: which of the batch's.
        top: first row, in the frame as it is seen, which may be mirrored.
        left: first column.
        view: the window at full size.
    """

    frame: int
    top: int
    left: int
    view: View


@dataclass(frozen=True)
class Batch:
    """What a step looks at.

    Attributes:
        frames: whole, at the coarse size.
        factor: by which they are smaller.
        places: windows of them at full size.
        pairs: places of a frame and of the next one, with the motion between them.
        is_keyed: keys are taught.
    """

    frames: list[SmallView]
    factor: int
    places: list[Place]
    pairs: list[tuple[int, int, Motion]]
    is_keyed: bool

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        if device.type == "cpu":
            return self
        return _moved(self, device)


@dataclass(frozen=True)
class Material:
    """The frames that are trained on.

    Attributes:
        plain: without keys, in order of their numbers.
        following: for each of `plain` the index of the next frame of the shot, or -1.
        keyed: with keys, or made of frames whose matte is known.
    """

    plain: Sequence[StoredFrame]
    following: Sequence[int]
    keyed: Sequence[StoredFrame]


def draw_batch(material: Material, work: Workload, *, seed: int, step: int, rank: int = 0) -> Batch:
    """The batch of a step.

    Raises:
        WeightsError: a prepared frame is damaged.
    """
    random = np.random.default_rng([seed, step, rank])
    is_keyed = bool(material.keyed) and (step % 2 == 1 or not material.plain)
    if is_keyed:
        chosen = [
            material.keyed[int(i)]
            for i in random.choice(len(material.keyed), work.frames, replace=True)
        ]
        linked = False
    else:
        first = int(random.integers(len(material.plain)))
        second = material.following[first]
        linked = second >= 0
        if not linked:
            second = int(random.integers(len(material.plain)))
        chosen = [material.plain[first], material.plain[second]]
    may_mirror = all(each.width % each.factor == 0 for each in chosen)
    change = draw_change(random, may_mirror=may_mirror)
    changes = [change, change if linked else draw_change(random, may_mirror=may_mirror)]
    changes += [draw_change(random, may_mirror=may_mirror) for _ in chosen[2:]]
    frames = [each.small() for each in chosen]
    places: list[Place] = []
    pairs: list[tuple[int, int, Motion]] = []
    for _ in range(work.windows):
        where = None
        for number, stored in enumerate(chosen):
            if where is None or not linked:
                where = draw_window(random, frames[number].interest, stored, work.crop)
            places.append(_look(stored, number, where, work.crop, changes[number], len(places)))
        if linked and chosen[0].has_motion and where is not None:
            motion = _motion(chosen[0], where, work.crop, changes[0])
            pairs.append((len(places) - 2, len(places) - 1, motion))
    seen = [change_small(each, c) for each, c in zip(frames, changes, strict=False)]
    return Batch(seen, chosen[0].factor, places, pairs, is_keyed)


def draw_window(
    random: np.random.Generator, interest: Tensor, frame: StoredFrame, crop: int
) -> tuple[int, int]:
    """Top and left of a window, mostly around what is interesting; multiples of the factor."""
    factor = frame.factor
    weights = interest[0, 0].flatten().double().numpy()
    total = float(weights.sum())
    if total <= 0 or random.random() < _ANYWHERE:
        cell = int(random.integers(weights.size))
    else:
        cell = int(np.searchsorted(np.cumsum(weights), random.random() * total))
        cell = min(cell, weights.size - 1)
    row, column = divmod(cell, interest.shape[-1])
    found = []
    for place, extent in ((row, frame.height), (column, frame.width)):
        # anywhere around the place, so that it is not always in the middle
        start = place * factor - int(random.uniform(0.25, 0.75) * crop)
        highest = max(0, extent - crop) // factor * factor
        found.append(min(max(0, start // factor * factor), highest))
    return found[0], found[1]


def _look(
    stored: StoredFrame,
    number: int,
    where: tuple[int, int],
    crop: int,
    change: Change,
    salt: int,
) -> Place:
    top, left = where
    height, width = min(crop, stored.height - top), min(crop, stored.width - left)
    view = change_window(stored.window(top, left, height, width), change, salt=salt)
    if change.mirrored:
        left = stored.width - left - width
    return Place(number, top, left, view)


def _motion(stored: StoredFrame, where: tuple[int, int], crop: int, change: Change) -> Motion:
    top, left = where
    height, width = min(crop, stored.height - top), min(crop, stored.width - left)
    found = enlarged(stored.motion(top, left, height, width), stored.motion_factor)
    flow, trust = (each[..., :height, :width] for each in found)
    if change.mirrored:
        flow = flow.flip(-1) * torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1)
        trust = trust.flip(-1)
    return Motion(flow, trust)


def _moved(batch: Batch, device: torch.device) -> Batch:
    def view(each: View) -> View:
        cues = type(each.cues)(*(tensor.to(device) for tensor in each.cues))
        anchor = type(each.anchor)(
            *(getattr(each.anchor, n).to(device) for n in ("alpha", "foreground", "trust"))
        )
        planes = (each.prior.to(device), anchor, each.key.to(device), each.taught.to(device))
        return View(cues, *planes)

    frames = [SmallView(view(f.view), f.interest) for f in batch.frames]
    places = [Place(p.frame, p.top, p.left, view(p.view)) for p in batch.places]
    pairs = [(a, b, Motion(*(each.to(device) for each in m))) for a, b, m in batch.pairs]
    return Batch(frames, batch.factor, places, pairs, batch.is_keyed)
