"""A closed room by chance, with windows and lamps far above 1. Lengths are metres, z is up."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import bpy
import numpy as np

from platekey.core.lightstage.scene.objects import add_ball, add_box, add_root
from platekey.core.lightstage.scene.surfaces import (
    Colour,
    bumped,
    fabric_material,
    glow,
    height_ramp,
    matte,
    ramp,
    random_colour,
)
from platekey.core.lightstage.shots.fittings import wood
from platekey.core.lightstage.shots.shelf import SHELF_Y, add_plant, add_vase, fill_board

SHELF = 0.24  # metres a unit of shelf.py


@dataclass(frozen=True)
class Room:
    """A box from (-x, -y, 0) to (x, y, height).

    Attributes:
        x: half its length.
        y: half its width.
        height: of the ceiling.
    """

    x: float
    y: float
    height: float

    def wall(self, number: int) -> tuple[bpy.types.Object, float]:
        """A carrier at the foot of a wall, whose x runs along it and whose -y is into the room.

        Returns:
            The carrier and half the wall's length.
        """
        carrier = add_root("wall")
        turn = number * math.pi / 2.0
        away = (self.y, self.x)[number % 2]
        carrier.rotation_euler[2] = turn
        carrier.location = (-math.sin(turn) * away, math.cos(turn) * away, 0.0)
        return carrier, (self.x, self.y)[number % 2]


def build_room(rng: np.random.Generator) -> tuple[Room, dict[str, Any]]:
    """Builds a room with all that is in it; returns it, and what chance decided."""
    x, y = (float(half) for half in rng.uniform(1.9, 4.2, 2))
    room = Room(x, y, float(rng.uniform(2.5, 3.6)))
    floor = wood("floor", *_dark_and_light(rng), 0.4) if rng.random() < 0.5 else wall_paint(rng)
    ceiling = matte("ceiling", random_colour(rng, (0.0, 0.1), (0.45, 0.8)), 0.8)
    top = room.height
    add_box("floor", (-x, -y, -0.1), (x, y, 0.0), floor)
    add_box("ceiling", (-x, -y, top), (x, y, top + 0.1), ceiling)
    common = wall_paint(rng)
    windows = set(rng.choice(4, int(rng.integers(0, 3)), replace=False).tolist())
    for number in range(4):
        paint = common if rng.random() < 0.6 else wall_paint(rng)
        build_wall(rng, room, number, paint, number in windows)
    lamps = add_lamps(rng, room, bright=not windows)
    facts = {"room": [round(2 * x, 2), round(2 * y, 2), round(top, 2)]}
    return room, {**facts, "windows": len(windows), "lamps": lamps}


def build_wall(
    rng: np.random.Generator, room: Room, number: int, paint: bpy.types.Material, window: bool
) -> None:
    """One of the four walls with what stands before it."""
    carrier, half = room.wall(number)

    def build() -> None:
        add_box("wall", (-half, 0.0, 0.0), (half, 0.1, room.height), paint)
        furnish(rng, half, room.height, window)

    put(carrier, build)


def put(carrier: bpy.types.Object, build: Callable[[], Any]) -> None:
    """Hangs what `build` makes below a carrier, in whose frame it was built."""
    before = set(bpy.context.scene.objects)
    build()
    for item in set(bpy.context.scene.objects) - before - {carrier}:
        if item.parent is None:
            item.parent = carrier


def wall_paint(rng: np.random.Generator) -> bpy.types.Material:
    """Paint, wallpaper, bricks or tiles."""
    kind = str(rng.choice(["paint", "paper", "bricks", "tiles"], p=[0.45, 0.3, 0.15, 0.1]))
    if kind == "paper":
        return fabric_material(rng)
    base = random_colour(rng, (0.0, 0.5), (0.06, 0.7))
    material = matte(kind, base, 0.15 if kind == "tiles" else 0.75)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    if kind == "paint":
        clouds = tree.nodes.new("ShaderNodeTexNoise")
        clouds.inputs["Scale"].default_value = float(rng.uniform(0.8, 5.0))
        clouds.inputs["Detail"].default_value = 6.0
        tree.links.new(place, clouds.inputs["Vector"])
        darker = (base[0] * 0.75, base[1] * 0.75, base[2] * 0.75)
        colour = ramp(tree, clouds.outputs["Fac"], [(0.3, darker), (0.7, base)])
        bumped(tree, clouds.outputs["Fac"], 0.002)
    else:
        turn = tree.nodes.new("ShaderNodeMapping")
        turn.inputs["Rotation"].default_value = (math.pi / 2.0, 0.0, 0.0)
        brick = tree.nodes.new("ShaderNodeTexBrick")
        wide = 0.22 if kind == "bricks" else float(rng.uniform(0.1, 0.3))
        for socket, value in (("Scale", 1.0), ("Mortar Size", 0.006), ("Brick Width", wide)):
            brick.inputs[socket].default_value = value
        brick.inputs["Row Height"].default_value = 0.07 if kind == "bricks" else wide
        brick.offset = 0.5 if kind == "bricks" else 0.0
        brick.inputs["Color1"].default_value = (*base, 1.0)
        brick.inputs["Color2"].default_value = (base[0] * 0.7, base[1] * 0.75, base[2] * 0.8, 1.0)
        brick.inputs["Mortar"].default_value = (0.3, 0.29, 0.27, 1.0)
        tree.links.new(place, turn.inputs["Vector"])
        tree.links.new(turn.outputs["Vector"], brick.inputs["Vector"])
        colour = brick.outputs["Color"]
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def furnish(rng: np.random.Generator, half: float, top: float, window: bool) -> None:
    """What stands and hangs at a wall, in the wall's frame."""
    chance = random.Random(int(rng.integers(0, 2**31)))
    if window:
        add_window(rng, half, top)
    else:
        for _ in range(int(rng.integers(0, 4))):
            add_picture(rng, half, top)
        if rng.random() < 0.4:
            board = wood("board", *_dark_and_light(rng), 0.5)
            for foot in np.arange(0.3, float(rng.uniform(0.8, 2.2)), 0.42):
                add_box("board", (-1.35, -0.34, foot - 0.03), (1.35, 0.0, foot), board)
                _from_shelf(lambda: fill_board(chance, 0.0), (0.0, -0.2, float(foot)))
            return
    edge = -half + 0.1
    while edge < half - 0.5:
        wide = float(rng.uniform(0.35, 1.4))
        if rng.random() < 0.6:
            deep, tall = float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.35, 1.1))
            material = wood("cupboard", *_dark_and_light(rng), 0.4)
            if rng.random() < 0.5:
                material = fabric_material(rng)
            right = min(edge + wide, half - 0.05)
            add_box("cupboard", (edge, -deep, 0.0), (right, -0.02, tall), material)
            if rng.random() < 0.7:
                thing = add_plant if rng.random() < 0.5 else add_vase
                spot = (0.5 * (edge + right), -0.5 * deep, tall)
                _from_shelf(partial(thing, chance, 0.0, 0.0), spot)
        edge += wide + 0.1


