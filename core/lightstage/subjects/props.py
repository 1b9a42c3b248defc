"""The subjects made of code alone: creature, cloth, foliage, feathers, glass, smoke, props."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from platekey.core.lightstage.scene.objects import (
    add_ball,
    add_box,
    add_polygons,
    add_root,
    add_strands,
)
from platekey.core.lightstage.scene.points import Points, normalise
from platekey.core.lightstage.scene.subject import Subject
from platekey.core.lightstage.scene.surfaces import (
    Colour,
    bumped,
    fabric_material,
    matte,
    random_colour,
)

from .creature import add_fur, build_creature
from .fur import FurOptions
from .shapes import feather, grow_twigs, hang_cloth, lathe, leaves, sheet
from .smoke import smoke

CENTRE = (0.0, 0.0, 0.0)


def furry_creature(rng: np.random.Generator) -> Subject:
    """The sample shot's creature under another fur."""
    root = build_creature()
    seed = int(rng.integers(0, 2**31))
    fur = FurOptions(guides=int(rng.integers(1200, 3000)), seed=seed)
    add_fur(root, fur, float(rng.random()), float(rng.uniform(0.0, 1.2)))
    root.rotation_euler[2] = float(rng.normal(0.0, 0.7))
    return Subject(root, (0.0, 0.0, 1.25), float(rng.uniform(2.6, 3.8)), {"fur": seed})


def cloth(rng: np.random.Generator) -> Subject:
    """A frayed cloth, a net, or a veil before a ball."""
    kind = str(rng.choice(["frayed", "net", "veil"]))
    root = add_root(kind)
    {"frayed": add_frayed, "net": add_net, "veil": add_veil}[kind](root, rng)
    root.rotation_euler = rng.normal(0.0, (0.15, 0.3, 0.4)).tolist()
    return Subject(root, CENTRE, float(rng.uniform(0.9, 1.5)), {"cloth": kind})


def add_frayed(root: bpy.types.Object, rng: np.random.Generator) -> None:
    """A cloth with loose threads at its sides and foot, and fluff all over."""
    shape = int(rng.integers(0, 2**31))
    along, across, faces = sheet(120, 120)
    points = hang_cloth(along, across, 1.0, np.random.default_rng(shape))
    material = fabric_material(rng)
    add_polygons(root, "cloth", points, faces, material)
    count, steps = 2600, 10
    time = np.linspace(0.0, 1.0, steps)
    edge = rng.choice(3, count)
    at = rng.random(count)
    u = np.where(edge == 0, 0.0, np.where(edge == 1, 1.0, at))
    v = np.where(edge == 2, 0.0, at)
    out = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0]])[edge]
    length = rng.gamma(1.6, 0.016, count)
    beyond = length[:, None, None] * out[:, None] * time[:, None]
    threads = hang_cloth(
        u[:, None] + beyond[..., 0], v[:, None] + beyond[..., 1], 1.0, np.random.default_rng(shape)
    )
    bend = rng.normal(0.0, 0.5, (count, 2, 1, 3)) * length[:, None, None, None]
    threads = (
        threads + bend[:, 0] * time[:, None] ** 2 + 0.4 * bend[:, 1] * np.sin(6.0 * time)[:, None]
    )
    threads[..., 2] -= 0.5 * length[:, None] * time**2
    add_strands(root, "threads", threads, float(rng.uniform(0.0003, 0.0007)), material, 0.5)
    roots = points[rng.integers(0, len(points), 6000)]
    ends = normalise(rng.normal(size=(6000, 3)))[:, None] * (0.012 * time[:, None])
    curl = rng.normal(0.0, 0.004, (6000, 1, 3)) * np.sin(5.0 * time)[:, None]
    add_strands(root, "fluff", roots[:, None] + ends + curl, 0.00006, material)


