"""What a node is, said once: inputs, outputs and parameters. Standard library only, Python 3.7.

The command line, the documentation's tables and later Nuke knobs, Blender properties and farm job
parameters are generated from these declarations, so none of them can drift from the others.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional, Tuple

from platekey.core.errors import OptionError


class Kind(Enum):
    """The type of a parameter."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    ENUM = "enum"
    STRING = "string"
    PATH = "path"


class Role(Enum):
    """What the pixels of an input mean."""

    PICTURE = "picture"  # R, G, B in a colour space
    MATTE = "matte"  # one channel, data, never colour managed


@dataclass(frozen=True)
class Input:
    """A picture that goes into a node; its name is that of the job's argument."""

    name: str
    label: str
    role: Role
    description: str
    required: bool = False


@dataclass(frozen=True)
class Output:
    """A pass that a node writes, with the channel names it has in a multi-layer EXR."""

    name: str
    label: str
    channels: Tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Choice:
    """One value of an enum parameter."""

    value: str
    label: str
    description: str


@dataclass(frozen=True)
class Parameter:
    """A setting of a node.

    Attributes:
        name: as in the job's options; a Python identifier.
        kind: see Kind.
        default: a value of that kind; for an enum the `value` of a choice.
        label: what the artist reads beside it.
        tooltip: what it does, when to change it, and in which direction.
        group: the tab or section it belongs to.
        minimum: smallest number that is taken.
        maximum: largest number that is taken.
        unit: of the number, in plural ("pixels"), empty for a plain one.
        automatic: a number outside the range that leaves the choice to platekey.
        choices: of an enum.
        pattern: regular expression that a whole non-default text has to match.
        example: a text that is taken, for messages and placeholders.
        animatable: may differ from frame to frame of one job.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    tooltip: str
    group: str
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    unit: str = ""
    automatic: Optional[float] = None
    choices: Tuple[Choice, ...] = ()
    pattern: str = ""
    example: str = ""
    animatable: bool = False

    @property
    def option(self) -> str:
        """The spelling on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def values(self) -> Tuple[str, ...]:
        """The values of an enum."""
        return tuple(choice.value for choice in self.choices)

    @property
    def range_text(self) -> str:
        """What is taken, for messages and tables: "0.5 to 20 pixels, or 0 for automatic"."""
        if self.kind is Kind.ENUM:
            return " or ".join(filter(None, (", ".join(self.values[:-1]), self.values[-1])))
        if self.kind is Kind.BOOL:
            return "on or off"
        if self.minimum is None or self.maximum is None:
            return self.example
        unit = " " + self.unit if self.unit else ""
        text = f"{self.minimum:g} to {self.maximum:g}{unit}"
        return text if self.automatic is None else f"{text}, or {self.automatic:g} for automatic"

    def check(self, value: Any) -> Any:
        """Returns the value in the parameter's own type.

        Raises:
            OptionError: the value has another type or is out of range.
        """
        if self.kind is Kind.ENUM:
            return self._checked(value, isinstance(value, str) and value in self.values)
        if self.kind is Kind.BOOL:
            return self._checked(value, isinstance(value, bool))
        if self.kind in (Kind.STRING, Kind.PATH):
            fits = isinstance(value, str) and (
                value == self.default or re.fullmatch(self.pattern or ".*", value) is not None
            )
            return self._checked(value, fits)
        return self._check_number(value)

    def _check_number(self, value: Any) -> Any:
        kinds = (int, float) if self.kind is Kind.FLOAT else (int,)
        fits = isinstance(value, kinds) and not isinstance(value, bool)
        if fits and value != self.automatic:
            low = -float("inf") if self.minimum is None else self.minimum
            high = float("inf") if self.maximum is None else self.maximum
            fits = low <= value <= high  # also false for NaN
        self._checked(value, fits)
        return float(value) if self.kind is Kind.FLOAT else value

    def _checked(self, value: Any, fits: bool) -> Any:
        if fits:
            return value
        article = "an" if self.kind.value[0] in "ei" else "a"
        expected = self.range_text or f"{article} {self.kind.value}"
        whole = "a whole number, " if self.kind is Kind.INT else ""
        raise OptionError(f"{self.name} is {value!r}; it must be {whole}{expected}.")


@dataclass(frozen=True)
class Node:
    """A node as every host shows it."""

    name: str
    label: str
    description: str
    inputs: Tuple[Input, ...]
    outputs: Tuple[Output, ...]
    parameters: Tuple[Parameter, ...]

    @property
    def groups(self) -> Tuple[str, ...]:
        """The parameters' groups in the order of their first use."""
        return tuple(dict.fromkeys(parameter.group for parameter in self.parameters))

    def parameter(self, name: str) -> Parameter:
        """Returns the parameter of that name.

        Raises:
            OptionError: the node has none.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters)
        raise OptionError(f"the {self.name} node has no parameter {name!r}; known are {known}.")
