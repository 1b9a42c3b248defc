"""Command-line options made from a node's declaration, and the values read back."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

from platekey.core.errors import OptionError
from platekey.nodes.declaration import Kind, Node, Parameter

_NUMBERS: dict[Kind, Callable[[str], Any]] = {Kind.INT: int, Kind.FLOAT: float}


def add_inputs(parser: argparse.ArgumentParser, node: Node) -> None:
    """Adds required inputs as positional arguments and the others as options."""
    for item in node.inputs:
        if item.required:
            parser.add_argument(item.name, metavar=item.name.upper(), help=_plain(item.description))
        else:
            option = "--" + item.name.replace("_", "-")
            parser.add_argument(option, metavar="SEQ", default="", help=_plain(item.description))


def add_parameters(parser: argparse.ArgumentParser, node: Node, *, keys: bool = False) -> None:
    """Adds an option for each parameter, under the node's own groups.

    With `keys` what can be animated also takes `frame:value,frame:value`, which becomes a dict.
    """
    for title in node.groups:
        group = parser.add_argument_group(title.lower())
        for parameter in node.parameters:
            if parameter.group == title:
                _add_parameter(group, parameter, keys=keys)


def input_values(args: argparse.Namespace, node: Node) -> dict[str, str]:
    """The inputs that the command line gave, by their names."""
    return {item.name: getattr(args, item.name) for item in node.inputs}


def parameter_values(args: argparse.Namespace, node: Node) -> dict[str, Any]:
    """The settings that the command line gave, by their names."""
    return {parameter.name: getattr(args, parameter.name) for parameter in node.parameters}


def _add_parameter(group: argparse._ArgumentGroup, parameter: Parameter, *, keys: bool) -> None:
    if parameter.kind is Kind.BOOL:
        group.add_argument(
            parameter.option,
            action=argparse.BooleanOptionalAction,
            default=parameter.default,
            help=_plain(parameter.tooltip),
        )
        return
    default = "" if parameter.default == "" else f" (default {parameter.default})"
    metavar = "{" + ",".join(parameter.values) + "}" if parameter.choices else None
    group.add_argument(
        parameter.option,
        type=_keys(parameter) if keys and parameter.animatable else _converter(parameter),
        default=parameter.default,
        metavar=metavar or parameter.name.upper(),
        help=_plain(f"{parameter.tooltip} {_range_sentence(parameter)}") + default,
    )


def _range_sentence(parameter: Parameter) -> str:
    choices = " ".join(f"{choice.value}: {choice.description}" for choice in parameter.choices)
    return choices or f"Takes {parameter.range_text}."


def _converter(parameter: Parameter) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        value: Any = text
        number = _NUMBERS.get(parameter.kind)
        if number is not None:
            try:
                value = number(text)
            except ValueError:
                value = text  # the check below refuses it with its own sentence
        return parameter.check(value)

    return convert


def _keys(parameter: Parameter) -> Callable[[str], Any]:
    """A converter that takes a value, or keys of frame and value."""
    one = _converter(parameter)

    def convert(text: str) -> Any:
        if ":" not in text:
            return one(text)
        keys: dict[str, Any] = {}
        for part in text.split(","):
            frame, colon, value = part.partition(":")
            if not colon or not re.fullmatch(r"\s*-?\d+\s*", frame):
                raise OptionError(
                    f"{parameter.option} has the key {part!r}; write keys as frame:value, such as "
                    "1001:0.2,1010:0.8."
                )
            keys[str(int(frame))] = one(value)
        return keys

    return convert


def _plain(text: str) -> str:
    """Escapes what argparse would take for its own formatting."""
    return text.replace("%", "%%")
