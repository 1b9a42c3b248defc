"""Rooms: living room, library, kitchen, and a bare studio wall. The camera looks along +y.

The subject stands at the origin on the floor z = 0. Lengths are metres.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import bpy

from platekey.core.lightstage.scene.objects import add_ball, add_box, add_root
from platekey.core.lightstage.scene.surfaces import Colour, bumped, glow, matte, ramp

from .fittings import add_light, unsampled, wood
from .recipes import Shot
from .shelf import SHELF_Y, SIDES, add_plant, add_vase, fill_board, lathe

TABLE = 0.76  # height of its top
SHELF = 0.24  # metres a unit of shelf.py
PAINT: Colour = (0.42, 0.40, 0.37)
PAPER: Colour = (0.10, 0.20, 0.24)


def build_room(shot: Shot) -> None:
    """Floor, wall and furniture."""
    chance = random.Random(shot.seed)
    dark, light = (0.10, 0.055, 0.03), (0.26, 0.15, 0.08)
    add_box("floor", (-5.0, -6.0, -0.1), (5.0, shot.wall, 0.0), wood("floor", dark, light, 0.4))
    builder = {"living": living, "library": library, "kitchen": kitchen, "wall": studio}[shot.set]
    builder(shot, chance)


def add_wall(shot: Shot, material: Any) -> None:
    """The wall behind the subject and a skirting board."""
    add_box("wall", (-5.0, shot.wall, -0.1), (5.0, shot.wall + 0.1, 4.0), material)
    white = matte("skirting", (0.6, 0.58, 0.54), 0.4)
    add_box("skirting", (-5.0, shot.wall - 0.02, 0.0), (5.0, shot.wall, 0.12), white)


def studio(shot: Shot, chance: random.Random) -> None:
    """A painted wall, rolled unevenly."""
    add_wall(shot, plaster("paint", shot.colour or PAINT))


def plaster(name: str, colour: Colour) -> bpy.types.Material:
    """Paint with faint clouds and roller marks."""
    material = matte(name, colour, 0.7)
    tree = material.node_tree
    clouds = tree.nodes.new("ShaderNodeTexNoise")
    clouds.inputs["Scale"].default_value = 2.5
    clouds.inputs["Detail"].default_value = 5.0
    darker = (colour[0] * 0.82, colour[1] * 0.82, colour[2] * 0.82)
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    tree.links.new(place, clouds.inputs["Vector"])
    tone = ramp(tree, clouds.outputs["Fac"], [(0.3, darker), (0.7, colour)])
    tree.links.new(tone, tree.nodes["Principled BSDF"].inputs["Base Color"])
    grain = tree.nodes.new("ShaderNodeTexNoise")
    grain.inputs["Scale"].default_value = 90.0
    tree.links.new(place, grain.inputs["Vector"])
    bumped(tree, grain.outputs["Fac"], 0.002)
    return material


def striped_paper(colour: Colour) -> bpy.types.Material:
    """Wallpaper: stripes of two tones with rows of small dots."""
    material = matte("paper", colour, 0.7)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    stripes = tree.nodes.new("ShaderNodeTexWave")
    stripes.bands_direction = "X"
    stripes.inputs["Scale"].default_value = 3.2
    dots = tree.nodes.new("ShaderNodeTexVoronoi")
    dots.inputs["Scale"].default_value = 14.0
    dots.inputs["Randomness"].default_value = 0.0
    for node in (stripes, dots):
        tree.links.new(place, node.inputs["Vector"])
    pale = (colour[0] * 1.9, colour[1] * 1.6, colour[2] * 1.4)
    tone = ramp(tree, stripes.outputs["Fac"], [(0.46, colour), (0.54, pale)])
    dotted = ramp(tree, dots.outputs["Distance"], [(0.16, (0.5, 0.4, 0.2)), (0.2, (0, 0, 0))])
    mask = ramp(tree, dots.outputs["Distance"], [(0.16, (1, 1, 1)), (0.2, (0, 0, 0))])
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    tree.links.new(mask, mix.inputs["Factor"])
    tree.links.new(tone, mix.inputs["A"])
    tree.links.new(dotted, mix.inputs["B"])
    tree.links.new(mix.outputs["Result"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def living(shot: Shot, chance: random.Random) -> None:
    """Wallpaper, a bright window, pictures, a sideboard with plants, a lamp."""
    back = shot.wall
    add_wall(shot, striped_paper(shot.colour or PAPER))
    add_window(-0.28, back, 1.12)
    for x, z, wide, tall in (
        (0.62, 1.62, 0.42, 0.32),
        (0.70, 1.20, 0.30, 0.24),
        (1.2, 1.5, 0.5, 0.7),
    ):
        add_picture(chance, x, back, z, wide, tall)
    top = wood("sideboard", (0.05, 0.025, 0.015), (0.12, 0.06, 0.03), 0.35)
    add_box("sideboard", (0.35, back - 0.45, 0.0), (2.2, back - 0.02, 0.82), top)
    on_shelf(lambda: add_plant(chance, 0.0, 0.0), (0.75, back - 0.25, 0.82))
    on_shelf(lambda: add_vase(chance, 0.0, 0.0), (1.15, back - 0.25, 0.82))
    add_lamp((-1.55, back - 0.4, 1.5))


def add_window(x: float, back: float, foot: float) -> None:
    """A window far brighter than white, left of `x`: sky above trees, bars and a sill."""
    sky = glow("sky", (1.0, 1.0, 1.0), 9.0)
    tree = sky.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    crowns = tree.nodes.new("ShaderNodeTexNoise")
    crowns.inputs["Scale"].default_value = 7.0
    crowns.inputs["Detail"].default_value = 6.0
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    height = tree.nodes.new("ShaderNodeMath")
    height.operation = "MULTIPLY_ADD"
    height.inputs[1].default_value = -0.7
    tree.links.new(place, crowns.inputs["Vector"])
    tree.links.new(place, split.inputs[0])
    tree.links.new(crowns.outputs["Fac"], height.inputs[0])
    tree.links.new(split.outputs["Z"], height.inputs[2])
    trees = [(0.0, (0.01, 0.02, 0.008)), (0.04, (0.05, 0.08, 0.02)), (0.07, (0.8, 0.9, 1.0))]
    tone = ramp(tree, height.outputs[0], trees)
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    tree.links.new(tone, emission.inputs["Color"])
    pane = add_box("pane", (0.0, 0.0, 0.0), (0.85, 0.01, 1.1), sky)
    pane.location = (x - 0.85, back - 0.03, foot)
    frame = matte("window frame", (0.65, 0.64, 0.6), 0.4)
    for low, high in (
        ((-0.04, 0.0, -0.04), (0.0, 0.06, 1.14)),
        ((0.85, 0.0, -0.04), (0.89, 0.06, 1.14)),
        ((-0.04, 0.0, 1.1), (0.89, 0.06, 1.15)),
        ((-0.08, -0.08, -0.07), (0.93, 0.06, -0.03)),
        ((0.41, 0.0, 0.0), (0.44, 0.05, 1.1)),
        ((0.0, 0.0, 0.68), (0.85, 0.05, 0.71)),
    ):
        bar = add_box("bar", low, high, frame)
        bar.location = (x - 0.85, back - 0.09, foot)


def add_picture(
    chance: random.Random, x: float, back: float, z: float, wide: float, tall: float
) -> None:
    """A framed print in bold colours."""
    frame = matte("frame", (0.03, 0.025, 0.02), 0.3)
    add_box("frame", (x, back - 0.03, z), (x + wide, back, z + tall), frame)
    print_ = matte("print", (0.6, 0.58, 0.5), 0.5)
    tree = print_.node_tree
    blots = tree.nodes.new("ShaderNodeTexVoronoi")
    blots.inputs["Scale"].default_value = chance.uniform(4.0, 9.0)
    stops = [(0.2, (0.55, 0.12, 0.05)), (0.45, (0.7, 0.55, 0.3)), (0.7, (0.05, 0.16, 0.25))]
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    tree.links.new(place, blots.inputs["Vector"])
    tone = ramp(tree, blots.outputs["Distance"], stops)
    tree.links.new(tone, tree.nodes["Principled BSDF"].inputs["Base Color"])
    rim = 0.025
    low = (x + rim, back - 0.033, z + rim)
    add_box("print", low, (x + wide - rim, back - 0.029, z + tall - rim), print_)


def add_lamp(place: tuple[float, float, float]) -> None:
    """A standing lamp whose globe is far brighter than white."""
    add_ball("globe", place, 0.12, glow("globe", (1.0, 0.72, 0.42), 14.0), 24)
    x, y, z = place
    stand = matte("stand", (0.04, 0.04, 0.04), 0.3)
    add_box("stand", (x - 0.012, y - 0.012, 0.0), (x + 0.012, y + 0.012, z - 0.1), stand)


def on_shelf(build: Callable[[], Any], place: tuple[float, float, float]) -> None:
    """Scales and moves what `build` makes: its shelf's middle comes to `place`."""
    before = set(bpy.context.scene.objects)
    build()
    carrier = add_root("shelf")
    carrier.scale = (SHELF, SHELF, SHELF)
    carrier.location = (place[0], place[1] - SHELF * (SHELF_Y + 0.4), place[2])
    for item in set(bpy.context.scene.objects) - before - {carrier}:
        item.parent = carrier


