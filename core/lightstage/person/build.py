"""A person by chance from a folder of MakeHuman-style assets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector, bvhtree

from platekey.core.lightstage.scene.objects import add_ball, add_polygons, add_root, add_strands
from platekey.core.lightstage.scene.points import Faces, Points
from platekey.core.lightstage.scene.subject import Subject
from platekey.core.lightstage.scene.surfaces import Colour

from .figure import Macro, joint, morph, pose_figure, random_macro, random_pose
from .hair import (
    HairStyle,
    KeepOutside,
    bundle,
    grow_hair,
    random_beard,
    random_style,
    scatter_roots,
)
from .makehuman import Assets, Mesh, diffuse_texture, find_assets, read_obj, to_metres
from .materials import eye_material, hair_material, skin_material
from .regions import beard_weight, scalp_weight
from .wardrobe import Layer, add_cards, dress

FRAMINGS = {"portrait": 0.40, "bust": 0.72, "half": 1.15, "full": 2.05}  # metres in the frame
CLEARANCE = 0.004  # of hair above skin and clothes, in metres


@dataclass(frozen=True)
class Figure:
    """A morphed and posed figure.

    Attributes:
        assets: where it came from.
        base: the base mesh.
        points: (V, 3) of all its vertices in the assets' frame.
        body: the faces of its skin.
        macro: what it is like.
    """

    assets: Assets
    base: Mesh
    points: Points
    body: list[int]
    macro: Macro


def build_person(folder: Path, rng: np.random.Generator, size: int = 1024) -> Subject:
    """Builds a person.

    Args:
        folder: of the assets.
        rng: decides.
        size: pixels that the frame will be high: hair far thinner than a pixel is bundled.

    Raises:
        MissingFrame, UnreadableFile: the assets' folder is not one.
    """
    assets = find_assets(folder)
    base = read_obj(assets.base)
    macro = random_macro(rng)
    pose = random_pose(rng)
    points = pose_figure(base, morph(base, assets, macro), pose)
    figure = Figure(assets, base, points, base.groups["body"], macro)
    root = add_root("person")
    layers, hidden, clothes = dress(root, base, points, assets, macro.male, rng)
    skin = [face for face in figure.body if not hidden.issuperset(base.faces[face])]
    tint = add_skin(root, replace(figure, body=skin), rng)
    add_eyes(root, figure, rng)
    hair, facts = hair_material(rng)
    dark = float(1.0 - 0.8 * facts["melanin"])
    add_cards(root, figure.points, assets, (0.6 * dark, 0.5 * dark, 0.45 * dark), rng)
    around = keep_outside([Layer(to_metres(points), [base.faces[f] for f in figure.body]), *layers])
    framing = str(rng.choice(list(FRAMINGS), p=[0.3, 0.4, 0.2, 0.1]))
    height = FRAMINGS[framing] * float(rng.uniform(0.9, 1.15))
    styles = add_hair(root, figure, hair, around, height / size, rng)
    return Subject(
        root,
        aim(base, points, framing),
        height,
        {
            "framing": framing,
            "male": round(macro.male, 3),
            "old": round(macro.old, 3),
            "clothes": clothes,
            "skin": [round(part, 3) for part in tint],
            "hair": styles,
            **{key: round(value, 3) for key, value in facts.items()},
        },
    )


def aim(base: Mesh, points: Points, framing: str) -> tuple[float, float, float]:
    """The middle of the frame: the head stays in the upper part of it."""
    head = to_metres(joint(base, points, "head-2")[None])[0]
    chin = to_metres(joint(base, points, "head")[None])[0]
    down = 0.13 if framing == "portrait" else FRAMINGS[framing] / 2.0 - 0.15
    middle = 0.5 * (head + chin)
    return float(middle[0]), float(middle[1]), float(head[2] - down)


def add_skin(root: bpy.types.Object, figure: Figure, rng: np.random.Generator) -> Colour:
    """Adds what shows of the body; returns the tint."""
    pictures = {name: diffuse_texture(path) for name, path in figure.assets.skins.items()}
    female = figure.macro.male < 0.5
    fitting = [
        picture
        for name, picture in sorted(pictures.items())
        if picture is not None and "suit" not in name and ("female" in name) == female
    ]
    picture = fitting[rng.integers(0, len(fitting))] if fitting else None
    shade = float(rng.uniform(0.65, 1.1) if picture else rng.uniform(0.08, 0.6))
    warm = float(rng.uniform(0.85, 1.0))
    tint = (shade, shade * warm, shade * warm * float(rng.uniform(0.88, 1.0)))
    if picture is None:
        tint = (tint[0], tint[1] * 0.72, tint[2] * 0.55)
    material = skin_material(rng, picture, tint)
    mesh = figure.base.part(figure.body, figure.points)
    uvs = mesh.corner_uvs()
    add_polygons(root, "skin", to_metres(mesh.points), mesh.faces, material, uvs, subdivide=1)
    return tint


def add_eyes(root: bpy.types.Object, figure: Figure, rng: np.random.Generator) -> None:
    """Balls where the base mesh's helper eyes are; both look the same way."""
    material: Any = None
    glance = rng.normal(0.0, (0.10, 0.0, 0.05))
    for side in ("l", "r"):
        shell = to_metres(figure.points[figure.base.vertices(f"helper-{side}-eye")])
        centre = 0.5 * (shell.min(axis=0) + shell.max(axis=0))
        radius = float(np.median(np.linalg.norm(shell - centre, axis=-1)))
        material = material or eye_material(rng, radius)
        ahead = [
            joint(figure.base, figure.points, f"{side}-{name}") for name in ("eye", "eye-target")
        ]
        ahead_points = to_metres(np.stack(ahead))
        gaze = ahead_points[1] - ahead_points[0]
        gaze = gaze / np.linalg.norm(gaze) + glance
        eye = add_ball("eye", tuple(centre), radius, material, 48)
        eye.rotation_mode = "QUATERNION"
        eye.rotation_quaternion = Vector(gaze).to_track_quat("Z", "Y")
        eye.parent = root


