"""What a plate is read from: the very file that Blender shows, or else what Blender renders.

Standard library and bpy.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import bpy

from platekey.core.errors import InputError

from . import versions

LINEAR = {  # Blender's name of a space to the one that files and worker know
    "Linear Rec.709": "lin_rec709_scene",
    "Linear": "lin_rec709_scene",  # of 3.4
    "Linear Rec.2020": "lin_rec2020_scene",
    "ACEScg": "lin_ap1_scene",
    "ACES2065-1": "lin_ap0_scene",
}


@dataclass(frozen=True)
class File:
    """A file or sequence that the worker can read as Blender does.

    Attributes:
        path: absolute; a sequence's has %04d or the like for the number.
        shift: what is added to the scene's frame to get the file's number.
        space: Blender's name of the colour space.
        is_single: one picture for all frames.
    """

    path: str
    shift: int
    space: str
    is_single: bool


def plain_file(output: Any, first: int, last: int) -> File | None:
    """The file behind an output, or None if Blender does anything to it that we would miss.

    Args:
        output: of a node.
        first: frame of the scene.
        last: frame of the scene.
    """
    node = output.node
    if node.bl_idname != "CompositorNodeImage" or output.name not in ("Image", "Combined"):
        return None
    image = node.image
    if image is None or image.packed_file or image.colorspace_settings.name not in LINEAR:
        return None
    path = bpy.path.abspath(image.filepath, library=image.library).replace("\\", "/")
    if not path.lower().endswith(".exr") or image.source not in ("FILE", "SEQUENCE"):
        return None
    path, space = os.path.abspath(path).replace("\\", "/"), image.colorspace_settings.name
    if image.source == "FILE":
        return File(path, 0, space, is_single=True)
    if first < node.frame_start or last >= node.frame_start + node.frame_duration:
        return None  # Blender holds the first and the last frame, or runs in a circle
    pattern = as_pattern(path)
    shift = node.frame_offset + 1 - node.frame_start
    return File(pattern, shift, space, is_single=False) if pattern else None


def as_pattern(path: str) -> str:
    """A file's name with %04d for its number, "" if it has none."""
    folder, name = os.path.split(path)
    found = list(re.finditer(r"[0-9]+", os.path.splitext(name)[0]))
    if not found:
        return ""
    start, end = found[-1].span()
    return f"{folder}/{name[:start]}%0{end - start}d{name[end:]}"


def working_space() -> str:
    """Blender's name of the space that it renders in."""
    space = getattr(bpy.data, "colorspace", None)
    if space is not None:
        return str(space.working_space)
    return "Linear Rec.709" if versions.is_at_least(4) else "Linear"


def render(scene: Any, tree: Any, output: Any, paths: dict[int, str], *, is_matte: bool) -> None:
    """Renders an output to EXR, 32 bit scene-linear; takes as long as that takes.

    Image.save would encode the values as sRGB, so this goes the way of every render.

    Args:
        scene: whose nodes they are; None if they are those of a group.
        tree: its compositing nodes.
        output: of a node in it.
        paths: scene's frame to file.
        is_matte: without an alpha, which would be taken for the matte.

    Raises:
        InputError: the nodes are within a group.
        RuntimeError: Blender could not render.
    """
    if scene is None:
        raise InputError(
            "an input has to be rendered, which works in a scene's own nodes alone; move the node "
            "out of the group, or connect EXR image nodes to it."
        )
    target = versions.result_socket(tree)
    before = target.links[0].from_socket if target.is_linked else None
    writers = [n for n in tree.nodes if n.bl_idname == "CompositorNodeOutputFile" and not n.mute]
    frame, kept = scene.frame_current, _settings(scene)
    try:
        for node in writers:
            node.mute = True
        tree.links.new(output, target)
        scene.render.use_compositing, scene.render.use_sequencer = True, False
        scene.render.use_file_extension = True
        scene.render.use_border = False
        scene.render.use_stamp = scene.render.use_multiview = False
        versions.set_exr(scene.render.image_settings, "RGB" if is_matte else "RGBA")
        if scene.render.image_settings.color_management == "OVERRIDE":
            scene.render.image_settings.linear_colorspace_settings.name = working_space()
        for number, path in paths.items():
            scene.frame_set(number)
            scene.render.filepath = path
            bpy.ops.render.render(write_still=True, scene=scene.name)
    finally:
        for node in writers:
            node.mute = False
        tree.links.remove(target.links[0])
        if before is not None:
            tree.links.new(before, target)
        _restore(kept)
        scene.frame_set(frame)


_RENDER = (
    *("use_compositing", "use_sequencer", "use_file_extension", "use_border", "filepath"),
    *("use_stamp", "use_multiview"),  # text in the picture; a file for each eye
)
_IMAGE = ("media_type", "file_format", "color_mode", "color_depth", "exr_codec")


def _settings(scene: Any) -> list[tuple[Any, str, Any]]:
    render, image = scene.render, scene.render.image_settings
    kept = [(render, name, getattr(render, name)) for name in _RENDER]
    kept += [(image, name, getattr(image, name)) for name in _IMAGE if hasattr(image, name)]
    if image.color_management == "OVERRIDE":  # from 4.5 on lost with the format
        space = image.linear_colorspace_settings
        kept.append((space, "name", space.name))
    return kept


def _restore(kept: list[tuple[Any, str, Any]]) -> None:
    for holder, name, value in kept:
        if value != getattr(holder, name):
            try:
                setattr(holder, name, value)
            except TypeError:  # a format without this depth; Blender chose its own before, too
                continue
