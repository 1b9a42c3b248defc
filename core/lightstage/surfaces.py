"""The materials of the sample's scenes, and the two calls that every object of them needs."""

from __future__ import annotations

from typing import Any

import bpy

Colour = tuple[float, float, float]


def matte(name: str, colour: Colour, roughness: float = 0.6, **inputs: Any) -> bpy.types.Material:
    """A Principled surface; `inputs` are further sockets, "Coat_Weight" for "Coat Weight"."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    for socket, value in inputs.items():
        shader.inputs[socket.replace("_", " ")].default_value = value
    return material


def glow(name: str, colour: Colour, strength: float) -> bpy.types.Material:
    """A surface that only shines."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    emission = tree.nodes.new("ShaderNodeEmission")
    emission.inputs["Color"].default_value = (*colour, 1.0)
    emission.inputs["Strength"].default_value = strength
    tree.links.new(emission.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material


def ramp(tree: Any, source: Any, stops: list[tuple[float, Colour]]) -> Any:
    """Adds a colour ramp behind `source` and returns its colour socket."""
    node = tree.nodes.new("ShaderNodeValToRGB")
    elements = node.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(0.5)
    for element, (position, colour) in zip(elements, stops, strict=True):
        element.position = position
        element.color = (*colour, 1.0)
    tree.links.new(source, node.inputs["Fac"])
    return node.outputs["Color"]


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


def link(item: bpy.types.Object) -> bpy.types.Object:
    """Puts an object into the scene."""
    bpy.context.scene.collection.objects.link(item)
    return item
