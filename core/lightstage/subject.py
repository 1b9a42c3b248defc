"""What every kind of subject hands to the capture, and the calls that all kinds build with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np

from .hair import Points
from .makehuman import Faces
from .surfaces import link


@dataclass(frozen=True)
class Subject:
    """Something to capture.

    Attributes:
        root: the empty that carries it.
        centre: where the camera looks, in metres.
        height: what the frame shows of the scene at the centre, in metres.
        facts: what chance decided, for the sidecar; JSON values.
    """

    root: Any
    centre: tuple[float, float, float]
    height: float
    facts: dict[str, Any] = field(default_factory=dict)


def add_root(name: str) -> bpy.types.Object:
    """An empty that carries a subject."""
    return link(bpy.data.objects.new(name, None))


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
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points.tolist(), [], faces)
    if uvs is not None:
        layer = mesh.uv_layers.new(name="UVMap")
        layer.uv.foreach_set("vector", uvs.astype(np.float32).ravel())
    mesh.materials.append(material)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    item = link(bpy.data.objects.new(name, mesh))
    item.parent = root
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
    """Links hair curves below `root`.

    Args:
        root: their parent.
        name: of curves and object.
        strands: (N, steps, 3) metres, root first.
        radius: at the root.
        material: of all of it.
        tip: radius there, as a share of that at the root.
    """
    count, steps, _ = strands.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    curves.attributes["position"].data.foreach_set("vector", strands.astype(np.float32).ravel())
    taper = radius * (1.0 - (1.0 - tip) * np.linspace(0.0, 1.0, steps) ** 2)
    widths = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    widths.data.foreach_set("value", np.tile(taper.astype(np.float32), count))
    curves.materials.append(material)
    item = link(bpy.data.objects.new(name, curves))
    item.parent = root
    return item