def add_window(rng: np.random.Generator, half: float, top: float) -> None:
    """A bright pane: sky above trees, behind bars."""
    wide, foot = float(rng.uniform(0.8, 1.9)), float(rng.uniform(0.1, 1.0))
    tall = float(rng.uniform(1.0, top - foot - 0.15))
    left = float(rng.uniform(-half + 0.1, max(half - 0.1 - wide, -half + 0.11)))
    sky = glow("sky", (1.0, 1.0, 1.0), float(np.exp(rng.uniform(math.log(2.0), math.log(25.0)))))
    green = random_colour(rng, (0.2, 0.7), (0.02, 0.15))
    cloud = random_colour(rng, (0.0, 0.3), (0.6, 1.0))
    tree = sky.node_tree
    tone = height_ramp(tree, tall, [(0.0, green), (0.3, green), (0.45, cloud), (1.0, cloud)])
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    tree.links.new(tone, emission.inputs["Color"])
    pane = add_box("pane", (0.0, -0.02, 0.0), (wide, -0.01, tall), sky)
    pane.location = (left, 0.0, foot)
    bars = matte("bars", random_colour(rng, (0.0, 0.3), (0.05, 0.7)), 0.4)
    for share in np.linspace(0.0, 1.0, int(rng.integers(2, 5))):
        at = left + wide * float(share)
        add_box("bar", (at - 0.03, -0.07, foot), (at + 0.03, 0.0, foot + tall), bars)
    for at in (foot, foot + tall):
        add_box("bar", (left - 0.05, -0.08, at - 0.03), (left + wide + 0.05, 0.0, at + 0.03), bars)


def add_picture(rng: np.random.Generator, half: float, top: float) -> None:
    """A framed print."""
    wide, tall = float(rng.uniform(0.25, 0.9)), float(rng.uniform(0.25, 0.8))
    left, foot = float(rng.uniform(-half, half - wide)), float(rng.uniform(1.1, top - tall))
    frame = matte("frame", random_colour(rng, (0.0, 0.5), (0.02, 0.5)), 0.3)
    add_box("frame", (left, -0.03, foot), (left + wide, 0.0, foot + tall), frame)
    shown = fabric_material(rng)
    low, high = (left + 0.03, -0.034, foot + 0.03), (left + wide - 0.03, -0.03, foot + tall - 0.03)
    add_box("print", low, high, shown)


def add_lamps(rng: np.random.Generator, room: Room, bright: bool) -> int:
    """Globes and panels below the ceiling; at least one, brighter where there is no window."""
    count = int(rng.integers(1, 5))
    for _ in range(count):
        x = float(rng.uniform(-0.8, 0.8)) * room.x
        y = float(rng.uniform(-0.8, 0.8)) * room.y
        warm: Colour = (1.0, float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.3, 1.0)))
        size = float(rng.uniform(0.06, 0.25))
        power = float(rng.uniform(0.4, 1.6)) * (1.4 if bright else 0.6) / size**2
        if rng.random() < 0.5:
            drop = float(rng.uniform(0.3, 1.0))
            add_ball("globe", (x, y, room.height - drop), size, glow("globe", warm, power), 24)
        else:
            panel = glow("panel", warm, power)
            top = room.height - 0.005
            add_box("panel", (x - size, y - size, top - 0.02), (x + size, y + size, top), panel)
    return count


def _from_shelf(build: Callable[[], Any], place: tuple[float, float, float]) -> None:
    """Scales and moves what a builder of shelf.py makes."""
    carrier = add_root("shelf")
    put(carrier, build)
    carrier.scale = (SHELF, SHELF, SHELF)
    carrier.location = (place[0], place[1] - SHELF * (SHELF_Y + 0.4), place[2])


def _dark_and_light(rng: np.random.Generator) -> tuple[Colour, Colour]:
    light = random_colour(rng, (0.2, 0.7), (0.12, 0.5))
    brown = (light[0], light[1] * 0.7, light[2] * 0.5)
    return (brown[0] * 0.4, brown[1] * 0.4, brown[2] * 0.4), brown
