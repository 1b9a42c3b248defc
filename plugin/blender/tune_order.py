"""What a Tune node asks the worker for, read from its settings and inputs. stdlib and bpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from platekey.core.errors import InputError, OptionError
from platekey.nodes.tune import TUNE
from platekey.plugin.tune_folder import ENDING
from platekey.plugin.tune_settings import ENDS, KEYED, ranges_of

from . import preferences, properties, sources
from .order import cache_folder, connected, files_of, signature_of
from .sources import LINEAR

PARAMETERS = tuple(item.name for item in TUNE.parameters)


@dataclass(frozen=True)
class TuneOrder:
    """One tune.

    Attributes:
        arguments: of the worker's task.
        rendered: input to the output that Blender has to render first, and the file of each of the
            scene's frames.
    """

    arguments: dict[str, Any]
    rendered: dict[str, tuple[Any, dict[int, str]]]

    @property
    def output(self) -> str:
        """The weights that are written."""
        return str(self.arguments["output"])


def tune_order_of(node: Any, first: int, last: int) -> TuneOrder:
    """Reads what the node is set to.

    Args:
        node: a Tune node.
        first: frame of the scene.
        last: frame of the scene.

    Raises:
        OptionError: a setting is out of range, or says nothing that can be understood.
        InputError: an input that is needed is not connected, or the plate is one picture.
    """
    options = properties.values(node, TUNE, PARAMETERS)
    outputs = connected(node, TUNE)
    files = files_of(TUNE, outputs, first, last)
    plate = files.get("plate")
    if last <= first or (plate is not None and plate.is_single):
        raise InputError(
            f"the plate is one picture, or the scene's range {first} to {last} one frame; a tune "
            "needs two or more."
        )
    space = plate.space if plate else sources.working_space()
    options["colorspace"] = options["colorspace"] or LINEAR.get(space, "")
    shift = plate.shift if plate else 0
    frames = f"{first + shift}-{last + shift}"
    lasting = {name: value for name, value in options.items() if name not in ENDS}
    signature = signature_of({**lasting, "frames": frames}, outputs, files, space)
    folder = f"{cache_folder()}/{signature}".replace("\\", "/")
    paths, rendered = {name: file.path for name, file in files.items()}, {}
    for name in outputs:
        if name not in files:
            paths[name] = f"{folder}/{name}.%04d.exr"
            wanted = key_frames(node.key_frames) if name in KEYED else range(first, last + 1)
            rendered[name] = (outputs[name], {n: paths[name] % (n + shift) for n in wanted})
    output = bpy.path.abspath(node.output).replace("\\", "/") or f"{folder}/tuned{ENDING}"
    if not output.endswith(ENDING):
        raise OptionError(f"the weights to write are {output}; name them NAME{ENDING}.")
    if options["device"] == "auto":
        options["device"] = preferences.device()
    arguments = {**paths, "output": output, "frames": frames, "options": options}
    return TuneOrder(arguments, rendered)


def key_frames(text: str) -> list[int]:
    """Frames as an artist writes them: 1001,1042-1044.

    Raises:
        OptionError: they are none.
    """
    ranges = ranges_of(text)
    if not ranges:
        raise OptionError(
            f"the key frames are {text!r}; name the scene's frames that the keys are finished on, "
            "such as 1001,1042-1044."
        )
    return [frame for first, last in ranges for frame in range(first, last + 1)]
