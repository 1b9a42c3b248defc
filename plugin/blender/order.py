"""What a Matte node asks the worker for, read from its settings and inputs. stdlib and bpy."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any

import bpy

from platekey.core.errors import InputError
from platekey.nodes.declaration import Node, Role
from platekey.nodes.matte import MATTE

from . import preferences, properties, sources, trees
from .sources import LINEAR, File

PARAMETERS = tuple(item.name for item in MATTE.parameters if item.name != "passes")


@dataclass(frozen=True)
class Order:
    """One solve.

    Attributes:
        arguments: of the worker's task, but for the frames.
        signature: of everything that changes the result; names its folder.
        folder: of results and rendered inputs, absolute.
        rendered: input to the output that Blender has to render first, and the files' pattern.
        shift: what is added to the scene's frame to get a file's number.
        space: Blender's name of the colour space of plate and result.
        is_single: the plate is one picture, and so is the result.
    """

    arguments: dict[str, Any]
    signature: str
    folder: str
    rendered: dict[str, tuple[Any, str]]
    shift: int
    space: str
    is_single: bool

    @property
    def result(self) -> str:
        """The pattern of the result's files, with the name of the pass left out."""
        return str(self.arguments["output"])


def order_of(node: Any, first: int, last: int) -> Order:
    """Reads what the node is set to.

    Args:
        node: a Matte node.
        first: frame of the scene.
        last: frame of the scene.

    Raises:
        OptionError: a setting is out of range.
        InputError: an input that every solve needs is not connected.
    """
    options = properties.values(node, MATTE, PARAMETERS)
    if options["device"] == "auto":
        options["device"] = preferences.device()
    outputs = connected(node, MATTE)
    files = files_of(MATTE, outputs, first, last)
    plate = files.get("plate")
    space = plate.space if plate else sources.working_space()
    options["colorspace"] = options["colorspace"] or LINEAR.get(space, "")
    signature = signature_of(options, outputs, files, space)
    folder = os.path.join(cache_folder(), signature).replace("\\", "/")
    is_single = plate is not None and plate.is_single
    number = "" if is_single else ".%04d"
    rendered = {
        name: (output, f"{folder}/{name}{number}.exr")
        for name, output in outputs.items()
        if name not in files
    }
    paths = {name: file.path for name, file in files.items()}
    paths.update({name: pattern for name, (_, pattern) in rendered.items()})
    arguments = {
        **paths,
        "output": f"{folder}/matte{number}.exr",
        "options": {**options, "passes": "files"},
    }
    shift = plate.shift if plate else 0
    return Order(arguments, signature, folder, rendered, shift, space, is_single)


def cache_folder() -> str:
    """Where results go: the preferences' folder, the site's, beside the file, or temporary."""
    chosen = preferences.cache_folder() or os.environ.get("PLATEKEY_CACHE", "")
    if not chosen and bpy.data.filepath:
        chosen = "//platekey_cache"
    return bpy.path.abspath(chosen) or os.path.join(tempfile.gettempdir(), "platekey_cache")


def connected(node: Any, declaration: Node) -> dict[str, Any]:
    """The output that each input takes, by the input's name; without those that have none.

    Raises:
        InputError: an input that is required is not connected.
    """
    outputs = {}
    for item in declaration.inputs:
        output = trees.origin(node.inputs[item.label])
        if output is None and item.required:
            raise InputError(f"{item.label} is not connected; connect it to the node.")
        if output is not None:
            outputs[item.name] = output
    return outputs


def files_of(declaration: Node, outputs: dict[str, Any], first: int, last: int) -> dict[str, File]:
    """The pictures that the worker can read itself, with the plate's numbers and space.

    Mattes are rendered always: which channel of a file is meant, only Blender's link tells.

    Args:
        declaration: of the node.
        outputs: of `connected`.
        first: frame of the scene.
        last: frame of the scene.
    """
    found = {}
    for item in declaration.inputs:
        if item.role is Role.PICTURE and item.name in outputs:
            file = sources.plain_file(outputs[item.name], first, last)
            if file is not None:
                found[item.name] = file
    plate = found.get("plate")
    shift = plate.shift if plate else 0
    space = plate.space if plate else sources.working_space()
    for name, file in list(found.items()):
        if file.space != space or not (file.is_single or file.shift == shift):
            del found[name]
    return found


def signature_of(
    settings: dict[str, Any], outputs: dict[str, Any], files: dict[str, File], space: str
) -> str:
    """What changes when a setting or an input does; names a folder."""
    named = {name: files[name].path if name in files else _name(outputs[name]) for name in outputs}
    text = json.dumps([settings, named, space], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _name(output: Any) -> str:
    return f"rendered from {output.node.id_data.name}: {output.node.name}: {output.identifier}"
