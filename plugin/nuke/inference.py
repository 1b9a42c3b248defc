"""The network inside Nuke: a .cat file of what `platekey export` wrote, and a group around it.

For NukeX users who want a matte that follows live. It is the bare network: no conditioning of the
clean plate, no hints of other frames, and not all of the passes; see docs/nuke.md.

    platekey export hair.safetensors -o hair.pt
    nukex -t PLATEKEY/plugin/nuke/inference.py hair.pt hair.cat

The second has to be a NukeX or Nuke Studio; .cat files are read by the version that made them and
by later ones. Python 3.7, standard library and nuke.
"""

import os
import sys
from typing import Any, Tuple

from platekey.core.errors import InputError, OptionError, PlatekeyError
from platekey.plugin.nuke.knobs import FILE, tab
from platekey.plugin.nuke.nk import NkNode, UserKnob, script

NAME = "PlateKeyInference"
# plate, clean plate, hint: all in names that Inference takes, for it refuses others
CHANNELS_IN = (
    "rgba.red", "rgba.green", "rgba.blue", "forward.u", "forward.v", "backward.u", "rgba.alpha",
)  # fmt: skip
CHANNELS_OUT = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")
NOISE = 0.005  # as core/network/export.py has it
_PACKED = ("forward.u", "forward.v", "backward.u")


def inference_script() -> str:
    """Returns the group as text to paste; its knob `model` names the .cat file."""
    return script(inference_group())


def inference_group() -> NkNode:
    """Builds the group: the clean plate is packed beside the plate, then Inference."""
    plate = NkNode("Input", "plate")
    clean = NkNode("Input", "clean_plate", {"number": 1})
    hint = NkNode("Input", "hint", {"number": 2})
    colours = {}
    for number, (channel, to) in enumerate(zip(CHANNELS_OUT, _PACKED)):
        colours.update({f"from{number}": channel, f"to{number}": to})
    packed = NkNode("Copy", "pack_clean_plate", colours, (plate, clean))
    alpha = {"from0": "rgba.alpha", "to0": "rgba.alpha"}
    packed = NkNode("Copy", "pack_hint", alpha, (packed, hint))
    model = {"modelFile": "[value parent.model]"}
    answer = NkNode("Inference", "Inference1", model, (packed,))
    user = (
        tab("Inference"),
        UserKnob(FILE, "model", "", "Model", "The .cat file, of plugin/nuke/inference.py."),
    )
    return NkNode(
        "Group",
        NAME,
        {"tile_color": "0x3a6b5cff"},
        user=user,
        children=(NkNode("Output", "Output1", inputs=(answer,)),),
    )


def make_cat(torchscript: str, cat: str) -> Any:
    """Makes the .cat file in this NukeX; returns the CatFileCreator.

    Raises:
        InputError: there is no such TorchScript, or Nuke made no file of it.
        OptionError: the names are not those of such files.
    """
    import nuke

    for path, ending in ((torchscript, ".pt"), (cat, ".cat")):
        if not path.endswith(ending):
            raise OptionError(f"{path} is named; it has to end in {ending}.")
    if not os.path.isfile(torchscript):
        raise InputError(f"{torchscript} is not there; write it with platekey export.")
    if os.path.exists(cat):
        raise OptionError(f"{cat} is there; remove it or name another, for Nuke would ask.")
    creator = nuke.createNode("CatFileCreator")
    creator.addKnob(nuke.Double_Knob("noise", "noise"))
    for name in ("use_hint", "result"):
        creator.addKnob(nuke.Int_Knob(name, name))
    for name, value in (
        ("noise", NOISE),
        ("torchScriptFile", torchscript.replace("\\", "/")),
        ("catFile", cat.replace("\\", "/")),
        ("channelsIn", ",".join(CHANNELS_IN)),
        ("channelsOut", ",".join(CHANNELS_OUT)),
        ("modelId", "platekey"),
    ):
        creator[name].setValue(value)
    creator["createCatFile"].execute()
    if not os.path.isfile(cat):
        raise InputError(f"Nuke made no {cat}; is this a NukeX, and does it read {torchscript}?")
    return creator


def main(words: Tuple[str, ...]) -> int:
    """Makes a .cat file; returns the exit code."""
    if len(words) != 2:
        print("usage: nukex -t inference.py NAME.pt NAME.cat")
        return 2
    try:
        make_cat(os.path.abspath(words[0]), os.path.abspath(words[1]))
    except PlatekeyError as error:
        print(f"platekey: error: {error}")
        return error.exit_code
    print(f"{words[1]} is written; paste plugin/nuke/nodes/{NAME}.nk and name it there")
    return 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
