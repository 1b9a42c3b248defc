"""How good mattes are, told without the truth; every score is an error, 0 is best.

| score | what it is |
|---|---|
| leak | clean plate that is left in the foreground, or that was taken from it: see leak.py |
| keys | mean error against the artist's keys, where they were not taught |
| temporal | change of alpha along the motion, where the picture itself moves so |
| edges | alpha's edges where neither the plate nor its difference to the clean plate has one |
| fringe | colours of soft edges that are neither the subject's nor between its own |

They are compared with those of the starting weights on the same frames.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import box_mean, dilate, erode, gradient_energy
from platekey.core.network.cues import Cues, encoded, noise_variance
from platekey.core.solver.solution import Solution

from .leak import background_leak, smooth_shadow
from .motion import Motion, follow
from .prepared import Key

NAMES = ("leak", "keys", "temporal", "edges", "fringe")
# Keys are the only truth there is; the leak is the only other score that knows where alpha should
# be. Of true mattes beside the difference method's on rendered shots, the leak was 0.7 to 1.2, the
# fringe 0.3 to 1.9, temporal up to 1.8: finer hair has more colours and moves more. A swollen or
# blurred matte is beyond a gate, and keys, which know more, open the gates of the others further.
_WEIGHTS = {"leak": 3.0, "keys": 10.0, "temporal": 0.5, "edges": 0.5, "fringe": 1.0}
# below these a score is as good as 0, and a change of it means nothing
_FLOORS = {"leak": 1e-3, "keys": 5e-4, "temporal": 2e-3, "edges": 0.05, "fringe": 0.02}
_GATES = {"leak": 1.25, "keys": 1.0, "temporal": 2.0, "edges": 3.0, "fringe": 2.2}
_WITH_KEYS = 1.5  # times as wide are the others' gates
_BETTER = 0.02  # by which a score has to be better than the start's
_BAND = 3  # coarse pixels around soft edges in which the leak counts in full
_ELSEWHERE = 0.1  # how much it counts elsewhere, where hardly any matte errs
_EDGE = 0.15  # stops a pixel of a plate's gradient that makes an edge likely
_REACH = 12  # pixels from a soft edge in which the solid subject tells its colours
_SOLID, _SOFT = 0.98, (0.1, 0.9)  # alpha


@dataclass(frozen=True)
class Scored:
    """What was found of one or more frames.

    Attributes:
        scores: by name; those that could not be told are missing.
        total: 1 for the start, less is better; infinite where a gate is shut.
    """

    scores: dict[str, float]
    total: float


def frame_scores(
    cues: Cues,
    solution: Solution,
    *,
    following: Solution | None = None,
    motion: Motion | None = None,
    key: Key | None = None,
    band: Tensor | None = None,
) -> dict[str, float]:
    """The scores of one frame; those that cannot be told are missing.

    Args:
        cues: of the whole frame.
        solution: of the frame.
        following: of the next one.
        motion: between the two, at full size.
        key: an artist's alpha of the frame.
        band: see edge_band.
    """
    alpha = solution.alpha
    found = {"leak": leak_score(cues, solution, band), "edges": edge_score(cues, alpha)}
    found["fringe"] = fringe_score(cues, solution)
    if following is not None and motion is not None:
        found["temporal"] = temporal_score(alpha, following.alpha, motion)
    if key is not None:
        compared = key.weight * key.held_back
        if bool(compared.any()):
            found["keys"] = float(((alpha - key.alpha).abs() * compared).sum() / compared.sum())
    return {name: value for name, value in found.items() if math.isfinite(value)}


def edge_band(alpha: Tensor, trust: Tensor, factor: int) -> Tensor:
    """1 around soft edges and doubts of the starting weights' matte, less elsewhere.

    Args:
        alpha: (1, 1, H, W) of the starting weights.
        trust: (1, 1, H, W) where they are sure.
        factor: of the coarse stage's frame.
    """
    asked = ((alpha > 0.02) & (alpha < 0.98)) | (trust < 0.5)
    return dilate(asked.to(alpha.dtype), _BAND * factor).clamp_min(_ELSEWHERE)


def leak_score(cues: Cues, solution: Solution, band: Tensor | None = None) -> float:
    """The mean leak, absolute, over what the background's texture tells."""
    background = cues.clean_plate * smooth_shadow(solution.shadow, solution.alpha)
    leak = background_leak(cues.plate, solution.alpha, background, noise_variance(cues), cues.known)
    weight = leak.weight if band is None else leak.weight * band
    return float((leak.value.abs() * weight).sum() / weight.sum().clamp_min(1))


