"""The subject of the sample shot: a round creature with long hair, eyes, horns and feet."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from platekey.core.lightstage.scene.objects import (
    add_ball,
    add_curves,
    add_mesh,
    add_root,
    link,
    tube,
)
from platekey.core.lightstage.scene.surfaces import Colour, height_ramp, matte, of_shader, ramp

from .fur import CENTRE, FACE, FurOptions, grow_fur, on_body

ROOT_RADIUS = 0.0030
TIP_RADIUS = 0.0007
ROOT_COLOUR: Colour = (0.36, 0.09, 0.018)
TIP_COLOUR: Colour = (0.83, 0.36, 0.085)
UP = Vector((0.0, 0.0, 1.0))
SKIN: Colour = (0.34, 0.12, 0.05)


def build_creature() -> bpy.types.Object:
    """Builds everything but the fur and returns the empty that carries it."""
    root = add_root("creature")
    parts = [add_body(), *add_face(), *add_horns(), *add_feet()]
    for part in parts:
        part.parent = root
    return root


def add_body() -> bpy.types.Object:
    """The skin below the fur."""
    body = add_ball("body", (0.0, 0.0, 0.0), 1.0, matte("skin", SKIN, 0.8), 96)
    points = np.array([vertex.co for vertex in body.data.vertices])
    inside = CENTRE + (on_body(points) - CENTRE) * 0.985  # the roots must not float
    body.data.vertices.foreach_set("co", inside.ravel())
    return body


def on_face(across: float, up: float, out: float = 0.0) -> tuple[float, float, float]:
    """A point of the face, `across` and `up` in units from its middle, `out` above the skin."""
    direction = FACE + np.array([across, 0.0, up])
    direction = direction / np.linalg.norm(direction)
    point = on_body(direction[None])[0] + direction * out
    return float(point[0]), float(point[1]), float(point[2])


def add_face() -> list[bpy.types.Object]:
    """Eyes with lids, a nose and a smile."""
    iris = eye_material()
    lid = matte("lid", (0.55, 0.22, 0.085), 0.55)
    parts = []
    for side in (-1.0, 1.0):
        centre = on_face(0.36 * side, 0.13, -0.06)
        eye = add_ball("eye", centre, 0.215, iris, 64)
        # A sphere's pole is its z: turn it towards a point a little before the camera.
        aim = Vector((0.10 * side, -4.0, 1.30)) - Vector(centre)
        eye.rotation_mode = "QUATERNION"
        eye.rotation_quaternion = aim.to_track_quat("Z", "Y")
        parts += [eye, add_lid(centre, 0.232, aim, lid)]
    nose = add_ball(
        "nose",
        on_face(0.0, -0.10, 0.05),
        0.085,
        matte("nose", (0.10, 0.022, 0.02), 0.28, Coat_Weight=0.6),
    )
    nose.scale = (1.25, 0.8, 0.85)
    return [*parts, nose, add_smile()]


def eye_material() -> bpy.types.Material:
    """Pupil, iris and white as rings around the eye's pole, under a wet coat."""
    material = matte("eye", (1.0, 1.0, 1.0), 0.25, Coat_Weight=1.0, Coat_Roughness=0.01)
    tree = material.node_tree
    colour = height_ramp(
        tree,
        0.215,
        [
            (0.0, (0.80, 0.76, 0.70)),
            (0.645, (0.80, 0.76, 0.70)),
            (0.665, (0.005, 0.03, 0.03)),
            (0.71, (0.02, 0.17, 0.16)),
            (0.83, (0.16, 0.52, 0.38)),
            (0.845, (0.003, 0.003, 0.004)),
        ],
    )
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def add_lid(
    centre: tuple[float, float, float], radius: float, aim: Vector, material: bpy.types.Material
) -> bpy.types.Object:
    """The upper shell of a sphere, cut where a friendly eye's lid ends."""
    rings, around = 24, 64
    points = [
        (
            radius * math.sin(fall) * math.cos(turn),
            radius * math.sin(fall) * math.sin(turn),
            radius * math.cos(fall),
        )
        for fall in (math.acos(0.12) * ring / (rings - 1) for ring in range(rings))
        for turn in (2.0 * math.pi * step / around for step in range(around))
    ]
    shell = add_mesh("lid", points, tube(rings, around), material, smooth=True)
    shell.location = centre
    shell.rotation_mode = "QUATERNION"
    shell.rotation_quaternion = (UP - 0.62 * aim.normalized()).to_track_quat("Z", "Y")
    return shell


