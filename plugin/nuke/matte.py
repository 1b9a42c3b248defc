"""PlateKeyMatte: a group whose pixels come from the worker, through files.

It works without platekey as far as a file on disk can: what was solved stays visible, because the
group reads it itself, by paths that its own knobs hold. Only the buttons need platekey.
Standard library only, Python 3.7.
"""

from typing import Any, Dict, Tuple

from platekey.nodes.declaration import Input
from platekey.nodes.matte import MATTE

from .knobs import ENUM, FILE, INT, STRING, button, documentation, hidden, parameter_knobs, tab
from .nk import Formula, NkNode, UserKnob, script

NAME = "PlateKeyMatte"
MARK = "platekey_node"  # the hidden knob that tells our groups from others
OUTPUTS = ("rgba", "fg", "alpha", "shadow", "confidence")
LAYERS = (
    ("fg", "fg.red", "fg.green", "fg.blue"),
    ("shadow", "shadow.red", "shadow.green", "shadow.blue"),
    ("confidence", "confidence.Y"),
)
PARAMETERS = tuple(item.name for item in MATTE.parameters if item.name != "passes")
_SHOWN = {  # output: what red, green and blue show
    "fg": ("fg.red", "fg.green", "fg.blue"),
    "alpha": ("a", "a", "a"),
    "shadow": ("shadow.red", "shadow.green", "shadow.blue"),
    "confidence": ("confidence.Y", "confidence.Y", "confidence.Y"),
}
CACHE_TOOLTIP = (
    "Where results are kept. Empty: the folder in the panel's settings, else PLATEKEY_CACHE, else "
    "platekey_cache beside the script."
)
_MISSING = (
    "platekey is not installed for this Nuke, so its buttons do nothing; what was solved stays "
    "visible. Put platekey's plugin/nuke/startup folder on NUKE_PATH: docs/nuke.md."
)


def matte_script() -> str:
    """Returns the node as text to paste."""
    return script(matte_group(), LAYERS)


def matte_group() -> NkNode:
    """Builds the group."""
    inputs = [
        NkNode("Input", item.name, {"number": number} if number else {})
        for number, item in enumerate(MATTE.inputs)
    ]
    writes = [write_node(item, source) for item, source in zip(MATTE.inputs, inputs)]
    passes = _passes(inputs[0])
    return NkNode(
        "Group",
        NAME,
        {
            "tile_color": "0x3a6b5cff",
            "label": "[value status]",
            "knobChanged": call("knob_changed"),
        },
        user=_buttons() + parameter_knobs(MATTE, PARAMETERS) + _state(),
        children=(*writes, NkNode("Output", "Output1", inputs=(passes,))),
    )


def call(function: str, module: str = "actions") -> str:
    """Python that calls platekey for this node, and says so in words where platekey is missing.

    A callback that fires by itself says nothing.
    """
    silent = function == "knob_changed"
    missing = "pass" if silent else f"nuke.message({_MISSING!r})"
    return (
        f"try: from platekey.plugin.nuke import {module}\n"
        f"except ImportError: {missing}\n"
        f"else: {module}.{function}(nuke.thisNode())"
    )


def write_name(input_name: str) -> str:
    """The name of the node that renders an input."""
    return "Write_" + input_name


def write_node(item: Input, source: NkNode) -> NkNode:
    """The node that renders an input, losslessly, to where the group's knob `rendered` says."""
    knobs = {
        "channels": "rgba",
        "file": f"[value parent.rendered]/{item.name}.%04d.exr",
        "raw": True,
        "file_type": "exr",
        "datatype": "32 bit float",
        "compression": "Zip (1 scanline)",
        "create_directories": True,
    }
    return NkNode("Write", write_name(item.name), knobs, (source,))


def _passes(plate: NkNode) -> NkNode:
    knobs = {
        "file_type": "exr",
        "file": "[value parent.result]",
        "first": Formula("parent.result_first"),
        "last": Formula("parent.result_last"),
        "before": "black",
        "after": "black",
        "origset": True,
        "on_error": "black",
        "raw": True,
    }
    result = NkNode("Read", "Read_result", knobs)
    views = [result]
    for output in OUTPUTS[1:]:
        views.append(NkNode("Expression", "show_" + output, expressions(_SHOWN[output]), (result,)))
    chosen = NkNode(
        "Switch", "choose_output", {"which": Formula("parent.output")}, inputs=tuple(views)
    )
    solved = {"which": Formula("parent.solved")}
    return NkNode("Switch", "choose_solved", solved, inputs=(plate, chosen))


def expressions(formulas: Tuple[str, ...]) -> "Dict[str, Any]":
    """Knobs of an Expression or MergeExpression for red, green, blue and, if given, alpha."""
    return {f"expr{number}": formula for number, formula in enumerate(formulas)}


def _buttons() -> Tuple[UserKnob, ...]:
    frame = button(
        "solve_frame",
        "Solve frame",
        "Solves the current frame. A frame that was solved with these settings is reused.",
        call("solve_frame"),
    )
    whole = button(
        "solve_range",
        "Solve range",
        "Solves every frame of the range below that is not solved yet with these settings.",
        call("solve_range"),
    )
    cancel = button("cancel", "Cancel", "Stops the solve within a frame.", call("cancel"))
    clear = button(
        "clear_cache",
        "Clear cache",
        "Deletes what this node has solved and rendered with its present settings.",
        call("clear_cache"),
    )
    tuned = button(
        "use_tuned",
        "Use tuned weights",
        "Takes the weights of the last PlateKeyTune of this plate that has ended, and the method "
        "network. Solve again to see them.",
        call("use_tuned"),
    )
    outputs = "\n".join(f"{item.name}: {item.description}" for item in MATTE.outputs)
    return (
        tab("Solve"),
        documentation(MATTE),
        frame,
        whole,
        cancel,
        clear,
        tuned,
        UserKnob(INT, "first_frame", Formula("root.first_frame"), "First frame", "Of the range."),
        UserKnob(INT, "last_frame", Formula("root.last_frame"), "Last frame", "Of the range."),
        UserKnob(
            ENUM,
            "output",
            "rgba",
            "Output",
            f"What red, green, blue and alpha show; all passes are layers as well.\n{outputs}",
            ("M", OUTPUTS),
        ),
        UserKnob(
            FILE,
            "cache_folder",
            "",
            "Cache folder",
            CACHE_TOOLTIP,
        ),
    )


def _state() -> Tuple[UserKnob, ...]:
    """What a saved, copied or renamed node needs to show its result."""
    return (
        hidden(STRING, MARK, MATTE.name),
        hidden(STRING, "status", "not solved"),
        hidden(STRING, "signature", ""),
        hidden(FILE, "result", ""),
        hidden(FILE, "rendered", ""),
        hidden(FILE, "tuned", ""),
        hidden(INT, "result_first", 1),
        hidden(INT, "result_last", 1),
        hidden(INT, "solved", 0),
    )
