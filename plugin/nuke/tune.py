"""PlateKeyTune: a group that starts a fine-tune of the network on a shot, here or on the farm.

The picture goes through it unchanged: it can stand anywhere in a script, and does no harm where
platekey is missing. Standard library only, Python 3.7.
"""

from typing import Tuple

from platekey.nodes.tune import TUNE

from .knobs import ENUM, FILE, INT, STRING, button, documentation, hidden, parameter_knobs, tab
from .matte import CACHE_TOOLTIP, MARK, call, write_node
from .nk import Formula, NkNode, UserKnob, script

NAME = "PlateKeyTune"
HERE = "this machine"
FARMS = ("openjd", "deadline-cloud", "slurm", "opencue", "deadline")  # of platekey submit
PARAMETERS = tuple(item.name for item in TUNE.parameters)
_ACTIONS = "tune_actions"


def tune_script() -> str:
    """Returns the node as text to paste."""
    return script(tune_group())


def tune_group() -> NkNode:
    """Builds the group."""
    inputs = [
        NkNode("Input", item.name, {"number": number} if number else {})
        for number, item in enumerate(TUNE.inputs)
    ]
    writes = [write_node(item, source) for item, source in zip(TUNE.inputs, inputs)]
    return NkNode(
        "Group",
        NAME,
        {"tile_color": "0x3a6b5cff", "label": "[value status]"},
        user=_buttons() + parameter_knobs(TUNE, PARAMETERS) + _state(),
        children=(*writes, NkNode("Output", "Output1", inputs=(inputs[0],))),
    )


def _buttons() -> Tuple[UserKnob, ...]:
    return (
        tab("Run"),
        documentation(TUNE),
        button(
            "start",
            "Start",
            "Renders what has to be rendered, and starts the tune. Its progress is in the PlateKey "
            "panel.",
            call("start", _ACTIONS),
        ),
        button(
            "stop",
            "Stop",
            "Ends it here, or on Slurm: a checkpoint and the best weights so far are written. On "
            "another farm it is no longer looked at, and ended in the farm's own monitor.",
            call("stop", _ACTIONS),
        ),
        button(
            "resume",
            "Resume",
            "Goes on from the last checkpoint, also with more hours or steps.",
            call("resume", _ACTIONS),
        ),
        button(
            "look",
            "Show progress",
            "Shows a tune that runs on the farm, or that was started before this script was "
            "opened, in the panel.",
            call("look", _ACTIONS),
        ),
        UserKnob(INT, "first_frame", Formula("root.first_frame"), "First frame", "Learned from."),
        UserKnob(INT, "last_frame", Formula("root.last_frame"), "Last frame", "Learned from."),
        UserKnob(
            STRING,
            "key_frames",
            "",
            "Key frames",
            "The frames that the keys input is finished on, such as 1001,1042-1044. Needed where "
            "keys are painted in this script; a Read's files say it themselves.",
            ("+STARTLINE",),
        ),
        UserKnob(
            ENUM,
            "run_on",
            HERE,
            "Run on",
            f"{HERE}: beside Nuke, until it is done or Nuke is closed. Others: the farm, through "
            "platekey submit; plate, clean plate and weights have to be where the farm sees them.",
            ("M", (HERE, *FARMS)),
        ),
        UserKnob(
            STRING,
            "farm_options",
            "",
            "Farm options",
            "More options of platekey submit, such as --gpus 1 --queue night.",
            ("+STARTLINE",),
        ),
        UserKnob(
            FILE,
            "output",
            "",
            "Weights to write",
            "NAME.safetensors. Empty: tuned.safetensors in a folder of the cache, named after "
            "inputs and settings.",
        ),
        UserKnob(FILE, "cache_folder", "", "Cache folder", CACHE_TOOLTIP),
    )


def _state() -> Tuple[UserKnob, ...]:
    """What a saved, copied or renamed node needs."""
    return (
        hidden(STRING, MARK, TUNE.name),
        hidden(STRING, "status", "not tuned"),
        hidden(FILE, "rendered", ""),
        hidden(FILE, "tuned", ""),
        hidden(STRING, "farm_job", ""),
    )
