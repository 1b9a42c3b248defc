"""Computes what a group of Expression, MergeExpression, filter and Switch nodes puts out.

A small reader of Nuke's expression language over numpy arrays, (H, W), row 0 on top. Stricter than
Nuke: a neighbour outside of the picture or between pixels, and an unknown name, are refused.
"""

import re

import nk_filters
import numpy as np

_TOKEN = re.compile(r"\s*(\d+\.?\d*(?:e[-+]?\d+)?|[A-Za-z_][\w.]*|<=|>=|[-+*/<>?:(),])")
_LAYERS = {"r": "red", "g": "green", "b": "blue", "a": "alpha"}
_CHANNELS = ("red", "green", "blue", "alpha")
_FUNCTIONS = {
    "abs": np.abs,
    "ceil": np.ceil,
    "clamp": np.clip,
    "cos": np.cos,
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
        for node, values in render_all(group, pictures, knobs, switches=True).items()
        if node.kind == "Output"
    )


def render_all(group, pictures, knobs, switches=False):
    """Node to the channels that it puts out.

    Args:
        group: as nk_reader reads it.
        pictures: input name to channel name to (H, W); an input that is left out is black.
        knobs: of the group, numbers; enumerations by their index.
        switches: leaves out what the last switch does not take; the others' is left out always.
    """
    shape = next(iter(next(iter(pictures.values())).values())).shape
    needed = _needed(group, pictures, knobs, switches)
    values = {}
    with np.errstate(all="ignore"):  # both branches of a choice are computed
        for node in group.children:  # in an order in which inputs come first
            if node in needed:
                sources = [values.get(source) for source in node.inputs]
                values[node] = _computed(node, sources, pictures, knobs, shape)
    return values


def _needed(group, pictures, knobs, switches):
    """The nodes that the output takes anything from."""
    waiting = [node for node in group.children if node.kind in ("Output", "Write")]
    last = [source for node in waiting for source in node.inputs]
    needed = set()
    while waiting:
        node = waiting.pop()
        if node in needed or node is None:
            continue
        needed.add(node)
        sources = node.inputs
        if node.kind == "Switch" and (switches or node not in last):
            sources = [sources[_which(node.knobs["which"], knobs, pictures)]]
        waiting += sources
    return needed


def _computed(node, sources, pictures, knobs, shape):
    if node.kind in ("Input", "Read"):
        return dict(pictures.get(node.name, {}))
    if node.kind in ("Output", "Write"):
        return sources[0]
    if node.kind == "Switch":
        return sources[_which(node.knobs["which"], knobs, pictures)]
    shape = next((plane.shape for plane in (sources or [{}])[0].values()), shape)

    def number(text):
        return float(Formula(text.strip('{}"'), {}, knobs, shape).value())

    if node.kind in nk_filters.FILTERS:
        return nk_filters.FILTERS[node.kind](node.knobs, sources, number, shape)
    if node.kind not in ("Expression", "MergeExpression"):
        raise ValueError(f"no arithmetic of {node.kind}")
    names = ("",) if node.kind == "Expression" else ("B", "A")
    inputs = dict(zip(names, sources, strict=True))
    known = {
        node.knobs[f"temp_name{n}"]: Formula(node.knobs[f"temp_expr{n}"], {}, knobs, shape).value()
        for n in range(4)
        if f"temp_name{n}" in node.knobs
    }
    result = dict(sources[0])
    for number, name in enumerate(_CHANNELS):
        if f"expr{number}" in node.knobs:
            value = Formula(node.knobs[f"expr{number}"], inputs, knobs, shape, known).value()
            result[name] = np.broadcast_to(np.asarray(value, np.float64), shape)
    return result


def _which(text, knobs, pictures):
    text = text.strip('{}"').replace("\\", "")
    order = ("foreground", "background", "clean_plate", "holdout")

    def exists(match):
        return str(int(order[int(match[1])] in pictures))

    text = re.sub(r"\[exists parent\.input(\d)\]", exists, text)
    return int(Formula(text, {}, knobs, (1, 1)).value())


def _channel(stream, name, shape):
    return stream.get(name, np.zeros(shape))


class Formula:
    def __init__(self, text, inputs, knobs, shape, known=()):
        self.tokens = _tokens(text)
        self.at = 0
        self.inputs, self.knobs, self.shape = inputs, knobs, shape
        self.known = dict(known)  # what the node has named for itself

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
        if name in self.known:
            return self.known[name]
        if name.replace("input.", "") in ("width", "height"):
            return float(width if name.endswith("width") else height)
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
