"""Clothes, brows and lashes of a figure."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from platekey.core.lightstage.scene.objects import add_polygons
from platekey.core.lightstage.scene.points import Faces, Points
from platekey.core.lightstage.scene.surfaces import Colour, fabric_material

from .figure import arm_weight, joint
from .hair import point_normals
from .makehuman import Assets, Mesh, diffuse_texture, read_garment, to_metres
from .materials import card_material

LOOSE = 0.012  # metres between the body suit of the base mesh and the clothes made of it


@dataclass(frozen=True)
class Layer:
    """A surface that hair does not go through: points in metres and faces."""

    points: Points
    faces: Faces


def dress(
    root: bpy.types.Object,
    base: Mesh,
    points: Points,
    assets: Assets,
    male: float,
    rng: np.random.Generator,
) -> tuple[list[Layer], frozenset[int], list[str]]:
    """Puts clothes on a figure.

    Args:
        root: the figure's empty.
        base: the base mesh.
        points: (V, 3) of the morphed and posed figure.
        assets: where fitted clothes may be.
        male: above 0.5 men's clothes are picked.
        rng: decides.

    Returns:
        The clothes' surfaces, the base mesh's vertices that they hide, what was picked.
    """
    sex = "female" if male < 0.5 else "male"
    fitted = [name for name in assets.garments if name.startswith(sex) and "suit" in name]
    if fitted and rng.random() < 0.5:
        name = fitted[rng.integers(0, len(fitted))]
        garment = read_garment(assets.garments[name])
        on_figure = to_metres(garment.fit(points))
        uvs = garment.mesh.corner_uvs()
        material = fabric_material(rng, diffuse_texture(garment.material))
        add_polygons(root, name, on_figure, garment.mesh.faces, material, uvs, subdivide=1)
        return [Layer(on_figure, garment.mesh.faces)], garment.hides, [name]
    layers = []
    for name, faces in sew(base, rng).items():
        loose = LOOSE * (1.0 if name == "top" else 0.8)
        mesh = base.part(faces, points)
        metres = to_metres(mesh.points)
        metres = metres + loose * point_normals(metres, mesh.faces)
        item = add_polygons(root, name, metres, mesh.faces, fabric_material(rng))
        crease(item, rng)
        layers.append(Layer(metres, mesh.faces))
    return layers, frozenset(), ["sewn"]


def sew(base: Mesh, rng: np.random.Generator) -> dict[str, list[int]]:
    """Cuts the base mesh's body suit into a top and trousers: names to faces."""
    faces = base.groups["helper-tights"]
    middle = np.array([base.points[list(base.faces[face])].mean(axis=0) for face in faces])
    arms = arm_weight(base, "l") + arm_weight(base, "r")
    arm = np.array([arms[list(base.faces[face])].mean() for face in faces]) > 0.1
    hips = joint(base, base.points, "pelvis")[1]
    mirrored = np.abs(middle) * (1.0, 0.0, 0.0) + middle * (0.0, 1.0, 1.0)
    shoulder, elbow = (joint(base, base.points, f"l-{name}") for name in ("shoulder", "elbow"))
    along = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    sleeve = float(rng.choice([0.3, 1.2, 2.0, 9.0], p=[0.2, 0.3, 0.1, 0.4]))  # decimetres
    neck = joint(base, base.points, "neck") + np.array([0.0, 0.0, 0.2])
    collar = float(rng.uniform(0.55, 1.35))
    leg = float(rng.choice([-7.6, -3.0, -1.5], p=[0.7, 0.15, 0.15]))
    bare = np.linalg.norm(middle - neck, axis=-1) < collar
    covered = ~bare & ((mirrored - shoulder) @ along < np.where(arm, sleeve, 99.0))
    above = arm | (middle[:, 1] > hips - float(rng.uniform(0.0, 0.8)))
    below = ~arm & (middle[:, 1] < hips + 0.5) & (middle[:, 1] > leg)
    numbers = np.array(faces)
    return {"top": numbers[above & covered].tolist(), "trousers": numbers[below].tolist()}


def crease(item: bpy.types.Object, rng: np.random.Generator) -> None:
    """Folds and thickness."""
    smooth = item.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    texture = bpy.data.textures.new("folds", "CLOUDS")
    texture.noise_scale = float(rng.uniform(0.05, 0.14))
    fold = item.modifiers.new("fold", "DISPLACE")
    fold.texture = texture
    fold.strength = float(rng.uniform(0.0, 0.02))
    fold.mid_level = 0.2  # folds go outwards: the skin stays below
    thick = item.modifiers.new("thick", "SOLIDIFY")
    thick.thickness = 0.002


def add_cards(
    root: bpy.types.Object,
    points: Points,
    assets: Assets,
    tint: Colour,
    rng: np.random.Generator,
) -> None:
    """Adds a pair of brows and of lashes, where the assets have any."""
    for kind in ("eyebrow", "eyelashes"):
        names = [name for name in assets.garments if name.startswith(kind)]
        if not names:
            continue
        garment = read_garment(assets.garments[names[rng.integers(0, len(names))]])
        picture = diffuse_texture(garment.material)
        if picture is None:
            continue
        colour = tint if kind == "eyebrow" else (0.05, 0.04, 0.035)
        uvs = garment.mesh.corner_uvs()
        fitted = to_metres(garment.fit(points))
        add_polygons(root, kind, fitted, garment.mesh.faces, card_material(picture, colour), uvs)
