"""Smoke-like volumes: puffs, plumes and wisps of procedural density inside a bounding ball."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from platekey.core.lightstage.scene.objects import add_ball, add_root
from platekey.core.lightstage.scene.subject import Subject
from platekey.core.lightstage.scene.surfaces import Colour, random_colour

BOUND = 0.62  # of the ball that holds the volume, in metres
OFFSET = "offset"  # the node that shifts the noise; move it and the smoke flows


@dataclass(frozen=True)
class SmokeOptions:
    """A volume's look.

    Attributes:
        kind: "puff" is round, "plume" widens as it rises, "wisps" are thin threads of it.
        density: extinction where it is thickest, in 1/metres.
        colour: single-scattering albedo; black absorbs, white only scatters.
        grain: of the noise, in 1/metres.
        forward: anisotropy of the scattering, -1 to 1.
        offset: where in the noise the volume lies.
    """

    kind: str = "puff"
    density: float = 18.0
    colour: Colour = (0.8, 0.8, 0.8)
    grain: float = 4.0
    forward: float = 0.2
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)


def smoke(rng: np.random.Generator) -> Subject:
    """Smoke by chance: from black to white, some of it tinted, some of it thin."""
    kind = str(rng.choice(["puff", "plume", "wisps"]))
    grey = float(rng.uniform(0.15, 0.98))
    colour: Colour = (grey, grey, grey)
    if rng.random() < 0.3:
        colour = random_colour(rng, (0.05, 0.6), (0.4, 0.95))
    offset = rng.uniform(-50.0, 50.0, 3)
    options = SmokeOptions(
        kind,
        density=float(np.exp(rng.uniform(np.log(3.0), np.log(30.0)))),
        colour=colour,
        grain=float(rng.uniform(2.0, 4.5)),
        forward=float(rng.uniform(-0.1, 0.6)),
        offset=(float(offset[0]), float(offset[1]), float(offset[2])),
    )
    root = add_smoke(options)
    root.rotation_euler = rng.normal(0.0, (0.15, 0.3, 1.0)).tolist()
    facts = {"smoke": kind, "density": round(options.density, 2)}
    return Subject(root, (0.0, 0.0, 0.0), float(rng.uniform(0.9, 1.5)), facts)


def add_smoke(options: SmokeOptions) -> bpy.types.Object:
    """Builds the volume about the origin and returns the empty that carries it.

    Sets the scene's volume steps: coarse ones are enough for density this soft, and marching is far
    cheaper than Cycles' default, which tracks every change of a procedural density.
    """
    root = add_root("smoke")
    ball = add_ball("smoke", (0.0, 0.0, 0.0), BOUND, smoke_material(options), 24)
    ball.parent = root
    cycles = bpy.context.scene.cycles
    cycles.volume_biased = True
    cycles.volume_step_rate = 1.0
    cycles.volume_max_steps = 32
    cycles.volume_bounces = 0
    return root


def smoke_material(options: SmokeOptions) -> bpy.types.Material:
    """A volume without a surface; see SmokeOptions."""
    material = bpy.data.materials.new("smoke")
    if material.node_tree is None:  # before Blender 5.0
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    volume = tree.nodes.new("ShaderNodeVolumePrincipled")
    volume.inputs["Color"].default_value = (*options.colour, 1.0)
    volume.inputs["Anisotropy"].default_value = options.forward
    tree.links.new(density(tree, options), volume.inputs["Density"])
    tree.links.new(volume.outputs[0], tree.nodes["Material Output"].inputs["Volume"])
    return material


def density(tree: Any, options: SmokeOptions) -> Any:
    """The socket of the density: noise that is eaten away towards the outline."""
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = options.grain
    noise.inputs["Detail"].default_value = 3.0
    noise.inputs["Roughness"].default_value = 0.58
    moved = tree.nodes.new("ShaderNodeVectorMath")
    moved.name = OFFSET
    moved.operation = "ADD"
    moved.inputs[1].default_value = options.offset
    tree.links.new(place, moved.inputs[0])
    tree.links.new(moved.outputs[0], noise.inputs["Vector"])
    turbulence = noise.outputs["Fac"]
    edge = outline(tree, place, options.kind)
    if options.kind == "wisps":
        # Threads lie where the noise crosses its middle.
        crossing = math(tree, "ABSOLUTE", math(tree, "SUBTRACT", turbulence, 0.5))
        thread = math(tree, "MULTIPLY_ADD", crossing, -16.0, 0.9)
        shape = math(tree, "ADD", thread, math(tree, "MULTIPLY_ADD", edge, 1.2, -0.75))
    else:
        eaten = math(tree, "MULTIPLY_ADD", turbulence, 19.0, -9.9)
        shape = math(tree, "ADD", eaten, math(tree, "MULTIPLY_ADD", edge, 6.0, -1.3))
        shape = math(tree, "MULTIPLY", shape, math(tree, "MAXIMUM", edge, 0.0))
    kept = math(tree, "MINIMUM", math(tree, "MAXIMUM", shape, 0.0), 1.0)
    return math(tree, "MULTIPLY", kept, options.density)


def outline(tree: Any, place: Any, kind: str) -> Any:
    """A socket that is about 1 in the volume's middle and 0 or less at its bound."""
    if kind != "plume":
        return math(tree, "MULTIPLY_ADD", length(tree, place), -1.0 / BOUND, 1.0)
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place, split.inputs[0])
    flat = tree.nodes.new("ShaderNodeCombineXYZ")
    for axis in "XY":
        tree.links.new(split.outputs[axis], flat.inputs[axis])
    height = split.outputs["Z"]
    width = math(tree, "MULTIPLY_ADD", height, 0.28, 0.23)  # 0.05 at the foot, 0.4 on top
    beside = math(tree, "DIVIDE", length(tree, flat.outputs[0]), width)
    column = math(tree, "MULTIPLY_ADD", beside, -1.0, 1.0)
    within = math(tree, "MULTIPLY_ADD", length(tree, place), -3.0 / BOUND, 3.0)
    return math(tree, "MINIMUM", column, within)


def length(tree: Any, vector: Any) -> Any:
    """The socket of a vector's length."""
    node = tree.nodes.new("ShaderNodeVectorMath")
    node.operation = "LENGTH"
    tree.links.new(vector, node.inputs[0])
    return node.outputs["Value"]


def math(tree: Any, operation: str, *values: Any) -> Any:
    """The socket of a calculation; `values` are sockets or numbers."""
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = operation
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, float):
            socket.default_value = value
        else:
            tree.links.new(value, socket)
    return node.outputs[0]