def temporal_score(alpha: Tensor, following: Tensor, motion: Motion) -> float:
    """The mean change of alpha along trusted motion."""
    moved, inside = follow(following, motion.flow)
    trust = motion.trust * (inside > 0.99)
    if float(trust.sum()) < 64:
        return math.nan
    return float(((moved - alpha).abs() * trust).sum() / trust.sum())


def edge_score(cues: Cues, alpha: Tensor) -> float:
    """The part of alpha's edges that no edge of the plate explains; NaN without edges."""
    plate, clean = encoded(cues.plate, cues.exposure), encoded(cues.clean_plate, cues.exposure)
    seen = torch.stack([gradient_energy(plate), gradient_energy(plate - clean)]).amax((0, 2))
    near = dilate(seen[:, None], 2)
    steep = gradient_energy(alpha).sqrt()
    total = float(steep.sum())
    if total < 1:
        return math.nan
    return float((steep * torch.exp(-near / _EDGE**2)).sum()) / total


def fringe_score(cues: Cues, solution: Solution) -> float:
    """How far colours of soft edges are off the solid subject's beside them, in stops.

    NaN where there are no soft edges beside a solid subject.
    """
    alpha = solution.alpha
    colour = encoded(solution.foreground, cues.exposure)
    solid = erode((alpha > _SOLID).to(alpha.dtype), 1)
    share = box_mean(solid, _REACH)
    mean = box_mean(colour * solid, _REACH) / share.clamp_min(1e-6)
    square = box_mean(colour**2 * solid, _REACH) / share.clamp_min(1e-6)
    spread = (square - mean**2).clamp_min(0).sqrt()
    soft = ((alpha > _SOFT[0]) & (alpha < _SOFT[1]) & (share > 0.05)).to(alpha.dtype)
    if float(soft.sum()) < 64:
        return math.nan
    beyond = torch.relu((colour - mean).abs() - spread).clamp_max(3).mean(1, keepdim=True)
    return float((beyond * soft * alpha).sum() / (soft * alpha).sum())


def mean_scores(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each score over the frames that have it."""
    found = {}
    for name in NAMES:
        values = [row[name] for row in rows if name in row]
        if values:
            found[name] = sum(values) / len(values)
    return found


def compared(scores: Mapping[str, float], start: Mapping[str, float]) -> Scored:
    """Scores beside those of the starting weights.

    The total is the weighted mean of the scores, each in parts of the start's. Where one is much
    worse than the start's, the others do not make up for it.
    """
    total, weight = 0.0, 0.0
    wider = _WITH_KEYS if "keys" in start else 1.0
    for name in NAMES:
        if name not in start:
            continue
        if name not in scores:  # no edges any more, or no subject: not to be told is no success
            if name in ("leak", "keys"):
                return Scored(dict(scores), math.inf)
            continue
        floor = _FLOORS[name]
        part = (scores[name] + floor) / (start[name] + floor)
        if part > _GATES[name] * (1.0 if name == "keys" else wider):
            return Scored(dict(scores), math.inf)
        total += _WEIGHTS[name] * part
        weight += _WEIGHTS[name]
    return Scored(dict(scores), total / weight if weight else 1.0)


def is_better(total: float, than: float = 1.0) -> bool:
    """Whether a total is better beyond doubt; than the start's, or than the best so far."""
    return total < than - (_BETTER if than >= 1 else 0)
