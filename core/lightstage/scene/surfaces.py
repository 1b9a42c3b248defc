"""Materials: plain, glowing and cloth, and the shader nodes that others are made with."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

Colour = tuple[float, float, float]


def matte(name: str, colour: Colour, roughness: float = 0.6, **inputs: Any) -> bpy.types.Material:
    """A Principled surface; `inputs` are further sockets, "Coat_Weight" for "Coat Weight"."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # before Blender 5.0
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    for socket, value in inputs.items():
        shader.inputs[socket.replace("_", " ")].default_value = value
    return material


def glow(name: str, colour: Colour, strength: float) -> bpy.types.Material:
    """A surface that only shines."""
    material, emission = of_shader(name, "ShaderNodeEmission")
    emission.inputs["Color"].default_value = (*colour, 1.0)
    emission.inputs["Strength"].default_value = strength
    return material


def of_shader(name: str, kind: str) -> tuple[bpy.types.Material, Any]:
    """A surface of another shader than Principled; and the shader's node."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # before Blender 5.0
        material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes.new(kind)
    tree.links.new(shader.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material, shader


def ramp(tree: Any, source: Any, stops: list[tuple[float, Colour]]) -> Any:
    """Adds a colour ramp behind `source` and returns its colour socket."""
    node = tree.nodes.new("ShaderNodeValToRGB")
    elements = node.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(0.5)
    for element, (position, colour) in zip(elements, stops, strict=True):
        element.position = position
        element.color = (*colour, 1.0)
    tree.links.new(source, node.inputs["Fac"])
    return node.outputs["Color"]


def height_ramp(tree: Any, top: float, stops: list[tuple[float, Colour]]) -> Any:
    """Colours along the object's z, `stops` from 0 to `top`: rings on a ball; a colour socket."""
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    height = tree.nodes.new("ShaderNodeMapRange")
    height.inputs["From Max"].default_value = top
    tree.links.new(place.outputs["Object"], split.inputs[0])
    tree.links.new(split.outputs["Z"], height.inputs["Value"])
    return ramp(tree, height.outputs["Result"], stops)


def random_colour(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Colour:
    """Any hue; saturation and value (linear) evenly within their limits."""
    hue, part, light = rng.random(), rng.uniform(*saturation), rng.uniform(*value)
    return colorsys.hsv_to_rgb(hue, part, light)


def picture_node(tree: Any, picture: Path) -> Any:
    """An image texture; the same file is loaded once."""
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(picture), check_existing=True)
    return node


def multiplied(tree: Any, source: Any, tint: Colour) -> Any:
    """The colour socket of `source` times `tint`."""
    mix = tree.nodes.new("ShaderNodeVectorMath")
    mix.operation = "MULTIPLY"
    mix.inputs[1].default_value = tint
    tree.links.new(source, mix.inputs[0])
    return mix.outputs[0]


def bumped(tree: Any, height: Any, distance: float) -> None:
    """Lets `height` roughen the Principled surface; `distance` in metres."""
    bump = tree.nodes.new("ShaderNodeBump")
    bump.inputs["Distance"].default_value = distance
    tree.links.new(height, bump.inputs["Height"])
    tree.links.new(bump.outputs[0], tree.nodes["Principled BSDF"].inputs["Normal"])


def fabric_material(rng: np.random.Generator, picture: Path | None = None) -> Any:
    """Cloth: plain, striped, chequered or mottled; woven, knitted or smooth."""
    base = random_colour(rng, (0.0, 0.85), (0.02, 0.75))
    other = random_colour(rng, (0.0, 0.85), (0.02, 0.75))
    material = matte("fabric", base, float(rng.uniform(0.35, 0.95)))
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Sheen Weight"].default_value = float(rng.uniform(0.0, 0.5))
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    kind = rng.choice(["plain", "stripes", "checks", "mottled"], p=[0.4, 0.2, 0.2, 0.2])
    if picture is not None:
        tint = random_colour(rng, (0.0, 0.5), (0.5, 1.0))
        source = picture_node(tree, picture).outputs["Color"]
        tree.links.new(multiplied(tree, source, tint), shader.inputs["Base Color"])
    elif kind != "plain":
        node, outlet, scale = {
            "stripes": ("ShaderNodeTexWave", "Fac", (4.0, 20.0)),
            "checks": ("ShaderNodeTexChecker", "Fac", (15.0, 80.0)),
            "mottled": ("ShaderNodeTexNoise", "Fac", (8.0, 60.0)),
        }[str(kind)]
        pattern = tree.nodes.new(node)
        pattern.inputs["Scale"].default_value = float(rng.uniform(*scale))
        if kind == "stripes":
            pattern.bands_direction = str(rng.choice(["X", "Z", "DIAGONAL"]))
        tree.links.new(place, pattern.inputs["Vector"])
        colour = ramp(tree, pattern.outputs[outlet], [(0.47, base), (0.53, other)])
        tree.links.new(colour, shader.inputs["Base Color"])
    weave = tree.nodes.new("ShaderNodeTexWave")
    weave.inputs["Scale"].default_value = float(rng.choice([120.0, 350.0]))
    weave.inputs["Distortion"].default_value = float(rng.uniform(0.0, 4.0))
    tree.links.new(place, weave.inputs["Vector"])
    bumped(tree, weave.outputs["Fac"], float(rng.uniform(0.0, 0.0012)))
    return material
