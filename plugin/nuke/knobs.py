"""A node's declared parameters as Nuke's user knobs. Standard library only, Python 3.7.

TYPES is the one table: which knob a kind of parameter becomes. Numbers are those that
`addUserKnob` takes.
"""

from typing import Any, Iterable, List, Tuple

from platekey.nodes.declaration import Kind, Node, Parameter

from .nk import UserKnob

STRING, FILE, INT, ENUM, BOOL, FLOAT, TAB, BUTTON, TEXT = 1, 2, 3, 4, 6, 7, 20, 22, 26
TYPES = {
    Kind.BOOL: BOOL,
    Kind.INT: INT,
    Kind.FLOAT: FLOAT,
    Kind.ENUM: ENUM,
    Kind.STRING: STRING,
    Kind.PATH: FILE,
}
HIDDEN = "+INVISIBLE"


def parameter_knobs(node: Node, names: Iterable[str]) -> Tuple[UserKnob, ...]:
    """Returns a tab for each group of the node's parameters, with their knobs.

    Args:
        node: the declaration.
        names: of the parameters that Nuke shows.
    """
    shown = set(names)
    knobs: List[UserKnob] = []
    for group in node.groups:
        members = [item for item in node.parameters if item.group == group and item.name in shown]
        if members:
            knobs.append(tab(group))
            knobs += [_knob(parameter) for parameter in members]
    return tuple(knobs)


def documentation(node: Node) -> UserKnob:
    """A line that says where every control is explained."""
    text = f"{node.description}\nEvery control is explained in docs/nodes/{node.name}.md."
    return UserKnob(TEXT, "documentation", label=" ", extras=("T", text))


def tab(label: str) -> UserKnob:
    """The start of a tab."""
    return UserKnob(TAB, "tab_" + label.lower().replace(" ", "_"), label=label)


def button(name: str, label: str, tooltip: str, script: str) -> UserKnob:
    """A button that runs Python."""
    return UserKnob(BUTTON, name, label=label, tooltip=tooltip, extras=("T", script))


def hidden(number: int, name: str, value: Any) -> UserKnob:
    """A knob that is saved and copied with the node, and not shown."""
    return UserKnob(number, name, value, extras=(HIDDEN,))


def _knob(parameter: Parameter) -> UserKnob:
    extras: Tuple[Any, ...] = ()
    if parameter.kind is Kind.ENUM:
        extras = ("M", parameter.values)
    elif parameter.kind in (Kind.INT, Kind.FLOAT):
        extras = ("R", *(f"{number:g}" for number in _range(parameter)))
    if parameter.kind in (Kind.BOOL, Kind.STRING):
        extras += ("+STARTLINE",)
    return UserKnob(
        TYPES[parameter.kind],
        parameter.name,
        parameter.default,
        parameter.label,
        _tooltip(parameter),
        extras,
    )


def _range(parameter: Parameter) -> Tuple[float, float]:
    """Of the slider; what is typed in beyond is refused when it is used."""
    numbers = [parameter.minimum, parameter.maximum, parameter.automatic]
    known = [float(number) for number in numbers if number is not None]
    return min(known), max(known)


def _tooltip(parameter: Parameter) -> str:
    lines = [parameter.tooltip]
    lines += [f"{choice.value}: {choice.description}" for choice in parameter.choices]
    if not parameter.choices and parameter.range_text:
        lines.append(f"Takes {parameter.range_text}.")
    return "\n".join(lines)
