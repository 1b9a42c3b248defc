"""What stands behind and around the creature: a crowded shelf, or a terrace at dusk.

The camera looks along +y; the table's top is z = 0. Everything here is drawn by seeded chance.
"""

from __future__ import annotations

import math
import random

import bpy
from mathutils import Vector

from platekey.core.lightstage.scene.objects import add_ball, add_box, link
from platekey.core.lightstage.scene.surfaces import glow, matte, ramp
from platekey.core.lightstage.shots.fittings import add_light, set_world, unsampled, wood
from platekey.core.lightstage.shots.shelf import SHELF_Y, SIDES, fill_board

BOARDS = (-1.55, 0.12, 1.79, 3.46)


def add_camera(aperture: float) -> None:
    """The one camera of all passes: locked, focused on the creature's outline."""
    data = bpy.data.cameras.new("camera")
    data.lens = 55.0
    data.dof.use_dof = True
    data.dof.focus_distance = 8.0
    data.dof.aperture_fstop = aperture
    camera = link(bpy.data.objects.new("camera", data))
    camera.location = (0.0, -8.4, 1.75)
    aim = Vector((0.0, 0.0, 1.21)) - camera.location
    camera.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = camera


def build_library(seed: int) -> None:
    """The set of the plate: table, wall, shelf, books, pots, plants, string lights, lights."""
    chance = random.Random(seed)
    set_world((0.55, 0.70, 1.0), 0.10)
    subject = (0.0, 0.0, 1.0)
    add_light("key", (-3.6, -4.2, 4.4), subject, 2.2, 350.0, (1.0, 0.93, 0.84))
    add_light("rim left", (-3.3, 3.2, 3.3), (0.0, 0.0, 1.3), 1.3, 190.0, (1.0, 0.70, 0.42))
    add_light("rim right", (3.4, 2.6, 2.6), (0.0, 0.0, 1.2), 1.1, 205.0, (1.0, 0.76, 0.56))
    add_light("fill", (2.6, -5.4, 2.2), subject, 3.0, 130.0, (0.86, 0.92, 1.0))
    add_light("shelf", (1.0, 2.2, 6.4), (0.0, 7.5, 0.8), 3.0, 560.0, (1.0, 0.90, 0.78))
    add_box(
        "table",
        (-6.0, -5.0, -0.2),
        (6.0, 1.9, 0.0),
        wood("table", (0.035, 0.021, 0.016), (0.085, 0.054, 0.040), 0.55),
    )
    add_box("wall", (-9.0, SHELF_Y + 1.3, -3.0), (9.0, SHELF_Y + 1.4, 7.0), wallpaper())
    board = wood("board", (0.20, 0.10, 0.045), (0.36, 0.20, 0.10), 0.5)
    for height in BOARDS:
        add_box("board", (-SIDES, SHELF_Y, height - 0.09), (SIDES, SHELF_Y + 1.2, height), board)
    for x in (-SIDES, -1.95, 2.15, SIDES):
        add_box("upright", (x - 0.05, SHELF_Y + 0.02, -2.0), (x + 0.05, SHELF_Y + 1.2, 4.6), board)
    for height in BOARDS:
        fill_board(chance, height)
    add_string_lights(chance)


def wallpaper() -> bpy.types.Material:
    """Teal paper with a woven pattern."""
    material = matte("wallpaper", (0.05, 0.2, 0.22), 0.8)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord")
    waves = []
    for turn in (45.0, -45.0):
        mapping = tree.nodes.new("ShaderNodeMapping")
        mapping.inputs["Rotation"].default_value = (0.0, math.radians(turn), 0.0)
        wave = tree.nodes.new("ShaderNodeTexWave")
        wave.inputs["Scale"].default_value = 1.5
        tree.links.new(place.outputs["Object"], mapping.inputs["Vector"])
        tree.links.new(mapping.outputs["Vector"], wave.inputs["Vector"])
        waves.append(wave)
    both = tree.nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY"
    for socket, wave in zip(both.inputs, waves, strict=False):
        tree.links.new(wave.outputs["Fac"], socket)
    colour = ramp(
        tree,
        both.outputs[0],
        [
            (0.0, (0.018, 0.085, 0.11)),
            (0.42, (0.03, 0.13, 0.16)),
            (0.5, (0.30, 0.36, 0.26)),
        ],
    )
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def add_string_lights(chance: random.Random) -> None:
    """Warm bulbs in two slack lines before the shelf, brighter than white."""
    shades = [
        unsampled(glow("bulb", colour, strength))
        for colour, strength in (
            ((1.0, 0.62, 0.25), 16.0),
            ((1.0, 0.74, 0.42), 24.0),
            ((1.0, 0.42, 0.14), 12.0),
        )
    ]
    for start, high, slack, count in ((-5.4, 3.05, 0.75, 19), (-5.1, 1.45, 0.55, 13)):
        for index in range(count):
            t = index / (count - 1)
            x = start + 10.5 * t
            sag = slack * math.sin(math.pi * ((2.0 * t) % 1.0))
            place = (
                x + chance.uniform(-0.06, 0.06),
                SHELF_Y - 0.25,
                high - sag + chance.uniform(-0.04, 0.04),
            )
            add_ball("bulb", place, 0.045, chance.choice(shades), 16)
