"""A node's settings as words of a command and parameters of a job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from platekey.nodes.declaration import Kind, Node, Parameter

from .job import Value, Word

_TYPES = {Kind.INT: "INT", Kind.FLOAT: "FLOAT", Kind.PATH: "PATH"}


def camel(name: str) -> str:
    """clean_plate as the name of a job's parameter: CleanPlate."""
    return "".join(part.capitalize() for part in name.split("_"))


def setting_words(step: str, node: Node, settings: Mapping[str, Any]) -> Iterator[Word]:
    """The words of a node's settings, defaults too.

    Args:
        step: the command; it prefixes the parameters' names, for two nodes may share one.
        node: see Node.
        settings: checked values by their names; keys of an animation are a dict of frame to value.
    """
    for parameter in node.parameters:
        value = settings.get(parameter.name, parameter.default)
        is_default = value == parameter.default
        if parameter.kind is Kind.PATH and value == "":
            continue  # no path is no path on any machine
        held = Value(
            camel(f"{step}_{parameter.name}"),
            _text(parameter, value),
            "STRING" if isinstance(value, dict) else _TYPES.get(parameter.kind, "STRING"),
            is_folder=parameter.kind is Kind.PATH and os.path.isdir(value),
            is_default=is_default,
            parameter=parameter,
        )
        yield Word("" if parameter.kind is Kind.BOOL else parameter.option + "=", held)


def switches(parameter: Parameter) -> tuple[str, str]:
    """The two words of a switch, on and off."""
    return parameter.option, "--no-" + parameter.option[2:]


def option(name: str) -> str:
    """A name as an option of the command line."""
    return "--" + name.replace("_", "-")


def _text(parameter: Parameter, value: Any) -> str:
    if parameter.kind is Kind.BOOL:
        return switches(parameter)[0 if value else 1]
    if isinstance(value, dict):
        return ",".join(f"{frame}:{one}" for frame, one in value.items())
    return str(value)
