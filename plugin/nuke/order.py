"""What a matte node asks the worker for, read from its knobs and inputs, on the main thread.

Python 3.7, standard library and nuke.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Tuple

import nuke

from platekey.core.errors import InputError, OptionError
from platekey.nodes.declaration import Node
from platekey.nodes.matte import MATTE
from platekey.plugin.preferences import Preferences, load

from .matte import PARAMETERS

_LINEAR = ("linear", "scene_linear", "default (linear)", "default (scene_linear)")
_WHERE = ("device", "tile")  # settings of the machine, on which no pixel depends


@dataclass(frozen=True)
class Order:
    """One solve.

    Attributes:
        arguments: of the worker's task, but for the frames.
        signature: of everything that changes the result; names its folder.
        folder: of results and rendered inputs.
        rendered: the inputs that Nuke has to render first.
    """

    arguments: Dict[str, Any]
    signature: str
    folder: str
    rendered: Tuple[str, ...]

    @property
    def result(self) -> str:
        """The pattern of the result's files."""
        return str(self.arguments["output"])


def order_of(node: Any) -> Order:
    """Reads what the node is set to.

    Raises:
        OptionError: a knob is out of range or animated.
        InputError: an input that every solve needs is not connected.
    """
    preferences = load()
    options = dict(options_of(node, MATTE, PARAMETERS), passes="exr")
    paths, rendered = inputs_of(node, MATTE)
    signature = signature_of({n: v for n, v in options.items() if n not in _WHERE}, paths)
    folder = joined(cache_folder(node, preferences), signature)
    for name in rendered:
        paths[name] = rendered_path(folder, name)
    if options["device"] == "auto":
        options["device"] = preferences.device
    options["tile"] = options["tile"] or preferences.tile
    arguments = dict(paths, output=joined(folder, "matte.%04d.exr"), options=options)
    return Order(arguments, signature, folder, rendered)


def inputs_of(node: Any, declared: Node) -> Tuple[Dict[str, str], Tuple[str, ...]]:
    """The connected inputs' files, and which of them Nuke has to render first.

    Those have no file yet; what stands in its place names the node, for the signature.

    Raises:
        InputError: an input that is needed is not connected.
    """
    paths, rendered = {}, []
    for number, item in enumerate(declared.inputs):
        source = node.input(number)
        if source is None:
            if item.required:
                raise InputError(
                    f"{item.label} is not connected; connect it to the {item.name} input."
                )
            continue
        paths[item.name] = plain_file(source)
        if not paths[item.name]:
            rendered.append(item.name)
            paths[item.name] = "rendered from " + source.fullName()
    return paths, tuple(rendered)


def plain_file(source: Any) -> str:
    """The file that an input is read from, or "" if Nuke does anything to it that we would miss."""
    if source.Class() != "Read" or source["disable"].value():
        return ""
    path = source["file"].value()
    changed = "[" in path or source["premultiplied"].value()
    if changed or source["frame_mode"].value() != "expression" or source["frame"].value():
        return ""
    linear = source["raw"].value() or source["colorspace"].value() in _LINEAR
    return str(path) if path.lower().endswith(".exr") and linear else ""


def options_of(node: Any, declared: Node, names: Iterable[str]) -> Dict[str, Any]:
    """The settings of a node, with the script's working space where none is named.

    Raises:
        OptionError: a knob is out of range or animated.
    """
    options = {}
    for name in names:
        parameter = declared.parameter(name)
        if node[name].isAnimated():
            raise OptionError(
                f"{parameter.label} is animated; a job takes one value, so remove the keys."
            )
        options[name] = parameter.check(node[name].value())
    if not options["colorspace"] and nuke.root()["colorManagement"].value() == "OCIO":
        options["colorspace"] = nuke.root()["workingSpaceLUT"].value()
    return options


def signature_of(options: Dict[str, Any], paths: Dict[str, str]) -> str:
    """A name for settings and inputs, the same as long as they are."""
    text = json.dumps([options, paths], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def cache_folder(node: Any, preferences: Preferences) -> str:
    """Where results go.

    The knob, the artist's folder, the site's, one beside the script, or a temporary one.
    """
    chosen = node["cache_folder"].evaluate() or preferences.cache_folder
    chosen = chosen or os.environ.get("PLATEKEY_CACHE", "")
    script = nuke.root().name()
    if not chosen and os.path.isabs(script):
        chosen = os.path.join(os.path.dirname(script), "platekey_cache")
    return chosen or os.path.join(tempfile.gettempdir(), "platekey_cache")


def rendered_path(folder: str, name: str) -> str:
    """The pattern of an input's files that Nuke renders."""
    return joined(folder, name + ".%04d.exr")


def joined(folder: str, name: str) -> str:
    """A path with the slashes that Nuke writes everywhere."""
    return folder.replace("\\", "/").rstrip("/") + "/" + name
