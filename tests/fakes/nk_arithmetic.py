"""Computes what a group of Expression, MergeExpression, Blur and Switch nodes puts out.

A small reader of Nuke's expression language over numpy arrays, (H, W), row 0 on top. Stricter than
Nuke: a neighbour outside of the picture or between pixels, and an unknown name, are refused.
"""

import re

import numpy as np

from platekey.core.filters import gaussian_blur

BLUR_SIZE = 2.4  # see plugin/nuke/formulas.py
_TOKEN = re.compile(r"\s*(\d+\.?\d*(?:e[-+]?\d+)?|[A-Za-z_][\w.]*|<=|>=|[-+*/<>?:(),])")
_LAYERS = {"r": "red", "g": "green", "b": "blue", "a": "alpha"}
_CHANNELS = ("red", "green", "blue", "alpha")
_FUNCTIONS = {
    "abs": np.abs,
    "ceil": np.ceil,
    "clamp": np.clip,
    "exp": np.exp,
    "floor": np.floor,
    "max": lambda *items: _fold(np.maximum, items),
    "min": lambda *items: _fold(np.minimum, items),
    "pow": np.power,
    "sqrt": np.sqrt,
}
_OPERATORS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}


def _fold(function, items):
    result = items[0]
    for item in items[1:]:
        result = function(result, item)
    return result


def render(group, pictures, knobs):
    """The channels of the group's output."""
    return next(
        values
        for node, values in render_all(group, pictures, knobs).items()
        if node.kind == "Output"
    )


def render_all(group, pictures, knobs):
    """Node to the channels that it puts out.

    Args:
        group: as nk_reader reads it.
        pictures: input name to channel name to (H, W); an input that is left out is black.
        knobs: of the group, numbers; enumerations by their index.
    """
    shape = next(iter(next(iter(pictures.values())).values())).shape
    values = {}
    with np.errstate(all="ignore"):  # both branches of a choice are computed
        for node in group.children:  # in an order in which inputs come first
            sources = [values.get(source) for source in node.inputs]
            values[node] = _computed(node, sources, pictures, knobs, shape)
    return values


def _computed(node, sources, pictures, knobs, shape):
    if node.kind in ("Input", "Read"):
        return dict(pictures.get(node.name, {}))
    if node.kind in ("Output", "Write"):
        return sources[0]
    if node.kind == "Switch":
        return sources[_which(node.knobs["which"], knobs, pictures)]
    if node.kind == "Blur":
        size = float(Formula(node.knobs["size"].strip('{}"'), {}, knobs, shape).value())
        blurred = dict(sources[0])
        for name in ("red", "green", "blue"):
            blurred[name] = _blur(_channel(sources[0], name, shape), size / BLUR_SIZE)
        return blurred
    if node.kind not in ("Expression", "MergeExpression"):
        raise ValueError(f"no arithmetic of {node.kind}")
    names = ("",) if node.kind == "Expression" else ("B", "A")
    inputs = dict(zip(names, sources, strict=True))
    result = dict(sources[0])
    for number, name in enumerate(_CHANNELS):
        if f"expr{number}" in node.knobs:
            value = Formula(node.knobs[f"expr{number}"], inputs, knobs, shape).value()
            result[name] = np.broadcast_to(np.asarray(value, np.float64), shape)
    return result


def _which(text, knobs, pictures):
    text = text.strip('{}"').replace("\\", "")
    order = ("foreground", "background", "clean_plate", "holdout")

    def exists(match):
        return str(int(order[int(match[1])] in pictures))

    text = re.sub(r"\[exists parent\.input(\d)\]", exists, text)
    return int(Formula(text, {}, knobs, (1, 1)).value())


def _blur(plane, sigma):
    import torch

    return gaussian_blur(torch.from_numpy(np.array(plane))[None, None], sigma)[0, 0].numpy()


def _channel(stream, name, shape):
    return stream.get(name, np.zeros(shape))


class Formula:
    def __init__(self, text, inputs, knobs, shape):
        self.tokens = _tokens(text)
        self.at = 0
        self.inputs, self.knobs, self.shape = inputs, knobs, shape

    def value(self):
        result = self._choice()
        if self.at != len(self.tokens):
            raise ValueError(f"left over: {self.tokens[self.at :]}")
        return result

    def _peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, expected=""):
        token = self._peek()
        if expected and token != expected:
            raise ValueError(f"{expected!r} was expected at {self.tokens[self.at :][:9]}")
        self.at += 1
        return token

    def _choice(self):
        condition = self._level(("<", ">", "<=", ">="), self._sum)
        if self._peek() != "?":
            return condition
        self._take()
        one = self._choice()
        self._take(":")
        return np.where(condition, one, self._choice())

    def _sum(self):
        return self._level(("+", "-"), self._product)

    def _product(self):
        return self._level(("*", "/"), self._sign)

    def _level(self, signs, below):
        result = below()
        while self._peek() in signs:
            result = _OPERATORS[self._take()](result, below())
        return result

    def _sign(self):
        if self._peek() == "-":
            self._take()
            return -self._sign()
        return self._atom()

    def _atom(self):
        token = self._take()
        if token == "(":
            result = self._choice()
            self._take(")")
            return result
        if token[0].isdigit():
            return float(token)
        if self._peek() != "(":
            return self._name(token)
        self._take()
        arguments = [self._choice()]
        while self._peek() == ",":
            self._take()
            arguments.append(self._choice())
        self._take(")")
        return _FUNCTIONS[token](*arguments) if token in _FUNCTIONS else self._at(token, *arguments)

    def _name(self, name):
        height, width = self.shape
        if name.startswith("parent."):
            return float(self.knobs[name[7:]])
        if name in ("width", "height"):
            return float(width if name == "width" else height)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
        if name in ("x", "y"):
            return columns if name == "x" else height - 1 - rows
        side = name[0] if name[0] in "AB" and len(self.inputs) > 1 else ""
        own = name[len(side) :]
        if own not in _LAYERS and "." not in own:
            raise ValueError(f"unknown name {name}")
        return _channel(self.inputs[side], _LAYERS.get(own, own), self.shape)

    def _at(self, name, x, y):
        height, width = self.shape
        plane = self._name(name)
        x, y = np.broadcast_to(x, self.shape), np.broadcast_to(y, self.shape)
        if (x != np.round(x)).any() or (y != np.round(y)).any():
            raise ValueError(f"{name} is taken between pixels")
        if x.min() < 0 or y.min() < 0 or x.max() >= width or y.max() >= height:
            raise ValueError(f"{name} is taken outside of the picture")
        return plane[(height - 1 - y).astype(int), x.astype(int)]


def _tokens(text):
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError(f"no expression: {text[at : at + 30]!r}")
        tokens.append(match[1])
        at = match.end()
    return tokens
