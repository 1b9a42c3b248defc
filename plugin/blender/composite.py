"""The group behind the Composite node: live, of Blender's own nodes, without a worker.

Despill by clean plate, edge, light wrap, shadow, holdout and over, from the graphs of
nodes/comp_graph.py. Exact but for colour that an outward choke or a blurred edge uncovers: it is
the foreground pass's instead of spread from within. Standard library and bpy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy

from platekey.nodes.comp import COMP
from platekey.nodes.comp_graph import (
    despill_graph,
    edge_graph,
    finish_graph,
    light_wrap_graph,
    over_graph,
    shadow_graph,
    source_graph,
)
from platekey.nodes.declaration import Node, Role
from platekey.nodes.matte import MATTE

from . import versions
from .arithmetic import COLOUR, Arithmetic, Operand
from .arithmetic import MATTE as MATTE_SOCKET
from .filters import STAGES, WIDEST
from .graph_nodes import Reach, build_graph

NAME = "PlateKey Composite"
PARAMETERS = (
    "despill_amount",
    "choke",
    "edge_blur",
    "alpha_gamma",
    "edge_width",
    "wrap",
    "wrap_radius",
    "shadow",
)
_HALVED_FROM = 2.0 - 1e-6  # pixels, the light wrap's deviation, as core/comp/light_wrap.py has it
_WIDEST = WIDEST * 2**STAGES  # pixels, a light wrap's deviation
_STEPS, _FEW_STEPS = 8, 2  # pixels of choke and edge width
_NOTHING = (0.0, 0.0, 0.0, 0.0)
_UNKNOWN = -1.0  # a confidence that no solve told
_PASSES: dict[str, Any] = {"fg": _NOTHING, "shadow": (1.0,) * 4, "confidence": _UNKNOWN}


def live_node(is_plain: bool = False) -> Node:
    """The comp node's declaration with the settings that are live, and what the nodes reach.

    Args:
        is_plain: of the group without despill, see composite_tree.
    """
    steps = float(_FEW_STEPS if is_plain else _STEPS)
    limits = {  # further is platekey comp
        "choke": (-steps, steps),
        "edge_blur": (0.0, WIDEST),
        "edge_width": (0.0, steps),
        "wrap_radius": (0.0, 2 * _WIDEST),
    }
    parameters = []
    for name in PARAMETERS[1:] if is_plain else PARAMETERS:
        parameter = COMP.parameter(name)
        low, high = limits.get(name, (parameter.minimum, parameter.maximum))
        default = min(parameter.default, high)
        parameters.append(replace(parameter, minimum=low, maximum=high, default=default))
    return replace(COMP, parameters=tuple(parameters))


def pass_label(name: str) -> str:
    """The socket's name for a pass of the matte node."""
    (found,) = [item.label for item in MATTE.outputs if item.name == name]
    return found


def input_label(name: str) -> str:
    """The socket's name for an input of the comp node."""
    (found,) = [item.label for item in COMP.inputs if item.name == name]
    return found


def composite_tree(is_plain: bool = False) -> Any:
    """The group that all Composite nodes of a file share; built when it is first needed.

    Args:
        is_plain: without despill, and with short reaches. 4.2's compositor on the CPU follows every
            path through a graph by itself, and the despill's has more than any memory holds.
    """
    name = f"{NAME} (no despill)" if is_plain else NAME
    found = bpy.data.node_groups.get(name)
    if found is not None and found.library is None:
        return found
    tree = bpy.data.node_groups.new(name, versions.TREE)
    _add_sockets(tree, live_node(is_plain))
    source = tree.nodes.new("NodeGroupInput")
    sockets = {socket.name: socket for socket in source.outputs}
    results = _results(Arithmetic(tree), sockets, live_node(is_plain))
    target = tree.nodes.new("NodeGroupOutput")
    for item in COMP.outputs:
        tree.links.new(results[item.name], target.inputs[item.label])
    return tree


