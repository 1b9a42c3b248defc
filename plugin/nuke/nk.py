"""Writes Nuke's script text: nodes, knobs, groups, and the stack that connects them.

A node in the text takes its inputs from a stack, the last one pushed being input 0, and leaves
itself on it. Every input is pushed right before the node that takes it, so the stack is balanced
by construction: a script with a broken stack is lost when it is opened again.

Standard library only, Python 3.7.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

VERSION = "13.0 v1"  # the oldest that reads it
_BARE = re.compile(r"[A-Za-z0-9_./%:+][A-Za-z0-9_./%:+-]*|-[0-9.]+(e[-+]?[0-9]+)?")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "[": "\\[", "{": "\\{", "}": "\\}", "\n": "\\n"}


@dataclass(frozen=True)
class Formula:
    """A knob's value that Nuke computes: text of its expression language."""

    text: str


@dataclass(frozen=True)
class UserKnob:
    """A knob that an artist's node has beyond those of its class.

    Attributes:
        number: the type, as `addUserKnob` counts them.
        name: in scripts and expressions.
        value: what it is set to, or None for its own default.
        label: what is shown beside it.
        tooltip: help text.
        extras: words that the type needs: a range, a menu, a script, flags.
    """

    number: int
    name: str
    value: Any = None
    label: str = ""
    tooltip: str = ""
    extras: Tuple[Any, ...] = ()

    def line(self) -> str:
        """The line that makes the knob."""
        words = [str(self.number), word(self.name)]
        if self.label:
            words += ["l", word(self.label)]
        if self.tooltip:
            words += ["t", word(self.tooltip)]
        words += [_menu(item) if isinstance(item, tuple) else word(item) for item in self.extras]
        return "addUserKnob {" + " ".join(words) + "}"


@dataclass(eq=False, repr=False)  # a graph's repr would grow beyond all bounds
class NkNode:
    """A node to be written.

    Attributes:
        kind: Nuke's class.
        name: unique within its group.
        knobs: name to text, number, bool, Formula or a tuple of these, in the order in which they
            are set.
        inputs: nodes of the same group, None where nothing is connected.
        user: its own knobs, of a group.
        children: of a group: the nodes that lead nowhere else, `Output` last; the writer finds the
            others by their inputs.
    """

    kind: str
    name: str
    knobs: Dict[str, Any] = field(default_factory=dict)
    inputs: "Tuple[Optional[NkNode], ...]" = ()
    user: Tuple[UserKnob, ...] = ()
    children: "Tuple[NkNode, ...]" = ()


def word(value: Any) -> str:
    """Returns a value, or a tuple of a knob's several values, as one word of Tcl."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Formula):
        return "{" + _part(value) + "}"
    if isinstance(value, tuple):
        return "{" + " ".join(_part(item) for item in value) + "}"
    text = repr(value) if isinstance(value, float) else str(value)
    if _BARE.fullmatch(text):
        return text
    return '"' + "".join(_ESCAPED.get(letter, letter) for letter in text) + '"'


def script(group: NkNode, layers: Tuple[Tuple[str, ...], ...] = ()) -> str:
    """Returns a node as text that Nuke pastes or reads as a file.

    Args:
        group: connected to what is selected, as nodes from the menu are.
        layers: each a layer's name and its channels, which the script has to know.
    """
    writer = _Writer()
    writer.lines += ["set cut_paste_input [stack 0]", f"version {VERSION}"]
    writer.lines += ["add_layer {" + " ".join(layer) + "}" for layer in layers]
    writer.lines.append("push $cut_paste_input")
    writer.block(group, 0, 1)
    return "\n".join(writer.lines) + "\n"


class _Writer:
    def __init__(self) -> None:
        self.lines: List[str] = []
        self._variables: Dict[int, str] = {}
        self._uses: Dict[int, int] = {}

    def block(self, node: NkNode, depth: int, inputs: int) -> None:
        """Writes one node whose inputs are on the stack, and a group's children."""
        indent = " " * depth
        self.lines.append(f"{indent}{node.kind} {{")
        if inputs != 1:
            self.lines.append(f"{indent} inputs {inputs}")
        self.lines.append(f"{indent} name {node.name}")
        for name, value in node.knobs.items():
            self.lines.append(f"{indent} {name} {word(value)}")
        for knob in node.user:
            self.lines.append(f"{indent} {knob.line()}")
            if knob.value is not None:
                self.lines.append(f"{indent} {knob.name} {word(knob.value)}")
        self.lines.append(f"{indent}}}")
        if node.kind == "Group":
            self._count(node.children)
            for child in node.children:
                self._tree(child, depth + 1)
            self.lines.append(f"{indent}end_group")

    def _count(self, ends: Tuple[NkNode, ...]) -> None:
        waiting, seen = list(ends), set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            for source in node.inputs:
                if source is not None:
                    self._uses[id(source)] = self._uses.get(id(source), 0) + 1
                    waiting.append(source)

    def _tree(self, end: NkNode, depth: int) -> None:
        """Writes a node after what it takes; without recursion, for graphs may be deep."""
        work: List[Tuple[Optional[NkNode], bool]] = [(end, False)]
        indent = " " * depth
        while work:
            node, ready = work.pop()
            if node is None:
                self.lines.append(f"{indent}push 0")
            elif id(node) in self._variables and not ready:
                self.lines.append(f"{indent}push ${self._variables[id(node)]}")
            elif ready:
                self.block(node, depth, len(node.inputs))
                if self._uses.get(id(node), 0) > 1:
                    variable = f"Npk{len(self._variables) + 1}"
                    self._variables[id(node)] = variable
                    self.lines.append(f"{indent}set {variable} [stack 0]")
            else:
                work.append((node, True))
                work += [(source, False) for source in node.inputs]  # taken from the end: input 0
                # comes last, and so lies on top of the stack


def _part(value: Any) -> str:
    """One of a knob's several values; a formula is in braces."""
    if isinstance(value, Formula):
        return "{" + (value.text if _is_plain(value.text) else word(value.text)) + "}"
    return word(value)


def _menu(items: Tuple[str, ...]) -> str:
    return "{" + " ".join(word(item) for item in items) + "}"


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"[^\s\"\\{}\[\]$]+", text) is not None
