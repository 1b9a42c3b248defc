"""What a tune node asks for, read from its knobs and inputs, on the main thread. Python 3.7."""

import shlex
from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from platekey.core.errors import OptionError
from platekey.nodes.declaration import Kind
from platekey.nodes.tune import TUNE
from platekey.plugin.preferences import load
from platekey.plugin.tune_folder import ENDING
from platekey.plugin.tune_settings import ENDS, KEYED, ranges_of

from .order import cache_folder, inputs_of, joined, options_of, rendered_path, signature_of
from .tune import HERE, PARAMETERS


@dataclass(frozen=True)
class TuneOrder:
    """One tune.

    Attributes:
        arguments: of the worker's task.
        folder: of rendered inputs.
        rendered: each input that Nuke has to render first, with its frame ranges.
        farm: the engine, or "" for this machine.
        farm_options: words for `platekey submit`.
    """

    arguments: Dict[str, Any]
    folder: str
    rendered: Tuple[Tuple[str, Tuple[Tuple[int, int], ...]], ...]
    farm: str
    farm_options: Tuple[str, ...]

    @property
    def output(self) -> str:
        """The weights that are written."""
        return str(self.arguments["output"])


def tune_order_of(node: Any) -> TuneOrder:
    """Reads what the node is set to.

    Raises:
        OptionError: a knob is out of range, animated, or says nothing that can be understood.
        InputError: an input that is needed is not connected.
    """
    preferences = load()
    options = options_of(node, TUNE, PARAMETERS)
    paths, rendered = inputs_of(node, TUNE)
    first, last = int(node["first_frame"].value()), int(node["last_frame"].value())
    if last <= first:
        raise OptionError(f"the frames are {first} to {last}; a tune needs two or more, in order.")
    frames = f"{first}-{last}"
    lasting = {name: value for name, value in options.items() if name not in ENDS}
    folder = joined(
        cache_folder(node, preferences), signature_of(dict(lasting, frames=frames), paths)
    )
    ranges = []
    for name in rendered:
        paths[name] = rendered_path(folder, name)
        text = str(node["key_frames"].value()) if name in KEYED else frames
        ranges.append((name, frame_ranges(text, TUNE.inputs, name)))
    output = str(node["output"].value()) or joined(folder, "tuned" + ENDING)
    if not output.endswith(ENDING):
        raise OptionError(f"the weights to write are {output}; name them NAME{ENDING}.")
    where = str(node["run_on"].value())
    if options["device"] == "auto" and where == HERE:  # a farm's machines are others
        options["device"] = preferences.device
    return TuneOrder(
        dict(paths, output=output, frames=frames, options=options),
        folder,
        tuple(ranges),
        "" if where == HERE else where,
        tuple(_split(str(node["farm_options"].value()))),
    )


def frame_ranges(text: str, inputs: Any, name: str) -> Tuple[Tuple[int, int], ...]:
    """Frames as an artist writes them: 1001,1042-1044.

    Raises:
        OptionError: they are none.
    """
    label = next(item.label for item in inputs if item.name == name)
    ranges = ranges_of(text)
    if not ranges:
        raise OptionError(
            f"{label} has to be rendered, and the key frames are {text!r}; name the frames that "
            "are finished, such as 1001,1042-1044."
        )
    return ranges


def submit_words(order: TuneOrder, name: str, folder: str) -> List[str]:
    """The arguments of `platekey` that send the tune to a farm.

    Args:
        order: of a farm.
        name: of the job, for people.
        folder: of the job's files, new.
    """
    arguments = order.arguments
    words = ["submit", "tune", arguments["plate"], arguments["clean_plate"]]
    words += [f"--output={order.output}", f"--frames={arguments['frames']}", f"--to={order.farm}"]
    words += [f"--name={name}", f"--folder={folder}"]
    words += [f"--{key.replace('_', '-')}={arguments[key]}" for key in KEYED if arguments.get(key)]
    for parameter in TUNE.parameters:
        value = arguments["options"][parameter.name]
        if value == parameter.default:
            continue
        if parameter.kind is Kind.BOOL:
            words.append(parameter.option if value else "--no-" + parameter.option[2:])
        else:
            words.append(f"{parameter.option}={value}")
    return [*words, *order.farm_options]


def _split(text: str) -> List[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise OptionError(f"the farm options {text!r} are not understood: {error}.") from error
