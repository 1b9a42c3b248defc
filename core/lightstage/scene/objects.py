"""The objects of a scene: meshes, hair curves, and the empties that carry them."""

from __future__ import annotations

import bpy
import numpy as np

from .points import Faces, Points


def link(item: bpy.types.Object) -> bpy.types.Object:
    """Puts an object into the scene."""
    bpy.context.scene.collection.objects.link(item)
    return item


def add_root(name: str) -> bpy.types.Object:
    """An empty that carries a subject."""
    return link(bpy.data.objects.new(name, None))


def add_mesh(
    name: str,
    points: list[tuple[float, float, float]],
    faces: list[tuple[int, ...]],
    material: bpy.types.Material,
    smooth: bool = False,
) -> bpy.types.Object:
    """Links a mesh object made of points and faces."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    mesh.materials.append(material)
    mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
    return link(bpy.data.objects.new(name, mesh))


def tube(rings: int, around: int) -> list[tuple[int, ...]]:
    """The faces between rings of points, `around` points a ring."""
    return [
        (
            ring * around + step,
            ring * around + (step + 1) % around,
            (ring + 1) * around + (step + 1) % around,
            (ring + 1) * around + step,
        )
        for ring in range(rings - 1)
        for step in range(around)
    ]


def add_ball(
    name: str,
    centre: tuple[float, float, float],
    radius: float,
    material: bpy.types.Material,
    segments: int = 48,
) -> bpy.types.Object:
    """Links a smooth sphere."""
    bpy.ops.mesh.primitive_uv_sphere_add(
        segments=segments, ring_count=segments // 2, radius=radius, location=centre
    )
    ball = bpy.context.active_object
    ball.name = name
    ball.data.materials.append(material)
    ball.data.polygons.foreach_set("use_smooth", [True] * len(ball.data.polygons))
    return ball


def add_box(
    name: str,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    material: bpy.types.Material,
) -> bpy.types.Object:
    """Links a box between two corners."""
    points = [
        (x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])
    ]
    faces: list[tuple[int, ...]] = [
        (0, 1, 3, 2),
        (4, 6, 7, 5),
        (0, 4, 5, 1),
        (2, 3, 7, 6),
        (0, 2, 6, 4),
        (1, 5, 7, 3),
    ]
    return add_mesh(name, points, faces, material)


def add_polygons(
    root: bpy.types.Object,
    name: str,
    points: Points,
    faces: Faces,
    material: bpy.types.Material,
    uvs: Points | None = None,
    subdivide: int = 0,
) -> bpy.types.Object:
    """Links a smooth mesh below `root`.

    Args:
        root: its parent.
        name: of mesh and object.
        points: (V, 3) metres.
        faces: polygons.
        material: of all of it.
        uvs: (C, 2), one for each corner in the faces' order.
        subdivide: levels of smoothing.
    """
    item = add_mesh(name, points.tolist(), faces, material, smooth=True)
    item.parent = root
    if uvs is not None:
        layer = item.data.uv_layers.new(name="UVMap")
        layer.uv.foreach_set("vector", uvs.astype(np.float32).ravel())
    if subdivide:
        modifier = item.modifiers.new("smooth", "SUBSURF")
        modifier.levels = modifier.render_levels = subdivide
    return item


def add_strands(
    root: bpy.types.Object,
    name: str,
    strands: Points,
    radius: float,
    material: bpy.types.Material,
    tip: float = 0.3,
) -> bpy.types.Object:
    """Links hair curves below `root` that thin out towards their tips.

    Args:
        root: their parent.
        name: of curves and object.
        strands: (N, steps, 3) metres, root first.
        radius: at the root.
        material: of all of it.
        tip: radius there, as a share of that at the root.
    """
    time = np.linspace(0.0, 1.0, strands.shape[1])
    return add_curves(root, name, strands, radius * (1.0 - (1.0 - tip) * time**2), material)


def add_curves(
    root: bpy.types.Object, name: str, strands: Points, radii: Points, material: bpy.types.Material
) -> bpy.types.Object:
    """The same with (steps,) radii from root to tip."""
    count, steps, _ = strands.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    curves.attributes["position"].data.foreach_set("vector", strands.astype(np.float32).ravel())
    widths = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    widths.data.foreach_set("value", np.tile(radii.astype(np.float32), count))
    curves.materials.append(material)
    item = link(bpy.data.objects.new(name, curves))
    item.parent = root
    return item