def add_net(root: bpy.types.Object, rng: np.random.Generator) -> None:
    """Two families of yarn that cross; some of them torn."""
    shape = int(rng.integers(0, 2**31))
    count = int(rng.integers(14, 60))
    steps = 90
    line = np.linspace(0.0, 1.0, steps)
    place = np.linspace(0.0, 1.0, count)
    slant = float(rng.choice([0.0, 1.0]))
    families = []
    for sign in (-1.0, 1.0):
        if slant:
            start = np.linspace(-1.0, 2.0, 2 * count)[:, None]
            u, v = start + sign * (line - 0.5), np.broadcast_to(line, (2 * count, steps))
        else:
            u, v = np.broadcast_arrays(place[:, None], line)
            u, v = (u, v) if sign > 0.0 else (v, u)
        inside = ((u >= 0.0) & (u <= 1.0)).mean(axis=1) > 0.02
        families.append(np.stack([np.clip(u[inside], 0.0, 1.0), v[inside]], axis=-1))
    lines = np.concatenate(families)
    lines = lines[rng.random(len(lines)) > rng.uniform(0.0, 0.12)]
    lines = lines + rng.normal(0.0, 0.0025, lines.shape)
    yarn = hang_cloth(lines[..., 0], lines[..., 1], 1.0, np.random.default_rng(shape))
    radius = float(rng.uniform(0.0008, 0.003))
    material = matte("yarn", random_colour(rng, (0.0, 0.8), (0.03, 0.7)), 0.8)
    add_strands(root, "net", yarn, radius, material, 1.0)


def add_veil(root: bpy.types.Object, rng: np.random.Generator) -> None:
    """A thin cloth that lets a part of the light through, before a ball."""
    along, across, faces = sheet(120, 120)
    points = hang_cloth(along, across, 1.0, rng)
    colour = random_colour(rng, (0.0, 0.5), (0.4, 0.9))
    material = matte("veil", colour, 0.6, Sheen_Weight=0.5, Alpha=float(rng.uniform(0.15, 0.65)))
    add_polygons(root, "veil", points, faces, material)
    hidden = matte("ball", random_colour(rng, (0.2, 0.9), (0.1, 0.8)), 0.4)
    place = rng.normal(0.0, 0.15, 3) + np.array([0.0, 0.45, 0.0])
    ball = add_ball("ball", tuple(place), float(rng.uniform(0.12, 0.3)), hidden)
    ball.parent = root


def foliage(rng: np.random.Generator) -> Subject:
    """A branch with leaves from needles to broad ones."""
    root = add_root("foliage")
    twigs = grow_twigs(int(rng.integers(10, 45)), 16, 1.0, rng)
    bark = matte("bark", random_colour(rng, (0.3, 0.6), (0.03, 0.2)), 0.8)
    add_strands(root, "stem", twigs[:1], 0.010, bark, 0.25)
    add_strands(root, "twigs", twigs[1:], 0.0035, bark, 0.2)
    per_twig = int(rng.choice([10, 24, 90]))
    slim = {10: 0.55, 24: 0.28, 90: 0.03}[per_twig] * float(rng.uniform(0.7, 1.3))
    step = rng.integers(4, 16, (len(twigs) - 1, per_twig))
    rows = np.arange(1, len(twigs))[:, None]
    roots = twigs[rows, step].reshape(-1, 3)
    ahead = normalise(twigs[rows, step] - twigs[rows, step - 1]).reshape(-1, 3)
    headings = normalise(0.6 * ahead + normalise(rng.normal(size=ahead.shape)))
    length = float(rng.uniform(0.06, 0.13)) * rng.uniform(0.6, 1.2, len(roots))
    points, faces = leaves(roots, headings, length, slim, rng)
    hue = float(rng.uniform(0.02, 0.16))
    green: Colour = (hue, 0.16 * float(rng.uniform(0.6, 1.4)), 0.02)
    leaf = matte("leaf", green, float(rng.uniform(0.3, 0.6)))
    add_translucence(leaf, (green[0] * 1.6, green[1] * 1.7, green[2]))
    add_polygons(root, "leaves", points, faces, leaf)
    root.rotation_euler = rng.normal(0.0, (0.2, 0.5, 1.5)).tolist()
    return Subject(root, CENTRE, float(rng.uniform(0.7, 1.4)), {"leaves": len(roots)})


def add_translucence(material: Any, colour: Colour) -> None:
    """Mixes a third of light that comes through from behind."""
    tree = material.node_tree
    through = tree.nodes.new("ShaderNodeBsdfTranslucent")
    through.inputs["Color"].default_value = (*colour, 1.0)
    mix = tree.nodes.new("ShaderNodeMixShader")
    mix.inputs[0].default_value = 0.35
    tree.links.new(tree.nodes["Principled BSDF"].outputs[0], mix.inputs[1])
    tree.links.new(through.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])


