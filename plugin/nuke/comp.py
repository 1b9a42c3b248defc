"""PlateKeyComp: the live part of the comp node, of Nuke's own nodes, without a worker.

Despill by clean plate, edge, light wrap, shadow, defocus, holdout and over, built from the graphs
of nodes/comp_graph.py. Exact but for two things: the light wrap's blur is Nuke's own, and colour
that an outward choke or a blurred edge uncovers is the foreground pass's instead of spread from
within. Standard library only, Python 3.7.
"""

from dataclasses import replace
from typing import Dict, Tuple

from platekey.nodes.comp import COMP
from platekey.nodes.comp_graph import (
    defocus_graph,
    despill_graph,
    edge_graph,
    finish_graph,
    light_wrap_graph,
    over_graph,
    shadow_graph,
)
from platekey.nodes.comp_lens import lens_graph
from platekey.nodes.declaration import Node

from . import lens
from .formulas import Builder, Value, matte, picture
from .knobs import BOOL, ENUM, documentation, parameter_knobs, tab
from .matte import LAYERS
from .neighbours import STEPS, WIDEST
from .nk import Formula, NkNode, UserKnob, script

NAME = "PlateKeyComp"
INPUTS = ("foreground", "background", "clean_plate", "holdout")
OUTPUTS = ("comp", "fg", "spill", "shadow", "core", "edge")
PARAMETERS = (
    "despill",
    "despill_amount",
    "choke",
    "edge_blur",
    "alpha_gamma",
    "edge_width",
    "wrap",
    "wrap_radius",
    "shadow",
    "defocus",
    "kernel",
    "blades",
    "rotation",
    "squeeze",
)
LIMITS = {  # what the live nodes reach; further is platekey comp
    "choke": (-STEPS, STEPS),
    "edge_blur": (0.0, WIDEST),
    "edge_width": (0.0, STEPS),
}
_DESPILLS = ("off", "clean_plate")  # the live ones
_LEAST = 2.0**-24  # alpha below it has no colour, as in core/comp/merge.py


def comp_script() -> str:
    """Returns the node as text to paste."""
    return script(comp_group(), LAYERS)


def live_node() -> Node:
    """The comp node's declaration with the ranges and choices that are live."""
    parameters = []
    for parameter in COMP.parameters:
        if parameter.name in LIMITS:
            low, high = LIMITS[parameter.name]
            parameter = replace(parameter, minimum=low, maximum=high)
        if parameter.name == "despill":
            kept = tuple(item for item in parameter.choices if item.value in _DESPILLS)
            parameter = replace(parameter, choices=kept)
        parameters.append(parameter)
    return replace(COMP, parameters=tuple(parameters))


def comp_group() -> NkNode:
    """Builds the group."""
    inputs = {}
    for number, name in enumerate(INPUTS):
        inputs[name] = NkNode("Input", name, {"number": number} if number else {})
    results = _results(inputs)
    chosen = NkNode(
        "Switch",
        "choose_output",
        {"which": Formula("parent.output")},
        tuple(results[name] for name in OUTPUTS),
    )
    return NkNode(
        "Group",
        NAME,
        {"tile_color": "0x3a6b5cff", "label": "[value output]"},
        user=_own_knobs() + parameter_knobs(live_node(), PARAMETERS),
        children=(NkNode("Output", "Output1", inputs=(chosen,)),),
    )


def _results(inputs: Dict[str, NkNode]) -> Dict[str, NkNode]:
    """A node for each output."""
    builder = Builder()
    source = _source(inputs["foreground"])
    source["clean_plate"] = picture(inputs["clean_plate"])
    spilt = _despilled(builder, source)
    edge = builder.build(edge_graph(), {"alpha": spilt["alpha"]})
    alpha = builder.settled(edge["alpha"], "edge")
    finished = builder.build(
        finish_graph(), {**spilt, "foreground": source["foreground"], "matte": alpha}
    )
    background = inputs["background"]
    shadowed = builder.build(
        shadow_graph(), {"background": picture(background), "shadow": source["shadow"]}
    )
    behind = _defocused(builder, builder.settled(shadowed["background"], "shadow"))
    light = builder.build(light_wrap_graph(), {"background": behind, "alpha": alpha})
    whole = builder.build(
        over_graph(),
        {
            "premultiplied": finished["premultiplied"],
            "alpha": alpha,
            "background": behind,
            "light": light["light"],
            "holdout": matte(_taken("holdout_alpha", inputs["holdout"], ("a",))),
        },
    )
    held = builder.settled(whole["alpha"], "over").leaves[0]
    behind_alpha = _taken("background_alpha", background, ("a",))
    both = Value("(@0:r@ + (1 - @0:r@) * @1:r@)", (held, behind_alpha))
    factor = Value("pow(@0:*@, parent.shadow)", source["shadow"].leaves, is_matte=False)
    return {
        "comp": _with_alpha(builder, whole["picture"], builder.node(both, "over")),
        "fg": _with_alpha(builder, whole["premultiplied"], held),
        "spill": _with_alpha(builder, spilt["spill"], spilt["alpha"].leaves[0]),
        "shadow": builder.node(factor, "shadow", alpha="1"),
        "core": _taken("show_core", builder.settled(edge["core"], "edge").leaves[0], ("r",) * 4),
        "edge": _taken("show_edge", builder.settled(edge["edge"], "edge").leaves[0], ("r",) * 4),
    }


