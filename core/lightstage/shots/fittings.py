"""What every set is fitted out with: lights, an even glow, wood, and glows too small to sample."""

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Vector

from platekey.core.lightstage.scene.objects import link
from platekey.core.lightstage.scene.surfaces import Colour, matte, ramp


def add_light(
    name: str,
    place: tuple[float, float, float],
    target: tuple[float, float, float],
    size: float,
    power: float,
    colour: Colour,
) -> None:
    """A square soft light that the camera does not see."""
    data = bpy.data.lights.new(name, "AREA")
    data.size = size
    data.energy = power
    data.color = colour
    light = link(bpy.data.objects.new(name, data))
    light.location = place
    aim = Vector(target) - light.location
    light.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    light.visible_camera = False


def set_world(colour: Colour, strength: float) -> None:
    """An even glow from everywhere."""
    world = bpy.data.worlds.new("world")
    if world.node_tree is None:  # before Blender 5.0
        world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*colour, 1.0)
    background.inputs["Strength"].default_value = strength
    bpy.context.scene.world = world


def wood(name: str, dark: Colour, light: Colour, roughness: float) -> bpy.types.Material:
    """Planks along x with grain."""
    material = matte(name, light, roughness)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord")
    stretch = tree.nodes.new("ShaderNodeMapping")
    stretch.inputs["Scale"].default_value = (0.6, 5.0, 5.0)
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 3.0
    noise.inputs["Detail"].default_value = 8.0
    noise.inputs["Distortion"].default_value = 1.2
    tree.links.new(place.outputs["Object"], stretch.inputs["Vector"])
    tree.links.new(stretch.outputs["Vector"], noise.inputs["Vector"])
    colour = ramp(tree, noise.outputs["Fac"], [(0.35, dark), (0.65, light)])
    tree.links.new(colour, tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def unsampled(material: bpy.types.Material) -> Any:
    """A glow that is seen but lights nothing by itself: far too small to sample without noise."""
    material.cycles.emission_sampling = "NONE"
    return material
