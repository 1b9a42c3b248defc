"""Skin, eyes, fabric, hair and cards: the materials of the captured subjects."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .surfaces import Colour, matte, ramp

IRISES: tuple[Colour, ...] = (
    (0.060, 0.022, 0.008),
    (0.130, 0.055, 0.018),
    (0.025, 0.070, 0.170),
    (0.045, 0.100, 0.055),
    (0.100, 0.110, 0.120),
)


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


def skin_material(rng: np.random.Generator, picture: Path | None, tint: Colour) -> Any:
    """Skin under a thin sheen of grease.

    Args:
        rng: decides how greasy.
        picture: texture, or None for plain skin.
        tint: multiplies the texture; the skin's own colour without one.
    """
    material = matte("skin", tint, float(rng.uniform(0.38, 0.6)))
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Specular IOR Level"].default_value = 0.4
    shader.inputs["Subsurface Weight"].default_value = 0.12
    shader.inputs["Subsurface Radius"].default_value = (1.0, 0.35, 0.2)
    shader.inputs["Subsurface Scale"].default_value = 0.006
    if picture is not None:
        source = picture_node(tree, picture).outputs["Color"]
        tree.links.new(multiplied(tree, source, tint), shader.inputs["Base Color"])
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 900.0
    place = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(place.outputs["Object"], noise.inputs["Vector"])
    bumped(tree, noise.outputs["Fac"], 0.00015)
    return material


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


def eye_material(rng: np.random.Generator, radius: float) -> Any:
    """Pupil, iris and white as rings about the eye's z axis, under a wet coat."""
    material = matte("eye", (1.0, 1.0, 1.0), 0.3, Coat_Weight=1.0, Coat_Roughness=0.02)
    tree = material.node_tree
    tree.nodes["Principled BSDF"].inputs["Specular IOR Level"].default_value = 0.2
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place.outputs["Object"], split.inputs[0])
    height = tree.nodes.new("ShaderNodeMapRange")
    height.inputs["From Max"].default_value = radius
    tree.links.new(split.outputs["Z"], height.inputs["Value"])
    iris = IRISES[rng.integers(0, len(IRISES))]
    dark: Colour = (iris[0] * 0.2, iris[1] * 0.2, iris[2] * 0.2)
    white: Colour = (0.70, 0.66, 0.62)
    pupil = float(rng.uniform(0.965, 0.985))
    stops = [(0.0, white), (0.855, white), (0.87, dark), (0.90, iris), (pupil - 0.01, iris)]
    colour = ramp(tree, height.outputs["Result"], [*stops, (pupil, (0.003, 0.003, 0.003))])
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


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


def card_material(picture: Path, tint: Colour) -> Any:
    """A picture with holes where its alpha is 0: brows and lashes."""
    material = matte("card", tint, 0.7)
    tree = material.node_tree
    node = picture_node(tree, picture)
    shader = tree.nodes["Principled BSDF"]
    tree.links.new(node.outputs["Alpha"], shader.inputs["Alpha"])
    tree.links.new(multiplied(tree, node.outputs["Color"], tint), shader.inputs["Base Color"])
    return material


def hair_material(rng: np.random.Generator) -> tuple[Any, dict[str, float]]:
    """Human hair, black to white, now and then dyed; and what chance decided."""
    material = bpy.data.materials.new("hair")
    material.use_nodes = True
    tree = material.node_tree
    hair = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    hair.model = "CHIANG"
    melanin = float(rng.choice([0.95, 0.8, 0.6, 0.4, 0.22, 0.06]) * rng.uniform(0.85, 1.05))
    redness = float(rng.beta(1.2, 3.0))
    dyed = bool(rng.random() < 0.1)
    if dyed:
        hair.parametrization = "COLOR"
        colour = random_colour(rng, (0.3, 0.95), (0.1, 0.8))
        hair.inputs["Color"].default_value = (*colour, 1.0)
    else:
        hair.parametrization = "MELANIN"
        hair.inputs["Melanin"].default_value = melanin
        hair.inputs["Melanin Redness"].default_value = redness
        hair.inputs["Random Color"].default_value = float(rng.uniform(0.05, 0.4))
    hair.inputs["Roughness"].default_value = float(rng.uniform(0.2, 0.4))
    hair.inputs["Radial Roughness"].default_value = float(rng.uniform(0.25, 0.5))
    hair.inputs["Random Roughness"].default_value = 0.15
    tree.links.new(hair.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material, {"melanin": melanin, "redness": redness, "dyed": float(dyed)}