def _source(stream: NkNode) -> Dict[str, Value]:
    """Straight colour, alpha, shadow and confidence: the matte node's layers, or made up."""
    alpha = "clamp(a, 0, 1)"
    straight = tuple(f"(a < {_LEAST!r} ? {c} : {c} / a)" for c in "rgb")
    without = {
        "foreground": _taken("divided", stream, straight),
        "shadow": _taken("no_shadow", stream, ("1", "1", "1")),
        "confidence": _taken("middling", stream, (f"1 - 0.8 * {alpha} * (1 - {alpha})",)),
    }
    layered = {
        "foreground": _taken("fg_layer", stream, ("fg.red", "fg.green", "fg.blue")),
        "shadow": _taken("shadow_layer", stream, ("shadow.red", "shadow.green", "shadow.blue")),
        "confidence": _taken("confidence_layer", stream, ("confidence.Y",)),
    }
    chosen = {
        name: NkNode(
            "Switch",
            "choose_" + name,
            {"which": Formula("parent.layers")},
            (without[name], layered[name]),
        )
        for name in without
    }
    return {
        "foreground": picture(chosen["foreground"]),
        "shadow": picture(chosen["shadow"]),
        "confidence": matte(chosen["confidence"]),
        "alpha": matte(_taken("foreground_alpha", stream, (alpha,))),
    }


def _despilled(builder: Builder, source: Dict[str, Value]) -> Dict[str, Value]:
    """The despill's outputs, or the foreground as it is: switched off, or without clean plate."""
    outputs = builder.build(despill_graph(), source)
    colour, alpha = source["foreground"].leaves[0], source["alpha"].leaves[0]
    plain = {
        "premultiplied": builder.node(Value("(@0:*@ * @1:r@)", (colour, alpha), False), "plain"),
        "alpha": alpha,
        "spill": _taken("no_spill", colour, ("0", "0", "0")),
    }
    is_on = Formula(f"parent.despill * [exists parent.input{INPUTS.index('clean_plate')}]")
    chosen = {}
    for name, value in outputs.items():
        node = NkNode(
            "Switch",
            "choose_" + name,
            {"which": is_on},
            (plain[name], builder.settled(value, "despill").leaves[0]),
        )
        chosen[name] = matte(node) if value.is_matte else picture(node)
    return chosen


def _defocused(builder: Builder, background: Value) -> Value:
    """The background under the lens; as it is where a point of it stays in its pixel."""
    shape = builder.build(lens_graph(), {"across": Value("0"), "up": Value("0")})
    samples, columns, rows = (shape[name].text for name in ("samples", "columns", "rows"))
    place = lens.points(samples, columns, rows, "lens")
    points = {"across": matte(place), "up": Value("@0:g@", (place,))}
    inside = builder.settled(builder.build(lens_graph(), points)["inside"], "lens").leaves[0]
    kernel = matte(lens.kernel(inside, samples, columns, rows, "lens"))
    blurred = builder.build(defocus_graph(), {"background": background, "lens": kernel})
    which = Formula("parent.defocus > 0.5")
    nodes = (background.leaves[0], blurred["background"].leaves[0])
    return picture(NkNode("Switch", "choose_defocus", {"which": which}, nodes))


def _taken(name: str, source: NkNode, formulas: Tuple[str, ...]) -> NkNode:
    knobs = {f"expr{number}": formula for number, formula in enumerate(formulas)}
    return NkNode("Expression", name, knobs, (source,))


def _with_alpha(builder: Builder, colour: Value, alpha: NkNode) -> NkNode:
    node = builder.settled(colour, "shown").leaves[0]
    return builder.node(Value("@0:*@", (node, alpha), False), "shown", alpha="Ar")


def _own_knobs() -> Tuple[UserKnob, ...]:
    outputs = "\n".join(f"{item.name}: {item.description}" for item in COMP.outputs)
    return (
        tab("Comp"),
        documentation(COMP),
        UserKnob(ENUM, "output", "comp", "Output", f"What is shown.\n{outputs}", ("M", OUTPUTS)),
        UserKnob(
            BOOL,
            "layers",
            True,
            "Foreground has platekey's layers",
            (
                "On: the layers fg, shadow and confidence of the matte node are used. Off: the "
                "foreground is another keyer's premultiplied rgba."
            ),
            ("+STARTLINE",),
        ),
    )