def keep_outside(layers: list[Layer]) -> KeepOutside:
    """A function that moves points out of all the layers."""
    points: list[list[float]] = []
    faces: Faces = []
    for layer in layers:
        start = len(points)
        points += layer.points.tolist()
        faces += [tuple(corner + start for corner in face) for face in layer.faces]
    tree = bvhtree.BVHTree.FromPolygons(points, faces)

    def move(strands: Points) -> Points:
        moved = strands.copy()
        for number, point in enumerate(strands):
            place, normal, _, _ = tree.find_nearest(Vector(point))
            inside = CLEARANCE - (Vector(point) - place).dot(normal)
            if inside > 0.0:
                moved[number] = point + np.array(normal) * inside
        return moved

    return move


def add_hair(
    root: bpy.types.Object,
    figure: Figure,
    material: Any,
    around: KeepOutside,
    pixel: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Hair on the scalp, now and then a beard or none; returns what chance decided.

    `pixel` is how much of the scene one covers, in metres.
    """
    found: dict[str, Any] = {}
    if rng.random() < 0.96:
        style = bundle(random_style(rng), pixel)
        strands = grow_on(figure, scalp_weight(figure.base), style, around, rng)
        add_strands(root, "hair", strands, style.radius, material)
        found = {"style": style.name, "length": round(style.length, 4)}
    if figure.macro.male > 0.5 and rng.random() < 0.4:
        beard = bundle(random_beard(rng), pixel)
        strands = grow_on(figure, beard_weight(figure.base), beard, around, rng)
        add_strands(root, "beard", strands, beard.radius, material)
        found["beard"] = round(beard.length, 4)
    return found


def grow_on(
    figure: Figure,
    weight: Points,
    style: HairStyle,
    around: KeepOutside,
    rng: np.random.Generator,
) -> Points:
    """Hair where `weight` says, on the posed body."""
    faces = [figure.base.faces[face] for face in figure.body]
    roots, normals = scatter_roots(to_metres(figure.points), faces, weight, style.guides, rng)
    return grow_hair(roots, normals, style, rng, around)


def turn_person(root: bpy.types.Object, rng: np.random.Generator) -> float:
    """Turns the figure about the vertical, mostly facing the camera; returns radians."""
    wide = rng.random() < 0.3
    angle = float(rng.uniform(-np.pi, np.pi) if wide else rng.normal(0.0, 0.45))
    root.rotation_euler[2] = angle
    return angle
