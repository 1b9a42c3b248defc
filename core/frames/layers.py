"""Where the colour of a picture is: parts, layers and views, told by their channel names alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from platekey.core.errors import UnsupportedChannels

from .frame import Frame, Pixels

_MAIN_LAYERS = ("rgba", "rgb", "combined", "beauty", "main")  # of several, these are the picture
VALID = "valid.Y"  # of a clean plate that was built: where it is known
DEVIATION = ("deviation.R", "deviation.G", "deviation.B")  # likewise: how much it moves there
_RGB = (("r", "red"), ("g", "green"), ("b", "blue"))


@dataclass(frozen=True)
class Part:
    """One part of a file, as its header names it."""

    channels: tuple[str, ...]
    name: str = ""
    view: str = ""
    deep: bool = False


@dataclass(frozen=True)
class Selection:
    """Channels of one part: their numbers there, and what they are called without the layer."""

    part: int
    numbers: tuple[int, ...]
    channels: tuple[str, ...]


def layers_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """Every name that `select` takes, in the order of the file."""
    names: dict[str, None] = {}
    for part in parts:
        for channel in part.channels:
            if "." in channel:
                names[channel.rpartition(".")[0]] = None
        names.update(dict.fromkeys(name for name in (part.name, part.view) if name))
    return tuple(names)


def select(parts: Sequence[Part], layer: str, path: str) -> Selection:
    """Finds a layer: by the prefix of its channels, the name of its part, or its view.

    Without a layer it is the whole of the first part that holds plain R G B, else the layer that
    holds them ("rgba", "Combined" and "beauty" first), else the whole of the first flat part.

    Raises:
        UnsupportedChannels: the file has no such layer.
    """
    if not layer:
        return _default(parts)
    for number, part in enumerate(parts):
        if not part.deep and any(channel.startswith(layer + ".") for channel in part.channels):
            return _layer(number, part, layer)
    for name in ("name", "view"):
        found = [n for n, part in enumerate(parts) if getattr(part, name) == layer]
        if found:
            flat = [n for n in found if not parts[n].deep] or found
            best = next((n for n in flat if _has_rgb(parts[n].channels)), flat[0])
            return _whole(best, parts[best])
    known = ", ".join(layers_of(parts)) or "none"
    raise UnsupportedChannels(f"{path} has no layer {layer!r}; its layers are: {known}.")


def _default(parts: Sequence[Part]) -> Selection:
    flat = [n for n, part in enumerate(parts) if not part.deep]
    for number in flat:
        if _has_rgb(parts[number].channels):
            return _whole(number, parts[number])
    layers = [
        (number, layer)
        for number in flat
        for layer in layers_of([Part(parts[number].channels)])
        if _has_rgb(_layer(number, parts[number], layer).channels)
    ]
    if layers:
        main = [item for item in layers if item[1].rpartition(".")[2].lower() in _MAIN_LAYERS]
        number, layer = (main or layers)[0]
        return _layer(number, parts[number], layer)
    number = flat[0] if flat else 0
    return _whole(number, parts[number])


def _whole(number: int, part: Part) -> Selection:
    return Selection(number, tuple(range(len(part.channels))), part.channels)


def _layer(number: int, part: Part, layer: str) -> Selection:
    found = [
        (index, channel[len(layer) + 1 :])
        for index, channel in enumerate(part.channels)
        if channel.startswith(layer + ".")
    ]
    return Selection(number, tuple(i for i, _ in found), tuple(name for _, name in found))


def _has_rgb(channels: Sequence[str]) -> bool:
    lower = {channel.lower() for channel in channels}
    return all(any(name in lower for name in names) for names in _RGB)


def rgb(frame: Frame) -> Pixels:
    """Returns the colour of a frame, (H, W, 3); a picture with luminance alone is grey.

    Raises:
        UnsupportedChannels: the frame has neither R G B nor Y.
    """
    by_lower = {channel.lower(): channel for channel in reversed(frame.channels)}
    names = [next((by_lower[n] for n in names if n in by_lower), "") for names in _RGB]
    if all(names):
        return frame.select(*names)
    if "y" in by_lower:
        return np.repeat(frame.select(by_lower["y"]), 3, axis=2)
    raise UnsupportedChannels(
        f"{frame.path or 'frame'} has channels {' '.join(frame.channels)}, "
        "but R G B are needed; choose another file."
    )


def matte(frame: Frame) -> Pixels:
    """Returns the matte that a frame holds, (H, W, 1): A, else Y, else the only channel, else R.

    An alpha that is 1 everywhere beside colour says nothing: then the colour's R is the matte, as
    hosts write mattes to RGB files with a solid alpha.

    Raises:
        UnsupportedChannels: the frame has none of them.
    """
    by_lower = {channel.lower(): channel for channel in reversed(frame.channels)}
    red = next((by_lower[name] for name in _RGB[0] if name in by_lower), None)
    alpha = next((by_lower[name] for name in ("a", "alpha") if name in by_lower), None)
    if alpha is not None:
        pixels = frame.select(alpha)
        if red is None or not bool((pixels == 1).all()):
            return pixels
    if "y" in by_lower:
        return frame.select(by_lower["y"])
    if red is None and len(frame.channels) == 1:
        return frame.pixels
    if red is not None:
        return frame.select(red)
    raise UnsupportedChannels(
        f"{frame.path or 'frame'} has channels {' '.join(frame.channels)}, "
        "but a matte needs A, Y or R; choose another file."
    )


def known(frame: Frame) -> Pixels:
    """Where a picture with the layer `valid` is known, (H, W, 1), 1 or 0.

    Raises:
        UnsupportedChannels: it has no such layer.
    """
    return (frame.select(VALID) > 0.999).astype(np.float32)  # what is mixed with unknown is unknown
