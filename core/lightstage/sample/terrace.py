"""The set of the new background: a stone ledge above a city at dusk, seen by the same camera."""

from __future__ import annotations

import random

import bpy

from platekey.core.lightstage.scene.objects import add_ball, add_box, add_mesh
from platekey.core.lightstage.scene.surfaces import glow, height_ramp, matte, ramp
from platekey.core.lightstage.shots.fittings import add_light, set_world, unsampled

SKY_Y = 60.0


def build_terrace(seed: int) -> None:
    """Ledge, sky, hills and lights far out of focus."""
    chance = random.Random(seed)
    set_world((0.35, 0.45, 0.8), 0.22)
    add_light("sun", (5.0, 9.0, 4.5), (0.0, -1.0, 0.0), 2.0, 700.0, (1.0, 0.55, 0.26))
    add_box("ledge", (-8.0, -5.0, -0.3), (8.0, 1.9, 0.0), stone())
    add_sky()
    for depth, height, shade in ((52.0, 5.0, 0.10), (44.0, 3.2, 0.045), (36.0, 1.6, 0.018)):
        add_hill(chance, depth, height, shade)
    colours = (
        (1.0, 0.55, 0.2),
        (1.0, 0.72, 0.42),
        (1.0, 0.36, 0.16),
        (0.55, 0.78, 1.0),
        (1.0, 0.86, 0.66),
        (0.9, 0.25, 0.35),
    )
    lamps = [
        unsampled(glow("lamp", colour, strength)) for colour in colours for strength in (6.0, 24.0)
    ]
    for _ in range(260):
        depth = chance.uniform(16.0, 35.0)
        x = chance.uniform(-0.40, 0.40) * (depth + 7.3)
        z = -0.14 * depth + chance.random() ** 1.3 * (0.17 * depth)
        add_ball("lamp", (x, depth, z), chance.uniform(0.025, 0.06), chance.choice(lamps), 12)


def stone() -> bpy.types.Material:
    """Speckled, a little wet."""
    material = matte("stone", (0.2, 0.2, 0.2), 0.6)
    tree = material.node_tree
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 9.0
    noise.inputs["Detail"].default_value = 10.0
    colour = ramp(
        tree, noise.outputs["Fac"], [(0.3, (0.07, 0.066, 0.07)), (0.7, (0.24, 0.22, 0.21))]
    )
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def add_sky() -> None:
    """A wall that glows from orange at the horizon to blue above, with the sun's disc."""
    sky = unsampled(glow("sky", (1.0, 1.0, 1.0), 1.0))
    tree = sky.node_tree
    colour = height_ramp(
        tree,
        16.0,
        [
            (0.0, (1.0, 0.36, 0.10)),
            (0.25, (0.95, 0.36, 0.20)),
            (0.5, (0.42, 0.22, 0.34)),
            (0.8, (0.10, 0.12, 0.32)),
            (1.0, (0.05, 0.08, 0.25)),
        ],
    )
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    tree.links.new(colour, emission.inputs["Color"])
    add_mesh(
        "sky",
        [(-60.0, SKY_Y, -20.0), (60.0, SKY_Y, -20.0), (60.0, SKY_Y, 40.0), (-60.0, SKY_Y, 40.0)],
        [(0, 1, 2, 3)],
        sky,
    )
    add_ball(
        "sun disc",
        (13.0, SKY_Y - 1.0, 6.4),
        0.8,
        unsampled(glow("sun", (1.0, 0.62, 0.28), 16.0)),
        32,
    )


def add_hill(chance: random.Random, depth: float, height: float, shade: float) -> None:
    """A ragged strip of roofs or ridges, lighter with distance."""
    tone = unsampled(glow("hill", (shade * 1.5, shade * 0.9, shade * 1.25), 1.0))
    points: list[tuple[float, float, float]] = []
    x, level = -40.0, height
    while x < 40.0:
        step = chance.uniform(0.8, 2.6)
        level = 0.6 * level + 0.4 * height * chance.uniform(0.55, 1.45)
        points += [
            (x, depth, -25.0),
            (x, depth, level),
            (x + step, depth, -25.0),
            (x + step, depth, level),
        ]
        x += step
    faces: list[tuple[int, ...]] = [(i, i + 2, i + 3, i + 1) for i in range(0, len(points), 4)]
    add_mesh("hill", points, faces, tone)
