"""What a shot must have for a fine-tune to be worth its hours, told before they are spent."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.errors import UnfitShot
from platekey.core.filters import box_mean
from platekey.core.network.cues import encoded
from platekey.core.tune.prepared import Key, PreparedFrame

LEAST_SIDE = 96  # pixels
_ALIKE = 0.15  # stops in which plate and clean plate show the same
_DIFFERENT = 0.4  # stops in which they surely do not
_LEAST_ALIKE = 0.02  # share of the frame
_LEAST_STRUCTURE = 0.2  # share of the texture that both have
_LEAST_SUBJECT = 1e-4  # share of the frame
_LEAST_OVERLAP = 0.15  # of a key's subject and of what differs from the clean plate
_ENOUGH = 64  # pixels of the coarse frame that tell something
_FINE, _AROUND = 4, 8  # radii in pixels of texture and of the window in which it is compared


class Agreement(NamedTuple):
    """How plate and clean plate of a frame agree, in shares of the frame.

    Attributes:
        alike: where they show the same.
        structure: of what is textured, where the texture is the same.
        different: where they surely differ.
    """

    alike: float
    structure: float
    different: float


def agreement(frame: PreparedFrame) -> Agreement:
    """Compares the conditioned clean plate with its plate, at the coarse stage's size."""
    plate, clean, known = _pictures(frame)
    off = _difference(plate, clean)
    count = float(known.sum().clamp_min(1))
    fine = [(each - box_mean(each, _FINE)).mean(1, keepdim=True) for each in (plate, clean)]
    shared, first, second = (
        box_mean(a * b, _AROUND)
        for a, b in ((fine[0], fine[1]), (fine[0], fine[0]), (fine[1], fine[1]))
    )
    textured = (second > 0.02**2) & (known > 0.5)
    same = textured & (shared > 0.5 * (first * second).clamp_min(0).sqrt())
    return Agreement(
        alike=float(((off < _ALIKE) & (known > 0.5)).sum()) / count,
        structure=float(same.sum()) / max(_ENOUGH, float(textured.sum())),
        different=float(((off > _DIFFERENT) & (known > 0.5)).sum()) / count,
    )


def check_shot(found: list[Agreement], plate: str, clean_plate: str) -> None:
    """Refuses a shot whose plates and clean plates cannot teach anything.

    Args:
        found: of some frames.
        plate: name, for messages.
        clean_plate: likewise.

    Raises:
        UnfitShot: in one sentence.
    """
    alike = max(each.alike for each in found)
    structure = max(each.structure for each in found)
    if alike < _LEAST_ALIKE and structure >= _LEAST_STRUCTURE:
        raise UnfitShot(
            f"plate {plate} and clean plate {clean_plate} do not match: they show the same place, "
            f"but in at most {100 * alike:.1f} % of a frame the same light; use a clean plate of "
            "this lighting, or set colorspace if one of them is read wrongly."
        )
    if alike < _LEAST_ALIKE:
        raise UnfitShot(
            f"no background is visible in plate {plate}: in at most {100 * alike:.1f} % of a frame "
            f"it looks like clean plate {clean_plate}; name the clean plate of this shot, or "
            "frames in which more of the background shows."
        )
    if max(each.different for each in found) < _LEAST_SUBJECT:
        raise UnfitShot(
            f"plate {plate} is the clean plate {clean_plate} wherever it was looked at; name "
            "frames with a subject in them."
        )


def check_size(height: int, width: int, plate: str) -> None:
    """Refuses frames that are too small to cut windows out of."""
    if min(height, width) < LEAST_SIDE:
        raise UnfitShot(
            f"plate {plate} is {width}x{height}; a fine-tune needs at least {LEAST_SIDE} pixels a "
            "side."
        )


def check_key(frame: PreparedFrame, key: Key, number: int) -> None:
    """Refuses a key that cannot be one of its plate.

    Raises:
        UnfitShot: in one sentence.
    """
    counts = key.weight > 0.5
    if not bool(counts.any()):
        raise UnfitShot(
            f"the key of frame {number} counts nowhere: its mask is empty; paint the mask, or "
            "leave the frame out."
        )
    values = key.alpha[counts]
    if float(values.max()) > 1.05 or float(values.min()) < -0.05:
        raise UnfitShot(
            f"the key of frame {number} has values from {float(values.min()):.2f} to "
            f"{float(values.max()):.2f}; an alpha from 0 to 1 is needed."
        )
    plate, clean, known = _pictures(frame)
    off = _difference(plate, clean)
    factor = frame.factor
    alpha, weight = (
        torch.nn.functional.avg_pool2d(each, factor, ceil_mode=True)
        for each in (key.alpha, key.weight)
    )
    seen = (weight > 0.99) & (known > 0.5)
    subject, background = seen & (alpha > 0.9), seen & (alpha < 0.1)
    changed = seen & (off > _DIFFERENT)
    if int(subject.sum()) >= _ENOUGH and int(background.sum()) >= _ENOUGH:
        inside, outside = (float(off.clamp(max=1)[part].mean()) for part in (subject, background))
        if inside <= outside:
            raise UnfitShot(
                f"the key of frame {number} does not match the plate: what it calls subject looks "
                "more like the clean plate than what it calls background; see whether it is "
                "inverted, or of another frame."
            )
    either = int(((alpha > 0.5) & seen | changed).sum())
    both = int(((alpha > 0.5) & changed).sum())
    if int(changed.sum()) >= _ENOUGH and both < _LEAST_OVERLAP * either:
        raise UnfitShot(
            f"the key of frame {number} does not match the plate: only {100 * both / either:.0f} % "
            "of what it or the clean plate calls subject is in both; see whether it is of this "
            "frame, and give a mask if it is only of a part."
        )


def _pictures(frame: PreparedFrame) -> tuple[Tensor, Tensor, Tensor]:
    small = frame.small()
    plate, clean = (encoded(each, small.exposure) for each in (small.plate, small.clean_plate))
    return plate, clean, small.known


def _difference(plate: Tensor, clean: Tensor) -> Tensor:
    return box_mean(plate - clean, 1).abs().amax(1, keepdim=True)
