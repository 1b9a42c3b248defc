"""What Nuke's nodes that are no formulas put out, over numpy arrays, (H, W), row 0 on top.

Each takes the node's knobs, the channels of its inputs, a function that computes a number from a
knob's text, and the size of its picture. What the groups don't need is refused.
"""

import nk_reader
import numpy as np

from platekey.core.filters import gaussian_blur

BLUR_SIZE = 2.4  # see plugin/nuke/formulas.py
_CHANNELS = {"rgb": ("red", "green", "blue"), "rgba": ("red", "green", "blue", "alpha")}


def blur(knobs, sources, number, shape):
    import torch

    blurred = dict(sources[0])
    for name in _CHANNELS[knobs["channels"]]:
        plane = torch.from_numpy(np.array(sources[0].get(name, np.zeros(shape))))
        sigma = number(knobs["size"]) / BLUR_SIZE
        blurred[name] = gaussian_blur(plane[None, None], sigma)[0, 0].numpy()
    return blurred


def constant(knobs, sources, number, shape):
    words = knobs["format"].split()
    width, height = (int(word) for word in words[:2])
    if words[2:] != ["0", "0", words[0], words[1], "1", f"{width}x{height}"]:
        raise ValueError(f"a format of another kind: {words}")
    return dict.fromkeys(_CHANNELS[knobs["channels"]], np.broadcast_to(0.0, (height, width)))


def crop(knobs, sources, number, shape):
    """Keeps what is in the box, which has to be at the lower left and within the picture."""
    left, bottom, right, top = [number(text) for text, _ in nk_reader.commands(knobs["box"])[0]]
    if (left, bottom) != (0, 0) or not (0 < right <= shape[1] and 0 < top <= shape[0]):
        raise ValueError(f"the box {left} {bottom} {right} {top} is not within {shape}")
    if right % 1 or top % 1:
        raise ValueError(f"the box ends between pixels: {right} {top}")
    window = (slice(shape[0] - int(top), None), slice(None, int(right)))
    return {name: plane[window] for name, plane in sources[0].items()}


def convolve(knobs, sources, number, shape):
    """Light goes from a pixel to where the filter lies when its middle is there; black around."""
    layer, _, channel = knobs["filter_channel"].partition(".")
    if layer != "rgba":
        raise ValueError(f"a filter in the layer {layer}")
    weights = np.asarray(sources[1][channel])
    rows, columns = weights.shape
    if not (rows % 2 and columns % 2):
        raise ValueError(f"a filter of {weights.shape} pixels has no middle")
    weights = weights / weights.sum()  # the knob normalize is on unless it is switched off
    height, width = shape
    up, left = rows // 2, columns // 2
    spread = dict(sources[0])
    for name in _CHANNELS[knobs["channels"]]:
        light = sources[0].get(name, np.zeros(shape))
        around = np.zeros((height + 2 * up, width + 2 * left))
        for row, column in np.argwhere(weights):
            window = (slice(row, row + height), slice(column, column + width))
            around[window] += weights[row, column] * light
        spread[name] = around[up : up + height, left : left + width]
    return spread


FILTERS = {"Blur": blur, "Constant": constant, "Crop": crop, "Convolve2": convolve}