def library(shot: Shot, chance: random.Random) -> None:
    """A wall of books with a string of bulbs."""
    back = shot.wall
    add_wall(shot, plaster("paint", shot.colour or PAPER))
    board = wood("board", (0.16, 0.08, 0.035), (0.30, 0.16, 0.08), 0.5)
    wide = SIDES * SHELF
    for row in range(6):
        foot = 0.16 + 0.42 * row
        add_box("board", (-wide, back - 0.34, foot - 0.03), (wide, back, foot), board)
        on_shelf(lambda: fill_board(chance, 0.0), (0.0, back - 0.2, foot))
    for x in (-wide, -0.45, 0.55, wide):
        add_box("upright", (x - 0.015, back - 0.34, 0.0), (x + 0.015, back, 2.3), board)
    bulb = unsampled(glow("bulb", (1.0, 0.66, 0.30), 20.0))
    for index in range(13):
        x = (index - 6) * 0.2
        add_ball("bulb", (x, back - 0.42, 1.72 + 0.35 * (x * x - 0.4)), 0.016, bulb, 12)


def kitchen(shot: Shot, chance: random.Random) -> None:
    """Tiles, a shelf with jars, a window, and the table that small subjects stand on."""
    back = shot.wall
    add_wall(shot, tiles())
    add_window(-0.05, back, 1.0)
    board = wood("board", (0.30, 0.19, 0.10), (0.46, 0.31, 0.18), 0.4)
    for foot in (1.15, 1.5):
        add_box("board", (0.15, back - 0.26, foot - 0.025), (1.6, back, foot), board)
        for step in range(7):
            place = (0.28 + 0.2 * step, back - 0.13, foot)
            on_shelf(lambda: add_vase(chance, 0.0, 0.0), place)
    add_box("counter", (-2.5, back - 0.6, 0.0), (2.5, back - 0.05, 0.9), plaster("front", PAINT))
    table = wood("table", (0.22, 0.13, 0.07), (0.40, 0.26, 0.15), 0.35)
    if shot.subject == "smoke":
        outline = [(0.0, 0.0), (0.07, 0.0), (0.15, 0.09), (0.14, 0.09), (0.06, 0.012), (0.0, 0.012)]
        glaze = matte("bowl", (0.10, 0.16, 0.30), 0.15, Coat_Weight=0.7)
        lathe("bowl", outline, (0.0, 0.0, TABLE), glaze)
    add_box("table", (-0.9, -0.45, TABLE - 0.04), (0.9, 0.45, TABLE), table)


