"""The files of a stored capture: JPEG for what may be a little wrong, PNG for what may not.

| file | holds |
|---|---|
| `capture.json` | layout, name, facts, directions, and how the pictures are coded |
| `000_foreground.jpg` | colour over the capture's peak, to the power of 1 / power, 4:4:4 |
| `000_alpha.png` | alpha, 255 is 1: what it decodes to is the truth |
| `000_shares.jpg` | roots of the lamps' shares over the largest, side by side in rows |
| `000_depth.png` | 16 bit, logarithm of metres from near to far; 65535 is nothing |
| `000_motion.png` | 16 bit, right above down, sixteenths of a pixel from 32768 |

The number is the frame's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from platekey.core.errors import InputError, NonFinitePixels, UnreadableFile

from . import planes
from .stored import (
    LARGEST_SIDE,
    MOST_FRAMES,
    MOST_LAMPS,
    Plane,
    StoredCapture,
    scale_of,
    small_size,
)

LAYOUT = 1  # raise it when the bytes change their meaning
FACTS = "capture.json"
_COLOUR_QUALITY = 93
_SHARES_QUALITY = 92

Read = Callable[[str], bytes]


@dataclass(frozen=True)
class _Coding:
    """What is needed to play the pictures back; all of it above 0."""

    frames: int
    height: int
    width: int
    peak: float  # the brightest value of the foreground
    power: float
    largest_share: float
    near: float  # metres
    far: float


def encode_capture(capture: StoredCapture) -> dict[str, bytes]:
    """A capture's files by name; the same capture gives the same bytes.

    Raises:
        NonFinitePixels: NaN anywhere, or infinity but in depth.
    """
    _check_finite(capture)
    coding = _coding(capture)
    text = {
        "layout": LAYOUT,
        "name": capture.name,
        "facts": capture.facts,
        "directions": [[float(part) for part in lamp] for lamp in capture.directions],
        "coding": asdict(coding),
    }
    files = {FACTS: json.dumps(text, sort_keys=True, allow_nan=False).encode()}
    for frame in range(capture.frames):
        colour = planes.code_colour(capture.foreground[frame], coding.peak, coding.power)
        shares = planes.code_shares(capture.shares[frame], coding.largest_share)
        depth = planes.code_depth(capture.depth[frame], coding.near, coding.far)
        files |= {
            f"{frame:03d}_foreground.jpg": planes.jpeg(colour, _COLOUR_QUALITY),
            f"{frame:03d}_alpha.png": planes.png(planes.code_eight_bits(capture.alpha[frame])),
            f"{frame:03d}_shares.jpg": planes.jpeg(shares, _SHARES_QUALITY),
            f"{frame:03d}_depth.png": planes.png(depth),
            f"{frame:03d}_motion.png": planes.png(planes.code_motion(capture.motion[frame])),
        }
    return files


def decode_capture(
    read: Read, source: str, *, frames: Sequence[int] | None = None
) -> StoredCapture:
    """The capture that encode_capture made files of, as near as they are.

    Args:
        read: gives a file by its name.
        source: where the files are, for errors.
        frames: those wanted, by number, at least one; None is all.

    Raises:
        UnreadableFile: they are damaged, or of another layout; and what `read` raises.
    """
    text = _read_text(read, source)
    coding, facts, directions = _understood(text, source)
    wanted = range(coding.frames) if frames is None else frames
    small = small_size(coding.height, coding.width, scale_of(facts))
    decoded = [
        _decode_frame(read, f"{frame:03d}", source, coding, len(directions), small)
        for frame in wanted
    ]
    foreground, alpha, shares, depth, motion = (
        np.stack(each) for each in zip(*decoded, strict=True)
    )
    return StoredCapture(
        str(text["name"]), facts, foreground, alpha, shares, directions, depth, motion
    )


def _decode_frame(
    read: Read, number: str, source: str, coding: _Coding, lamps: int, small: tuple[int, int]
) -> tuple[Plane, ...]:
    """Foreground, alpha, shares, depth and motion of one frame."""
    size = (coding.height, coding.width)
    shapes = {
        "foreground.jpg": (*size, 3),
        "alpha.png": size,
        "shares.jpg": planes.mosaic_size(lamps, *small),
        "depth.png": small,
        "motion.png": (2 * small[0], small[1]),
    }
    found = {}
    for name, shape in shapes.items():
        kind = np.uint16 if name in ("depth.png", "motion.png") else np.uint8
        where = f"{source}, {number}_{name}"
        found[name] = planes.decode_picture(read(f"{number}_{name}"), shape, kind, where)
    return (
        planes.play_colour(found["foreground.jpg"], coding.peak, coding.power),
        planes.play_eight_bits(found["alpha.png"]),
        planes.play_shares(found["shares.jpg"], lamps, *small),
        planes.play_depth(found["depth.png"], coding.near, coding.far),
        planes.play_motion(found["motion.png"]),
    )


def _coding(capture: StoredCapture) -> _Coding:
    peak = float(max(capture.foreground.max(), 1e-6))
    known = capture.depth[np.isfinite(capture.depth) & (capture.depth > 0)]
    return _Coding(
        frames=capture.frames,
        height=capture.alpha.shape[1],
        width=capture.alpha.shape[2],
        peak=peak,
        # What is a tenth of white gets the finest steps, however bright the glints are.
        power=round(min(6.0, max(2.0, math.log(10 * peak))), 3),
        largest_share=float(max(capture.shares.max(), 1e-6)),
        near=float(known.min()) if known.size else 1.0,
        far=float(known.max()) if known.size else 1.0,
    )


def _check_finite(capture: StoredCapture) -> None:
    for name in ("foreground", "alpha", "shares", "directions", "depth", "motion"):
        values = getattr(capture, name)
        is_fine = ~np.isnan(values) if name == "depth" else np.isfinite(values)
        if not is_fine.all():
            raise NonFinitePixels(
                f"{name} of capture {capture.name} has NaN or infinity; render it again."
            )


def _read_text(read: Read, source: str) -> dict[str, Any]:
    try:
        text = json.loads(read(FACTS))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{source}: {FACTS} is no JSON; pack it again.") from error
    if not isinstance(text, dict) or text.get("layout") != LAYOUT:
        layout = text.get("layout") if isinstance(text, dict) else None
        raise UnreadableFile(
            f"{source} has layout {layout!r}, but this platekey reads {LAYOUT}; pack it again."
        )
    return text


def _understood(text: dict[str, Any], source: str) -> tuple[_Coding, dict[str, Any], Plane]:
    """How pictures are coded, the facts and the lamps' directions."""
    try:
        facts = text["facts"]
        directions = np.asarray(text["directions"], np.float32).reshape(-1, 3)
        values: dict[str, Any] = {
            item.name: (int if item.type == "int" else float)(text["coding"][item.name])
            for item in fields(_Coding)
        }
        coding = _Coding(**values)
        scale_of(facts)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InputError) as error:
        raise UnreadableFile(
            f"{source}: {FACTS} lacks or garbles what a capture needs; pack it again."
        ) from error
    is_sane = (
        1 <= coding.frames <= MOST_FRAMES
        and all(1 <= side <= LARGEST_SIDE for side in (coding.height, coding.width))
        and 1 <= len(directions) <= MOST_LAMPS
        and all(0 < value < 1e9 for value in asdict(coding).values())
        and bool(np.isfinite(directions).all())
    )
    if not is_sane:
        raise UnreadableFile(
            f"{source} says {coding.frames} frames of {coding.width}x{coding.height} with "
            f"{len(directions)} lamps, which is damage; pack it again."
        )
    return coding, facts, directions