def _add_sockets(tree: Any, live: Node) -> None:
    for output in COMP.outputs:
        versions.add_socket(tree, "OUTPUT", COLOUR, output.label, output.description)
    for item in COMP.inputs:
        if item.name not in ("plate", "zdepth"):
            default: Any = 0.0 if item.role is Role.MATTE else _NOTHING
            _add_input(tree, item.label, item.description, default)
        if item.name == "foreground":
            for name, unset in _PASSES.items():
                _add_input(tree, pass_label(name), "The matte node's pass.", unset)
    for parameter in live.parameters:
        socket = _add_input(tree, parameter.label, parameter.tooltip, parameter.default)
        socket.min_value, socket.max_value = parameter.minimum, parameter.maximum


def _add_input(tree: Any, label: str, description: str, default: Any) -> Any:
    kind = MATTE_SOCKET if isinstance(default, float) else COLOUR
    socket = versions.add_socket(tree, "INPUT", kind, label, description)
    socket.default_value = default
    return socket


def _results(nodes: Arithmetic, sockets: dict[str, Any], live: Node) -> dict[str, Any]:
    """A colour for each output."""
    parameters: dict[str, Operand] = {p.name: sockets[p.label] for p in live.parameters}
    is_plain = "despill_amount" not in parameters
    streams = {
        name: nodes.channels(sockets[input_label(name)])
        for name in ("foreground", "background", "clean_plate")
    }
    streams |= {name: nodes.channels(sockets[pass_label(name)]) for name in ("fg", "shadow")}
    spilt = _despilled(nodes, streams, sockets[pass_label("confidence")], parameters)
    alpha = {"alpha": spilt["alpha"]}
    edge = build_graph(
        nodes, edge_graph(), alpha, parameters, Reach(_FEW_STEPS if is_plain else _STEPS)
    )
    finished = build_graph(nodes, finish_graph(), {**spilt, "matte": edge["alpha"]})
    behind, shadow = streams["background"], streams["shadow"][:3]
    shadowed = build_graph(
        nodes, shadow_graph(), {"background": behind[:3], "shadow": shadow}, parameters
    )["background"]
    light = build_graph(
        nodes,
        light_wrap_graph(),
        {"background": shadowed, "alpha": edge["alpha"]},
        parameters,
        Reach(0, _WIDEST) if is_plain else Reach(1, halved_from=_HALVED_FROM),
    )
    whole = build_graph(
        nodes,
        over_graph(),
        {
            "premultiplied": finished["premultiplied"],
            "alpha": edge["alpha"],
            "background": shadowed,
            "light": light["light"],
            "holdout": [sockets[input_label("holdout")]],
        },
    )
    held = whole["alpha"][0]
    through = nodes.math("multiply", nodes.math("subtract", 1.0, held), behind[3])
    factors = [nodes.math("power", item, parameters["shadow"]) for item in shadow]
    return {
        "comp": nodes.colour(whole["picture"], nodes.math("add", held, through)),
        "fg": nodes.colour(whole["premultiplied"], held),
        "spill": nodes.colour(spilt["spill"], spilt["alpha"][0]),
        "shadow": nodes.colour(factors),
        "core": nodes.colour(edge["core"] * 3),
        "edge": nodes.colour(edge["edge"] * 3),
    }


def _despilled(
    nodes: Arithmetic,
    streams: dict[str, list[Any]],
    confidence: Any,
    parameters: dict[str, Operand],
) -> dict[str, list[Operand]]:
    """The despill's outputs and the straight foreground, whatever of its inputs is connected."""
    source = build_graph(
        nodes,
        source_graph(),
        {
            "premultiplied": streams["foreground"][:3],
            "matte": streams["foreground"][3:],
            "straight": streams["fg"][:3],
            "is_straight": streams["fg"][3:],
            "told": [confidence],
            "clean_plate": streams["clean_plate"][:3],
            "covered": streams["clean_plate"][3:],
        },
    )
    foreground, alpha = source["foreground"], source["alpha"]
    if "despill_amount" not in parameters:
        covered = [nodes.math("multiply", item, alpha[0]) for item in foreground]
        none: list[Operand] = [0.0, 0.0, 0.0]
        return {"premultiplied": covered, "alpha": alpha, "spill": none, "foreground": foreground}
    amount = nodes.math("multiply", parameters["despill_amount"], source["is_clean"][0])
    source |= {"shadow": streams["shadow"][:3], "clean_plate": streams["clean_plate"][:3]}
    spilt = build_graph(nodes, despill_graph(), source, {"despill_amount": amount})
    return {**spilt, "foreground": foreground}
