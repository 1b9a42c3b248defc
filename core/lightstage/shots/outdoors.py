"""Outdoors: a panorama as light and backdrop, its ground as a plane that takes shadows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from platekey.core.errors import MissingFrame
from platekey.core.lightstage.scene.objects import add_mesh
from platekey.core.lightstage.scene.surfaces import multiplied, of_shader

from .recipes import Shot

REACH = 40.0  # metres of ground; beyond it the panorama shows as it is


@dataclass(frozen=True)
class Panorama:
    """A place.

    Attributes:
        file: the equirectangular HDR.
        view: what the camera sees, as a share of the picture's width.
        strength: exposure, a factor.
    """

    file: str
    view: float
    strength: float


PLACES = {
    "park": Panorama("rooitou_park_1k.hdr", 0.28, 0.8),
    "plaza": Panorama("potsdamer_platz_1k.hdr", 0.58, 1.3),
    "forest": Panorama("forest_slope_1k.hdr", 0.52, 1.6),
    "sunset": Panorama("venice_sunset_1k.hdr", 0.66, 1.0),
}


def build_outdoors(shot: Shot, panoramas: Path, eye: Vector) -> None:
    """The world and the ground.

    Args:
        shot: of a set of OUTDOORS.
        panoramas: the folder of HDRs.
        eye: the camera's place: from there the ground looks as in the panorama.

    Raises:
        MissingFrame: the panorama is not there.
    """
    place = PLACES[shot.set]
    path = panoramas / place.file
    if not path.exists():
        raise MissingFrame(f"{path} is not there; name the folder that has it.")
    # The picture's middle lies at +x, and the camera looks along +y.
    rotation = math.radians(90.0) - (0.5 - place.view) * 2.0 * math.pi
    world = bpy.data.worlds.new("world")
    if world.node_tree is None:  # before Blender 5.0
        world.use_nodes = True
    tree = world.node_tree
    directions = tree.nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    sky = panorama_colour(tree, path, rotation, directions)
    background = tree.nodes["Background"]
    background.inputs["Strength"].default_value = place.strength
    tree.links.new(sky, background.inputs["Color"])
    bpy.context.scene.world = world
    add_ground(path, rotation, eye)


def panorama_colour(tree: Any, path: Path, rotation: float, directions: Any) -> Any:
    """The colour socket of the turned panorama, seen in `directions`."""
    turn = tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (0.0, 0.0, -rotation)
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(path), check_existing=True)
    tree.links.new(turn.outputs["Vector"], picture.inputs["Vector"])
    tree.links.new(directions, turn.inputs["Vector"])
    return picture.outputs["Color"]


def add_ground(path: Path, rotation: float, eye: Vector) -> None:
    """A disk that shows the panorama's lower half and takes shadows.

    Its albedo is the panorama's radiance over what falls on a level surface, so that it looks as
    in the panorama where no shadow falls.
    """
    material, shader = of_shader("ground", "ShaderNodeBsdfDiffuse")
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeNewGeometry").outputs["Position"]
    seen = tree.nodes.new("ShaderNodeVectorMath")
    seen.operation = "SUBTRACT"
    seen.inputs[1].default_value = eye
    tree.links.new(place, seen.inputs[0])
    picture = panorama_colour(tree, path, rotation, seen.outputs[0])
    light = level_light(path)
    shade = (1.0 / float(light[0]), 1.0 / float(light[1]), 1.0 / float(light[2]))
    tree.links.new(multiplied(tree, picture, shade), shader.inputs["Color"])
    around = 64
    points = [
        (
            REACH * math.cos(2.0 * math.pi * k / around),
            REACH * math.sin(2.0 * math.pi * k / around),
            0.0,
        )
        for k in range(around)
    ]
    add_mesh("ground", points, [tuple(range(around))], material)


def level_light(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Irradiance of a level surface under the panorama, over pi: (3,) linear R, G, B."""
    image = bpy.data.images.load(str(path), check_existing=True)
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    upper = flat.reshape(height, width, 4)[height // 2 :, :, :3].astype(np.float64)  # y is up
    elevation = (np.arange(len(upper)) + 0.5) / height * np.pi
    weight = np.sin(elevation) * np.cos(elevation) * (np.pi / height) * (2.0 * np.pi / width)
    return np.asarray((upper * weight[:, None, None]).sum(axis=(0, 1)) / np.pi)