def add_smile() -> bpy.types.Object:
    """A thin curved tube below the nose."""
    curve = bpy.data.curves.new("smile", "CURVE")
    curve.dimensions = "3D"
    curve.bevel_depth = 0.016
    curve.materials.append(matte("smile", (0.05, 0.012, 0.012), 0.5))
    line = curve.splines.new("POLY")
    line.points.add(16)
    for index, point in enumerate(line.points):
        across = (index / 16.0 - 0.5) * 0.36
        point.co = (*on_face(across, -0.34 + 1.9 * across * across, 0.085), 1.0)
    return link(bpy.data.objects.new("smile", curve))


def add_horns() -> list[bpy.types.Object]:
    """Two small bent cones."""
    material = matte("horn", (0.72, 0.62, 0.46), 0.32, Coat_Weight=0.3)
    return [add_horn(side, material) for side in (-1.0, 1.0)]


def add_horn(side: float, material: bpy.types.Material) -> bpy.types.Object:
    """Rings around a curve that leans outwards, then up, with ridges."""
    rings, around = 40, 24
    points: list[tuple[float, float, float]] = []
    for ring in range(rings):
        time = ring / (rings - 1)
        lean = 0.75 - 1.15 * time
        radius = 0.15 * (1.0 - time) ** 0.8 * (1.0 + 0.07 * math.sin(time * 34.0)) + 0.006
        x = side * (0.42 + 0.48 * time - 0.24 * time * time)
        z = 1.66 + 0.80 * time
        for step in range(around):
            angle = 2.0 * math.pi * step / around
            along = radius * math.cos(angle)
            points.append(
                (
                    x + side * along * math.cos(lean),
                    -0.18 + radius * math.sin(angle),
                    z - along * math.sin(lean),
                )
            )
    faces = tube(rings, around)
    return add_mesh("horn", points, faces, material, smooth=True)


def add_feet() -> list[bpy.types.Object]:
    """Two feet of three toes that look out below the fur."""
    material = matte("foot", (0.40, 0.15, 0.07), 0.5)
    toes = []
    for side in (-1.0, 1.0):
        for toe in (-1.0, 0.0, 1.0):
            centre = (0.36 * side + 0.13 * toe, -0.86 + 0.05 * abs(toe), 0.10)
            ball = add_ball("toe", centre, 0.105, material, 32)
            ball.scale = (0.85, 1.35, 0.92)
            toes.append(ball)
    return toes


def add_fur(
    root: bpy.types.Object, options: FurOptions, hue: float = 0.0, saturation: float = 1.0
) -> bpy.types.Object:
    """Grows the fur as hair curves; call it again after removing the last for another sway.

    Args:
        root: of the creature.
        options: of its fur.
        hue: how far its colours are turned, [0, 1) of the circle.
        saturation: factor on theirs.
    """
    hairs = grow_fur(options)
    radii = np.linspace(ROOT_RADIUS, TIP_RADIUS, options.steps)
    return add_curves(
        root, "fur", hairs, radii, bpy.data.materials.get("fur") or hair_material(hue, saturation)
    )


def hair_material(hue: float, saturation: float) -> Any:
    """Hair that goes from red-brown roots to pale tips, a little different from hair to hair."""
    material, hair = of_shader("fur", "ShaderNodeBsdfHairPrincipled")
    tree = material.node_tree
    hair.model = "CHIANG"
    hair.parametrization = "COLOR"
    for socket, value in (
        ("Roughness", 0.32),
        ("Radial Roughness", 0.42),
        ("Coat", 0.05),
        ("Random Roughness", 0.2),
    ):
        hair.inputs[socket].default_value = value
    info = tree.nodes.new("ShaderNodeHairInfo")
    middle = tuple((a * 0.45 + b * 0.55) for a, b in zip(ROOT_COLOUR, TIP_COLOUR, strict=True))
    colour = ramp(
        tree,
        info.outputs["Intercept"],
        [
            (0.0, ROOT_COLOUR),
            (0.45, (middle[0], middle[1], middle[2])),
            (1.0, TIP_COLOUR),
        ],
    )
    vary = tree.nodes.new("ShaderNodeHueSaturation")
    vary.inputs["Hue"].default_value = (0.5 + hue) % 1.0  # 0.5 is as it was
    vary.inputs["Saturation"].default_value = saturation
    amount = tree.nodes.new("ShaderNodeMapRange")
    amount.inputs["To Min"].default_value = 0.72
    amount.inputs["To Max"].default_value = 1.12
    tree.links.new(info.outputs["Random"], amount.inputs["Value"])
    tree.links.new(amount.outputs["Result"], vary.inputs["Value"])
    tree.links.new(colour, vary.inputs["Color"])
    tree.links.new(vary.outputs["Color"], hair.inputs["Color"])
    return material
