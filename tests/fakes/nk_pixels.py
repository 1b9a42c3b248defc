"""What the stand-in for Nuke sees at a node: files through the arithmetic of the groups."""

from functools import lru_cache

import numpy as np
from nk_arithmetic import Formula, render

_NAMES = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}


def stream_of(node, frame, filename):
    """Channel to (H, W), row 0 on top."""
    if node.kind == "Read":
        return _file(_at(filename(node), frame))
    if node.kind == "Group":
        pictures = {}
        for child in node.children:
            if child.kind == "Input":
                source = node.inputs.get(int(child.knob_or_new("number")._value or 0))
                if source is not None:
                    pictures[child.name()] = stream_of(source, frame, filename)
            elif child.kind == "Read" and filename(child):
                pictures[child.name()] = _file(_at(filename(child), frame))
        return render(node.read, pictures, {k: _number(v) for k, v in node._knobs.items()})
    stream = dict(stream_of(node.inputs[0], frame, filename))
    if node.kind != "Expression":
        raise ValueError(f"no pixels of {node.kind}")
    text = node.knob_or_new("expr0")._value
    if text == "r(x + 1, y)":  # a neighbour beyond the picture is refused by the reader
        stream["red"] = np.roll(stream["red"], -1, axis=1)
        return stream
    shape, given = stream["red"].shape, dict(stream)
    for number, name in enumerate(("red", "green", "blue", "alpha")):
        text = node.knob_or_new(f"expr{number}")._value
        if text:
            value = Formula(text, {"": given}, {}, shape).value()
            stream[name] = np.broadcast_to(np.asarray(value, np.float64), shape)
    return stream


def _number(knob):
    value = knob._value
    if knob._menu is not None:
        return knob._menu.index(value)
    return value if isinstance(value, (int, float)) else 0


def _at(pattern, frame):
    return pattern % frame if "%" in pattern else pattern


@lru_cache(maxsize=32)
def _file(path):
    import OpenImageIO as oiio

    picture = oiio.ImageBuf(path)
    pixels = picture.get_pixels(oiio.FLOAT).astype(np.float64)
    stream = {}
    for number, name in enumerate(picture.spec().channelnames):
        layer, _, channel = name.rpartition(".")
        channel = _NAMES.get(channel, channel)
        stream[f"{layer}.{channel}" if layer else channel] = pixels[..., number]
    return stream
