"""Skin, eyes, hair and cards: the materials of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from platekey.core.lightstage.scene.surfaces import (
    Colour,
    bumped,
    height_ramp,
    matte,
    multiplied,
    of_shader,
    picture_node,
    random_colour,
)

IRISES: tuple[Colour, ...] = (
    (0.060, 0.022, 0.008),
    (0.130, 0.055, 0.018),
    (0.025, 0.070, 0.170),
    (0.045, 0.100, 0.055),
    (0.100, 0.110, 0.120),
)


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
    if picture is not None:
        source = picture_node(tree, picture).outputs["Color"]
        tree.links.new(multiplied(tree, source, tint), shader.inputs["Base Color"])
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 900.0
    place = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(place.outputs["Object"], noise.inputs["Vector"])
    bumped(tree, noise.outputs["Fac"], 0.00015)
    return material


def eye_material(rng: np.random.Generator, radius: float) -> Any:
    """Pupil, iris and white as rings about the eye's z axis, under a wet coat."""
    material = matte("eye", (1.0, 1.0, 1.0), 0.3, Coat_Weight=1.0, Coat_Roughness=0.02)
    tree = material.node_tree
    tree.nodes["Principled BSDF"].inputs["Specular IOR Level"].default_value = 0.2
    iris = IRISES[rng.integers(0, len(IRISES))]
    dark: Colour = (iris[0] * 0.2, iris[1] * 0.2, iris[2] * 0.2)
    white: Colour = (0.70, 0.66, 0.62)
    pupil = float(rng.uniform(0.965, 0.985))
    stops = [(0.0, white), (0.855, white), (0.87, dark), (0.90, iris), (pupil - 0.01, iris)]
    colour = height_ramp(tree, radius, [*stops, (pupil, (0.003, 0.003, 0.003))])
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
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
    material, hair = of_shader("hair", "ShaderNodeBsdfHairPrincipled")
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
    return material, {"melanin": melanin, "redness": redness, "dyed": float(dyed)}
