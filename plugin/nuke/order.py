"""What a matte node asks the worker for, read from its knobs and inputs, on the main thread.

Python 3.7, standard library and nuke.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any, Dict, Tuple

import nuke

from platekey.core.errors import InputError, OptionError
from platekey.nodes.matte import MATTE

from .matte import PARAMETERS

_LINEAR = ("linear", "scene_linear", "default (linear)", "default (scene_linear)")


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
    options = _options(node)
    paths, rendered = {}, []
    for number, item in enumerate(MATTE.inputs):
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
    text = json.dumps([options, paths], sort_keys=True)
    signature = hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
    folder = _joined(_cache_folder(node), signature)
    for name in rendered:
        paths[name] = _joined(folder, name + ".%04d.exr")
    arguments = dict(paths, output=_joined(folder, "matte.%04d.exr"), options=options)
    return Order(arguments, signature, folder, tuple(rendered))


def plain_file(source: Any) -> str:
    """The file that an input is read from, or "" if Nuke does anything to it that we would miss."""
    if source.Class() != "Read" or source["disable"].value():
        return ""
    path = source["file"].value()
    changed = "[" in path or source["premultiplied"].value()
    if changed or source["frame_mode"].value() != "expression" or source["frame"].value():
        return ""
    linear = source["raw"].value() or source["colorspace"].value() in _LINEAR
    return path if path.lower().endswith(".exr") and linear else ""


def _options(node: Any) -> Dict[str, Any]:
    options = {}
    for name in PARAMETERS:
        parameter = MATTE.parameter(name)
        if node[name].isAnimated():
            raise OptionError(
                f"{parameter.label} is animated; a solve takes one value, so remove the keys."
            )
        options[name] = parameter.check(node[name].value())
    if not options["colorspace"] and nuke.root()["colorManagement"].value() == "OCIO":
        options["colorspace"] = nuke.root()["workingSpaceLUT"].value()
    return dict(options, passes="exr")


def _cache_folder(node: Any) -> str:
    """Where results go: the knob, the site's folder, beside the script, or a temporary place."""
    chosen = node["cache_folder"].evaluate() or os.environ.get("PLATEKEY_CACHE", "")
    script = nuke.root().name()
    if not chosen and os.path.isabs(script):
        chosen = os.path.join(os.path.dirname(script), "platekey_cache")
    return chosen or os.path.join(tempfile.gettempdir(), "platekey_cache")


def _joined(folder: str, name: str) -> str:
    return folder.replace("\\", "/").rstrip("/") + "/" + name  # as Nuke writes paths everywhere