def feathers(rng: np.random.Generator) -> Subject:
    """A bunch of feathers."""
    root = add_root("feathers")
    count = int(rng.integers(1, 9))
    for number in range(count):
        shaft, barbs = feather(
            float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.12, 0.4)), 420, rng
        )
        colour = random_colour(rng, (0.0, 0.8), (0.03, 0.85))
        material = matte("feather", colour, 0.5, Sheen_Weight=0.4)
        add_translucence(material, colour)
        stalk = matte("shaft", (0.6, 0.52, 0.4), 0.35)
        spread = (number - 0.5 * (count - 1)) * 0.22
        holder = add_root("feather")
        holder.parent = root
        holder.location = (0.0, 0.03 * number, -0.45)
        holder.rotation_euler = (float(rng.normal(0.0, 0.1)), spread, float(rng.normal(0.0, 0.5)))
        add_strands(holder, "shaft", shaft, 0.004, stalk, 0.15)
        add_strands(holder, "barbs", barbs, 0.0011, material, 0.25)
    return Subject(root, CENTRE, float(rng.uniform(0.8, 1.3)), {"feathers": count})


def glass(rng: np.random.Generator) -> Subject:
    """Hard-edged props, blocks, rings and metal, with a vessel of glass."""
    root = add_root("glass")
    clear = matte("glass", random_colour(rng, (0.0, 0.3), (0.8, 1.0)), 0.02)
    shader = clear.node_tree.nodes["Principled BSDF"]
    shader.inputs["Transmission Weight"].default_value = 1.0
    shader.inputs["IOR"].default_value = float(rng.uniform(1.3, 1.55))
    points, faces = lathe(vessel(rng), 96)
    item = add_polygons(root, "vessel", points, faces, clear)
    item.location = (float(rng.normal(0.0, 0.15)), -0.15, -0.3)
    for _ in range(int(rng.integers(2, 7))):
        add_prop(root, rng)
    root.rotation_euler = rng.normal(0.0, (0.12, 0.12, 1.0)).tolist()
    return Subject(root, CENTRE, float(rng.uniform(0.8, 1.4)))


def vessel(rng: np.random.Generator) -> Points:
    """The profile of a vessel with a wall: outside up, inside down, (radius, z)."""
    height = np.linspace(0.0, 1.0, 40)
    wide = 0.09 + 0.05 * np.sin(height * rng.uniform(2.0, 7.0) + rng.uniform(0.0, 6.0))
    wide *= rng.uniform(0.8, 1.5)
    tall = float(rng.uniform(0.35, 0.65))
    outside = np.stack([wide, height * tall], axis=-1)
    inside = np.stack([wide - 0.008, 0.01 + height * (tall - 0.01)], axis=-1)[::-1]
    foot = np.array([[1e-4, 0.0]])
    return np.concatenate([foot, outside, inside, np.array([[1e-4, 0.01]])])


def add_prop(root: bpy.types.Object, rng: np.random.Generator) -> None:
    """A block, a bar, a bolt or a lattice somewhere about the centre."""
    colour = random_colour(rng, (0.0, 0.9), (0.03, 0.8))
    metal = float(rng.random() < 0.4)
    material = matte("prop", colour, float(rng.uniform(0.08, 0.7)), Metallic=metal)
    noise = material.node_tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 60.0
    bumped(material.node_tree, noise.outputs["Fac"], float(rng.uniform(0.0, 0.002)))
    if rng.random() < 0.5:
        half = rng.uniform(0.02, 0.16, 3)
        item = add_box("block", tuple(-half), tuple(half), material)
        item.parent = root
    else:
        sides = int(rng.choice([3, 5, 6, 8, 64]))
        outer, length = float(rng.uniform(0.04, 0.18)), float(rng.uniform(0.02, 0.5))
        inner = outer * float(rng.uniform(0.3, 0.9))
        ring = np.array(
            [[inner, 0.0], [outer, 0.0], [outer, length], [inner, length], [inner, 0.0]]
        )
        points, faces = lathe(ring, sides)
        item = add_polygons(root, "ring", points, faces, material)
        item.data.polygons.foreach_set("use_smooth", [False] * len(faces))
    item.location = rng.normal(0.0, (0.2, 0.15, 0.2)).tolist()
    item.rotation_euler = rng.uniform(-3.1, 3.1, 3).tolist()


BUILDERS: dict[str, Callable[[np.random.Generator], Subject]] = {
    "creature": furry_creature,
    "cloth": cloth,
    "foliage": foliage,
    "feathers": feathers,
    "glass": glass,
    "smoke": smoke,
}