def tiles() -> bpy.types.Material:
    """Glazed square tiles with grey joints."""
    material = matte("tiles", (0.5, 0.55, 0.52), 0.15)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    turn = tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (1.5707963, 0.0, 0.0)
    brick = tree.nodes.new("ShaderNodeTexBrick")
    brick.offset = 0.0
    for socket, value in (
        ("Color1", (0.46, 0.56, 0.54, 1.0)),
        ("Color2", (0.38, 0.49, 0.48, 1.0)),
        ("Mortar", (0.24, 0.23, 0.22, 1.0)),
        ("Scale", 1.0),
        ("Mortar Size", 0.004),
        ("Brick Width", 0.15),
        ("Row Height", 0.15),
    ):
        brick.inputs[socket].default_value = value
    tree.links.new(place, turn.inputs["Vector"])
    tree.links.new(turn.outputs["Vector"], brick.inputs["Vector"])
    tree.links.new(brick.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def light_room(shot: Shot) -> None:
    """Lights a room or a screen's subject by one of LIGHTS; see recipes.py."""
    head = (0.0, 0.0, 1.4)
    back = shot.wall
    warm, cold, white = (1.0, 0.58, 0.28), (0.38, 0.62, 1.0), (1.0, 0.96, 0.92)
    if shot.light == "soft":
        add_light("key", (-1.9, -2.0, 2.6), head, 1.6, 75.0, white)
        add_light("fill", (2.2, -2.4, 1.6), head, 1.6, 22.0, (0.9, 0.95, 1.0))
        add_light("wall", (0.8, -0.4, 3.6), (0.0, back, 1.2), 1.4, 60.0, white)
        add_light("rim", (1.5, min(back, 1.2) - 0.1, 2.5), head, 0.6, 25.0, white)
    elif shot.light == "sun":
        add_sun(shot)
        add_light("sky", (0.0, -3.0, 3.4), head, 3.0, 55.0, (0.62, 0.78, 1.0))
    elif shot.light == "mixed":
        add_light("lamp", (-1.9, -1.2, 2.0), head, 0.5, 55.0, warm)
        add_light("daylight", (2.0, -1.4, 1.9), head, 1.4, 65.0, cold)
        add_light("wall", (0.0, -0.4, 3.6), (0.0, back, 1.2), 1.0, 40.0, white)
    elif shot.light == "dim":
        add_light("key", (-1.6, -1.8, 2.0), head, 0.5, 9.0, warm)
        add_light("night", (1.8, -1.0, 2.6), (0.0, back, 1.3), 1.4, 6.0, cold)
        add_light("rim", (1.4, min(back, 1.2) - 0.1, 2.3), head, 0.5, 3.5, cold)
    else:
        for side in (-1.0, 1.0):
            place = (1.35 * side, min(back, 1.4) - 0.15, 2.3)
            add_light("rim", place, (0.0, 0.0, 1.3), 0.5, 75.0, white)
        add_light("fill", (0.8, -2.8, 1.8), head, 2.0, 22.0, (0.9, 0.95, 1.0))
        add_light("wall", (0.0, -0.4, 3.6), (0.0, back, 1.2), 1.4, 30.0, white)


def add_sun(shot: Shot) -> None:
    """A hard sun from the left behind the camera: the shadow falls on the wall to the right."""
    add_light("sun", (-7.0, -9.0, 7.5), (0.0, 0.0, 1.2), 0.12, 3200.0, (1.0, 0.93, 0.82))
