"""Which frames of a shot are learned from, and which are held out to judge by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from platekey.core.errors import UnfitShot

_LEAST = 2  # frames: one to learn from, one to be judged by
_A_HELD_OUT = 6  # one frame in so many is held out
_MOST_HELD_OUT = 3  # each costs a solve or two at every validation
_LONG = 6  # frames from which held-out ones are spread; of shorter shots it is the first


@dataclass(frozen=True)
class FramePlan:
    """Frame numbers.

    Attributes:
        train: without keys, learned from.
        keyed: with keys, learned from.
        held: never learned from; with a key it is compared whole.
    """

    train: tuple[int, ...]
    keyed: tuple[int, ...]
    held: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Every frame that is looked at, in order."""
        return tuple(sorted({*self.train, *self.keyed, *self.held}))


def plan_frames(
    frames: Sequence[int], keys: Collection[int], most: int, *, plate: str
) -> FramePlan:
    """Shares a shot's frames out.

    Frames are taken in pairs spread over the shot, so that motion is seen; all keys are taken.
    Held-out frames have no key, if there are such.

    Args:
        frames: of the shot, in order.
        keys: the frames that have keys.
        most: frames that are looked at, keys apart.
        plate: name of the shot, for messages.

    Raises:
        UnfitShot: there are too few.
    """
    everything = sorted({*frames, *keys})
    if len(everything) < _LEAST:
        raise UnfitShot(
            f"plate {plate} has {len(everything)} frame to learn from; a fine-tune needs at least "
            f"{_LEAST}, for one is held out to judge by."
        )
    plain = [frame for frame in everything if frame not in keys]
    chosen = _spread(plain, most)
    held = _held_out(chosen or everything)
    return FramePlan(
        train=tuple(frame for frame in chosen if frame not in held),
        keyed=tuple(sorted(set(keys) - set(held))),
        held=held,
    )


def _spread(frames: Sequence[int], most: int) -> list[int]:
    """At most so many frames: pairs of neighbours, evenly spread."""
    if len(frames) <= most:
        return list(frames)
    pairs = max(1, most // 2)
    last = len(frames) - 2
    starts = {round(i * last / max(1, pairs - 1)) for i in range(pairs)}
    return [frames[i] for i in sorted({j for start in starts for j in (start, start + 1)})][:most]


def _held_out(frames: Sequence[int]) -> tuple[int, ...]:
    if len(frames) < _LONG:
        return (frames[0],)  # the others have their neighbours, and it has the next one
    count = min(_MOST_HELD_OUT, len(frames) // _A_HELD_OUT)
    places = [round((i + 0.5) * len(frames) / count) for i in range(count)]
    return tuple(frames[min(place, len(frames) - 2)] for place in places)
