"""Footage as the estimators take it: frames that are read when needed, never all at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.frames.pipeline import read_ahead
from platekey.core.stopping import go_on, never

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Seen:
    """One frame.

    Attributes:
        pixels: (1, 3, H, W) scene-linear, unbounded, finite.
        visible: (1, 1, H, W) in [0, 1]; 0 where a matte says that the subject is, or where the
            file has no pixels.
    """

    pixels: Tensor
    visible: Tensor


def _quiet(message: str, done: float) -> None:
    """A Progress for callers that show none."""


@dataclass(frozen=True)
class Footage:
    """Frames of one camera, and who watches while they are worked on.

    Attributes:
        frames: their numbers, in order.
        read: reads one; called on a thread of its own.
        tell: takes a sentence and the part that is done, 0 to 1.
        should_stop: polled at every frame.
    """

    frames: tuple[int, ...]
    read: Callable[[int], Seen]
    tell: Progress = _quiet
    should_stop: Callable[[], bool] = never

    def each(
        self, doing: str, frames: Iterable[int] | None = None, part: tuple[float, float] = (0, 1)
    ) -> Iterator[tuple[int, Seen]]:
        """Reads frames ahead and yields them, telling progress from part[0] to part[1].

        Raises:
            Cancelled: should_stop said so.
            InputError: a frame cannot be read.
        """
        chosen = tuple(self.frames if frames is None else frames)
        for done, (frame, seen) in enumerate(read_ahead(self.read, chosen, depth=1)):
            go_on(self.should_stop)
            if isinstance(seen, Exception):
                raise seen
            self.tell(f"{doing} frame {frame}", part[0] + (part[1] - part[0]) * done / len(chosen))
            yield frame, seen
            go_on(self.should_stop)


def spread(frames: tuple[int, ...], count: int) -> tuple[int, ...]:
    """At most `count` of the frames, evenly spread, first and last among them."""
    if len(frames) <= count:
        return frames
    if count < 2:
        return frames[:count]
    places = torch.linspace(0, len(frames) - 1, count).round().int().tolist()
    return tuple(frames[place] for place in places)


def working_factor(height: int, width: int, pixels: int) -> int:
    """By how much a picture is reduced to have at most about so many pixels."""
    return max(1, math.ceil(math.sqrt(height * width / pixels)))
