"""A picture formula as a graph of elementary operations. Standard library only, Python 3.7.

A host builds its own nodes from it, one for each step. A wire carries a picture of three channels,
a matte of one, or a number; where they meet, a matte or a number counts for every channel.
"""

from dataclasses import dataclass
from typing import Dict, List, Tuple, Union

# What a step may be, and what it does with the wires that go in.
OPERATIONS = {
    "input": "a picture or matte of the node; `of` is its name",
    "parameter": "a number that the artist sets; `of` is the parameter's name",
    "constant": "the number `of`",
    "add": "first + second",
    "subtract": "first - second",
    "multiply": "first * second",
    "divide": "first / second",
    "power": "first to the second",
    "minimum": "the smaller one, channel by channel",
    "maximum": "the larger one, channel by channel",
    "greater": "1 where first > second, else 0",
    "root": "square root",
    "floor": "the next whole number below",
    "cosine": "of an angle in radians",
    "channel": "matte of channel number `of` of a picture",
    "mean": "matte, the mean of a picture's channels",
    "combine": "a picture of three mattes",
    "blur": "first under a Gaussian with standard deviation second, in pixels; borders repeat",
    "reduce": "picture `of` times smaller, the mean of cells from the top left; borders repeat",
    "enlarge": "picture `of` times larger, bilinear, cropped to the size before the reduce",
    "spread": (
        "grows first by second pixels, shrinks it if negative: the maximum (minimum) over a cross "
        "and over a square of 3 pixels in turn; a part of a pixel mixes two steps"
    ),
    "convolve": (
        "picture first spread over the matte second, a kernel with its middle in the middle pixel: "
        "the mean of what lies within the picture, weighed by the kernel"
    ),
}


@dataclass(frozen=True)
class Step:
    """One operation: what goes in, by the names of other steps, and its own number or name."""

    name: str
    operation: str
    inputs: Tuple[str, ...] = ()
    of: Union[str, float] = ""


@dataclass(frozen=True)
class Graph:
    """A formula.

    Attributes:
        name: what it computes.
        steps: in an order in which every step comes after those that it takes.
        outputs: result to name of step.
    """

    name: str
    steps: Tuple[Step, ...]
    outputs: Dict[str, str]

    @property
    def inputs(self) -> Tuple[str, ...]:
        """The pictures and mattes that it needs."""
        return tuple(str(step.of) for step in self.steps if step.operation == "input")

    @property
    def parameters(self) -> Tuple[str, ...]:
        """The settings that it needs."""
        return tuple(str(step.of) for step in self.steps if step.operation == "parameter")


class Wire:
    """What comes out of a step; formulas are written with it as with a number."""

    def __init__(self, sketch: "Sketch", name: str) -> None:
        self.sketch = sketch
        self.name = name

    def __add__(self, other: "Operand") -> "Wire":
        """Sum."""
        return self.sketch.step("add", self, other)

    def __sub__(self, other: "Operand") -> "Wire":
        """Difference."""
        return self.sketch.step("subtract", self, other)

    def __rsub__(self, other: "Operand") -> "Wire":
        """Difference from a number."""
        return self.sketch.step("subtract", other, self)

    def __mul__(self, other: "Operand") -> "Wire":
        """Product."""
        return self.sketch.step("multiply", self, other)

    def __truediv__(self, other: "Operand") -> "Wire":
        """Quotient."""
        return self.sketch.step("divide", self, other)

    def __rtruediv__(self, other: "Operand") -> "Wire":
        """Quotient of a number."""
        return self.sketch.step("divide", other, self)

    def __pow__(self, other: "Operand") -> "Wire":
        """Power."""
        return self.sketch.step("power", self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def at_least(self, other: "Operand") -> "Wire":
        """The larger of both."""
        return self.sketch.step("maximum", self, other)

    def at_most(self, other: "Operand") -> "Wire":
        """The smaller of both."""
        return self.sketch.step("minimum", self, other)

    def above(self, other: "Operand") -> "Wire":
        """1 where this is larger, else 0."""
        return self.sketch.step("greater", self, other)

    def blurred(self, deviation: "Operand") -> "Wire":
        """Under a Gaussian, in pixels."""
        return self.sketch.step("blur", self, deviation)

    def spread(self, pixels: "Operand") -> "Wire":
        """Grown, or shrunk if negative."""
        return self.sketch.step("spread", self, pixels)

    def root(self) -> "Wire":
        """Its square root."""
        return self.sketch.step("root", self)

    def floor(self) -> "Wire":
        """The next whole number below."""
        return self.sketch.step("floor", self)

    def cosine(self) -> "Wire":
        """Its cosine; it is in radians."""
        return self.sketch.step("cosine", self)

    def convolved(self, kernel: "Wire") -> "Wire":
        """Spread over a kernel."""
        return self.sketch.step("convolve", self, kernel)

    def mean(self) -> "Wire":
        """The mean of its channels."""
        return self.sketch.step("mean", self)

    def channels(self) -> "List[Wire]":
        """Its three channels as mattes."""
        return [self.sketch.step("channel", self, of=number) for number in range(3)]

    def reduced(self, factor: int) -> "Wire":
        """So much smaller."""
        return self.sketch.step("reduce", self, of=factor)

    def enlarged(self, factor: int) -> "Wire":
        """So much larger."""
        return self.sketch.step("enlarge", self, of=factor)


Operand = Union[Wire, float]


class Sketch:
    """A graph in the making."""

    def __init__(self) -> None:
        self._steps = []  # type: List[Step]
        self._known = {}  # type: Dict[Tuple[str, Tuple[str, ...], Union[str, float]], Wire]

    def input(self, name: str) -> Wire:
        """A picture or matte of the node."""
        return self.step("input", of=name)

    def parameter(self, name: str) -> Wire:
        """A setting of the node."""
        return self.step("parameter", of=name)

    def combine(self, *mattes: Wire) -> Wire:
        """A picture of three mattes."""
        return self.step("combine", *mattes)

    def step(self, operation: str, *inputs: Operand, of: Union[str, float] = "") -> Wire:
        """Adds a step, or returns the one that does the same already."""
        names = tuple(
            item.name if isinstance(item, Wire) else self.step("constant", of=float(item)).name
            for item in inputs
        )
        key = (operation, names, of)
        if key not in self._known:
            name = f"{operation}_{len(self._steps)}"
            self._steps.append(Step(name, operation, names, of))
            self._known[key] = Wire(self, name)
        return self._known[key]

    def graph(self, name: str, **outputs: Wire) -> Graph:
        """The finished graph."""
        return Graph(name, tuple(self._steps), {key: wire.name for key, wire in outputs.items()})
