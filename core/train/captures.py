"""Which captures and backgrounds are trained on, and which are held back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from platekey.core.lightstage.training.backgrounds import Source
from platekey.core.lightstage.training.layers import Captures
from platekey.core.lightstage.training.stored import StoredCapture

_HELD_BACK = 16  # one capture and one background in so many is never trained on


class Share:
    """Some of the captures; looks like them."""

    def __init__(self, captures: Captures, indices: Sequence[int]) -> None:
        """Takes the captures and which of them."""
        self._captures, self._indices = captures, indices

    def __len__(self) -> int:
        """The number of captures."""
        return len(self._indices)

    def frames(self, index: int) -> int:
        """How many frames a capture has."""
        return self._captures.frames(self._indices[index])

    def side(self, index: int) -> int:
        """Height or width of a capture in pixels, whichever is less."""
        return self._captures.side(self._indices[index])

    def load(self, index: int, *, frames: Sequence[int] | None = None) -> StoredCapture:
        """A capture, or some frames of it."""
        return self._captures.load(self._indices[index], frames=frames)


class Joined:
    """Captures of several sources, one after the other; looks like one."""

    def __init__(self, sources: Sequence[Captures]) -> None:
        """Takes the sources."""
        self._sources = list(sources)
        self._places = [(s, index) for s in self._sources for index in range(len(s))]

    def __len__(self) -> int:
        """The number of captures."""
        return len(self._places)

    def frames(self, index: int) -> int:
        """How many frames a capture has."""
        source, place = self._places[index]
        return source.frames(place)

    def side(self, index: int) -> int:
        """Height or width of a capture in pixels, whichever is less."""
        source, place = self._places[index]
        return source.side(place)

    def load(self, index: int, *, frames: Sequence[int] | None = None) -> StoredCapture:
        """A capture, or some frames of it."""
        source, place = self._places[index]
        return source.load(place, frames=frames)


def split_captures(captures: Captures) -> tuple[Share, Share]:
    """Those to train on, and those held back; the first one is held back if there are several."""
    everything = range(len(captures))
    held_back = [index for index in everything if index % _HELD_BACK == 0 and len(captures) > 1]
    kept = [index for index in everything if index not in set(held_back)]
    return Share(captures, kept), Share(captures, held_back)


def split_backgrounds(
    files: Sequence[tuple[Source, Path]],
) -> tuple[list[tuple[Source, Path]], list[tuple[Source, Path]]]:
    """The same for backgrounds."""
    if len(files) < 2:
        return list(files), []
    kept = [file for index, file in enumerate(files) if index % _HELD_BACK]
    return kept, list(files[::_HELD_BACK])
