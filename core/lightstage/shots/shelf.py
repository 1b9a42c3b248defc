"""What stands on the boards of a shelf: runs of books, vases, plants in pots."""

from __future__ import annotations

import colorsys
import math
import random

import bpy

from platekey.core.lightstage.scene.objects import add_box, add_mesh, tube
from platekey.core.lightstage.scene.surfaces import Colour, matte

SHELF_Y = 7.0  # front edge of the boards
SIDES = 5.6  # the boards end here, left and right


def tint(chance: random.Random, hues: tuple[float, ...]) -> Colour:
    """A strong colour near one of the hues."""
    hue = (chance.choice(hues) + chance.uniform(-0.03, 0.03)) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(
        hue, chance.uniform(0.55, 0.92), chance.uniform(0.10, 0.62)
    )
    return red, green, blue


def fill_board(chance: random.Random, height: float) -> None:
    """Runs of books with pots, vases, boxes and plants between them."""
    x = -SIDES + 0.15
    while x < SIDES - 0.5:
        kind = chance.random()
        if kind < 0.62:
            x = add_books(chance, x, height)
        elif kind < 0.80:
            add_plant(chance, x + 0.42, height)
            x += 0.95
        else:
            add_vase(chance, x + 0.35, height)
            x += 0.8


def add_books(chance: random.Random, x: float, height: float) -> float:
    """A run of upright books, the last one leaning; returns where it ends."""
    hues = (0.0, 0.06, 0.12, 0.33, 0.48, 0.55, 0.62, 0.78, 0.92)
    count = chance.randint(4, 9)
    for index in range(count):
        wide, tall = chance.uniform(0.10, 0.26), chance.uniform(0.95, 1.38)
        front = SHELF_Y + chance.uniform(0.08, 0.25)
        cover = matte("book", tint(chance, hues), 0.45)
        parts = [((0.0, front, 0.0), (wide, front + 0.75, tall), cover)]
        trim = matte("trim", tint(chance, (0.12, 0.13, 0.1)), 0.3)
        for share in chance.sample((0.12, 0.2, 0.72, 0.8, 0.88), 2):
            parts.append(
                (
                    (0.004, front - 0.006, tall * share),
                    (wide - 0.004, front, tall * (share + chance.uniform(0.015, 0.05))),
                    trim,
                )
            )
        for low, high, material in parts:
            part = add_box("book", low, high, material)
            part.location = (x, 0.0, height)
            if index == count - 1:
                part.rotation_euler = (0.0, -0.16, 0.0)
                part.location.x += 0.17
        x += wide + 0.008
    return x + 0.3


def lathe(
    name: str,
    outline: list[tuple[float, float]],
    place: tuple[float, float, float],
    material: bpy.types.Material,
) -> bpy.types.Object:
    """Turns an outline of (radius, height) around z."""
    around = 32
    points = [
        (
            radius * math.cos(2.0 * math.pi * step / around),
            radius * math.sin(2.0 * math.pi * step / around),
            up,
        )
        for radius, up in outline
        for step in range(around)
    ]
    faces = tube(len(outline), around)
    turned = add_mesh(name, points, faces, material, smooth=True)
    turned.location = place
    return turned


def add_vase(chance: random.Random, x: float, height: float) -> None:
    """A glazed vase with a belly."""
    tall, belly = chance.uniform(0.7, 1.15), chance.uniform(0.2, 0.32)
    outline = [
        (belly * (0.45 + 0.62 * math.sin(math.pi * (0.12 + 0.80 * t / 12)) ** 2), tall * t / 12)
        for t in range(13)
    ]
    glaze = matte("vase", tint(chance, (0.02, 0.1, 0.5, 0.58, 0.9)), 0.15, Coat_Weight=0.7)
    lathe("vase", outline, (x, SHELF_Y + 0.4, height), glaze)


def add_plant(chance: random.Random, x: float, height: float) -> None:
    """A pot with bent leaves; some hang over the board."""
    pot = matte("pot", tint(chance, (0.04, 0.08, 0.55)), 0.5)
    lathe(
        "pot",
        [(0.0, 0.0), (0.2, 0.0), (0.28, 0.38), (0.31, 0.38), (0.31, 0.46), (0.0, 0.44)],
        (x, SHELF_Y + 0.35, height),
        pot,
    )
    shade = chance.uniform(0.6, 1.3)
    green = matte("leaf", (0.06 * shade, 0.24 * shade, 0.05), 0.4)
    points: list[tuple[float, float, float]] = []
    faces: list[tuple[int, ...]] = []
    for _ in range(46):
        heading, lift = chance.uniform(0.0, 2.0 * math.pi), chance.uniform(0.5, 1.5)
        length, wide, first = chance.uniform(0.45, 0.95), chance.uniform(0.03, 0.075), len(points)
        for step in range(7):
            t = step / 6
            out = length * t * (0.35 + 0.4 / lift)
            up = 0.42 + length * (lift * t - 1.15 * t * t)
            side = wide * math.sin(math.pi * min(0.08 + 0.92 * t, 1.0))
            for sign in (-1.0, 1.0):
                points.append(
                    (
                        out * math.cos(heading) - sign * side * math.sin(heading),
                        out * math.sin(heading) + sign * side * math.cos(heading),
                        up,
                    )
                )
        faces += [
            (first + 2 * s, first + 2 * s + 1, first + 2 * s + 3, first + 2 * s + 2)
            for s in range(6)
        ]
    leaves = add_mesh("leaves", points, faces, green, smooth=True)
    leaves.location = (x, SHELF_Y + 0.35, height)
