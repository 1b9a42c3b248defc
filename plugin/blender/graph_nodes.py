"""Graphs of elementary operations as Blender's nodes. Standard library and bpy.

Steps on neighbours work on colours, so mattes that take the same such step share one: up to three
go through it as red, green and blue. A graph becomes a row of groups of some steps each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from platekey.nodes.graph import Graph, Step

from . import filters
from .arithmetic import MATTE, Arithmetic, Operand
from .places import Halvings

_SHARED = ("reduce", "enlarge", "blur")  # the steps that go through a colour
_GROUP = 30  # steps, or colours of them, a group

Wire = tuple[str, int]  # of a step, and which channel


@dataclass(frozen=True)
class Reach:
    """How far the nodes of a graph look.

    Attributes:
        steps: pixels that a `spread` goes at most.
        widest: deviation of a `blur`, pixels.
        halved_from: the deviation from which on a blur is made of a smaller picture, as the core
            does above WIDEST at least; None never does.
    """

    steps: int
    widest: float = filters.WIDEST
    halved_from: float | None = None


@dataclass(frozen=True)
class _Plan:
    """What is known of a graph's steps before any node is made.

    Attributes:
        graph: see platekey.nodes.graph.
        channels: of each step, 1 or 3.
        packed: how each step's picture is, see places.py.
        reach: see Reach.
    """

    graph: Graph
    channels: dict[str, int]
    packed: dict[str, Halvings]
    reach: Reach


def build_graph(
    nodes: Arithmetic,
    graph: Graph,
    inputs: dict[str, list[Operand]],
    parameters: dict[str, Operand] | None = None,
    reach: Reach = Reach(0),  # noqa: B008  frozen
) -> dict[str, list[Operand]]:
    """Adds a graph's nodes to a tree; returns its outputs, each of one matte or of three.

    Args:
        nodes: of the tree.
        graph: see platekey.nodes.graph.
        inputs: for each of the graph's, one matte or three.
        parameters: for each of the graph's.
        reach: see Reach.
    """
    values: dict[Wire, Operand] = {}
    for step in graph.steps:
        given: list[Operand] = []
        if step.operation == "input":
            given = inputs[str(step.of)]
        elif step.operation == "parameter":
            given = [(parameters or {})[str(step.of)]]
        elif step.operation == "constant":
            given = [float(step.of)]
        values.update({(step.name, number): value for number, value in enumerate(given)})
    plan = _planned(graph, {name: len(item) for name, item in inputs.items()}, reach)
    order = _order(plan, {name for name, _ in values})
    for number in range(0, len(order), _GROUP):
        part, rest = order[number : number + _GROUP], order[number + _GROUP :]
        name = f"{graph.name} {number // _GROUP + 1}, reach {reach.steps}"
        _add_group(nodes, name, part, rest, plan, values)
    return {
        name: [values[step, number] for number in range(plan.channels[step])]
        for name, step in graph.outputs.items()
    }


def _planned(graph: Graph, given: dict[str, int], reach: Reach) -> _Plan:
    channels: dict[str, int] = {}
    packed: dict[str, Halvings] = {}
    for step in graph.steps:
        before = max([packed[name] for name in step.inputs], key=len, default=())
        packed[step.name] = before
        channels[step.name] = max([channels[name] for name in step.inputs], default=1)
        if step.operation == "input":
            channels[step.name] = given[str(step.of)]
        elif step.operation in ("channel", "mean"):
            channels[step.name] = 1
        elif step.operation == "combine":
            channels[step.name] = 3
        elif step.operation == "reduce":
            packed[step.name] = (*before, int(step.of))
        elif step.operation == "enlarge":
            packed[step.name] = before[:-1]
    return _Plan(graph, channels, packed, reach)


def _order(plan: _Plan, known: set[str]) -> list[list[Step]]:
    """Steps in an order in which those that can share a colour are together."""
    waiting = [step for step in plan.graph.steps if step.name not in known]
    order: list[list[Step]] = []
    while waiting:
        ready = [step for step in waiting if known.issuperset(step.inputs)]
        chosen = [[step] for step in ready if step.operation not in _SHARED]
        if not chosen:
            first = _sort(ready[0], plan)
            alike = [step for step in ready if _sort(step, plan) == first]
            chosen = [alike[: 3 // plan.channels[ready[0].inputs[0]]]]
        order += chosen
        known = known.union(step.name for steps in chosen for step in steps)
        waiting = [step for step in waiting if step.name not in known]
    return order


def _sort(step: Step, plan: _Plan) -> tuple[Any, ...]:
    """What steps have to agree in to go through one colour."""
    source = step.inputs[0]
    channels, packed = plan.channels[source], plan.packed[source]
    return step.operation, step.of, step.inputs[1:], channels, packed


def _add_group(
    nodes: Arithmetic,
    name: str,
    part: list[list[Step]],
    rest: list[list[Step]],
    plan: _Plan,
    values: dict[Wire, Operand],
) -> None:
    """Adds a group of steps, and what it puts out to the values."""
    inside = [step for steps in part for step in steps]
    made = {step.name for step in inside}
    taken = _wires([n for step in inside for n in step.inputs if n not in made], plan)
    taken = [wire for wire in taken if not isinstance(values[wire], float)]
    later = [n for steps in rest for step in steps for n in step.inputs]
    later += plan.graph.outputs.values()
    left = _wires([name for name in later if name in made], plan)

    def build(inner: Arithmetic, sockets: list[Any]) -> Sequence[Operand]:
        known = {wire: item for wire, item in values.items() if isinstance(item, float)}
        known.update(zip(taken, sockets, strict=True))
        for steps in part:
            known.update(_steps(inner, steps, plan, known))
        return [known[wire] for wire in left]

    inputs = [(_label(wire), MATTE, values[wire]) for wire in taken]
    outputs = [(_label(wire), MATTE) for wire in left]
    values.update(zip(left, nodes.group(name, inputs, outputs, build), strict=True))


def _wires(names: Sequence[str], plan: _Plan) -> list[Wire]:
    unique = dict.fromkeys(names)
    return [(name, number) for name in unique for number in range(plan.channels[name])]


def _label(wire: Wire) -> str:
    return f"{wire[0]} {wire[1]}"


def _steps(
    nodes: Arithmetic, steps: list[Step], plan: _Plan, known: dict[Wire, Operand]
) -> dict[Wire, Operand]:
    """Adds the nodes of a step, or of some that share a colour."""
    first = steps[0]
    taken = [[known[wire] for wire in _wires([name], plan)] for name in first.inputs]
    if first.operation not in _SHARED:
        made = _value(nodes, first, taken, plan.reach.steps)
        return {(first.name, number): value for number, value in enumerate(made)}
    mattes = [known[wire] for step in steps for wire in _wires(step.inputs[:1], plan)]
    colour = nodes.colour(mattes)
    packed = plan.packed[first.inputs[0]]
    if first.operation == "reduce":
        colour = filters.reduced(nodes, colour, packed, int(first.of))
    elif first.operation == "enlarge":
        colour = filters.enlarged(nodes, colour, packed)
    elif plan.reach.halved_from is None:
        colour = filters.blurred(nodes, colour, taken[1][0], plan.reach.widest)
    else:
        colour = filters.widely_blurred(nodes, colour, taken[1][0], plan.reach.halved_from)
    wires = _wires([step.name for step in steps], plan)
    return dict(zip(wires, nodes.channels(colour)))  # noqa: B905  alpha is left over


def _value(nodes: Arithmetic, step: Step, taken: list[list[Operand]], steps: int) -> list[Operand]:
    if step.operation == "channel":
        return [taken[0][int(step.of)]]
    if step.operation == "combine":
        return [matte for item in taken for matte in item]
    if step.operation == "mean":
        total = nodes.math("add", nodes.math("add", taken[0][0], taken[0][1]), taken[0][2])
        return [nodes.math("divide", total, 3.0)]
    if step.operation == "spread":
        return [filters.spread(nodes, matte, taken[1][0], steps) for matte in taken[0]]
    count = max(len(item) for item in taken)
    wide = [item if len(item) == count else item * count for item in taken]
    return [nodes.math(step.operation, *operands) for operands in zip(*wide, strict=True)]
