"""Green and blue screens: a sweep of cloth, lit unevenly, with creases, seams and markers."""

from __future__ import annotations

from platekey.core.lightstage.scene.objects import add_box, add_mesh
from platekey.core.lightstage.scene.surfaces import Colour, bumped, matte, ramp

from .fittings import add_light
from .recipes import Shot

CLOTH: dict[str, Colour] = {"green": (0.035, 0.40, 0.06), "blue": (0.025, 0.09, 0.48)}


def build_screen(shot: Shot) -> None:
    """The screen behind and below the subject, and its own two lights."""
    colour = CLOTH[shot.set]
    material = matte("screen", colour, 0.85)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    stains = tree.nodes.new("ShaderNodeTexNoise")
    stains.inputs["Scale"].default_value = 1.6
    creases = tree.nodes.new("ShaderNodeTexNoise")
    creases.inputs["Scale"].default_value = 5.0
    creases.inputs["Distortion"].default_value = 2.0
    for node in (stains, creases):
        tree.links.new(place, node.inputs["Vector"])
    worn = (colour[0] * 0.85 + 0.01, colour[1] * 0.8, colour[2] * 0.85 + 0.005)
    tone = ramp(tree, stains.outputs["Fac"], [(0.35, worn), (0.65, colour)])
    tree.links.new(tone, tree.nodes["Principled BSDF"].inputs["Base Color"])
    bumped(tree, creases.outputs["Fac"], 0.05)
    add_sweep(shot.wall, material)
    marker = matte("marker", (colour[0] * 0.3, colour[1] * 0.45, colour[2] * 0.3), 0.8)
    for x in (-1.1, -0.35, 0.4, 1.15):
        for z in (0.75, 1.35, 1.95):
            back = shot.wall - 0.004
            add_box(
                "marker", (x - 0.04, back, z - 0.008), (x + 0.04, back + 0.003, z + 0.008), marker
            )
            add_box(
                "marker", (x - 0.008, back, z - 0.04), (x + 0.008, back + 0.003, z + 0.04), marker
            )
    aim = (0.0, shot.wall, 1.3)
    add_light("screen left", (-2.6, 0.3, 2.4), aim, 1.0, 95.0, (1.0, 1.0, 1.0))
    add_light("screen right", (2.7, 0.2, 2.2), aim, 1.0, 65.0, (1.0, 0.97, 0.93))


def add_sweep(back: float, material: object) -> None:
    """Floor and wall of one piece, joined by a curve."""
    bend = 0.35
    profile = [(-6.0, 0.0), (back - bend, 0.0)]
    profile += [(back - bend * (1.0 - share), bend * (1.0 - (1.0 - share**2) ** 0.5))
                for share in (0.25, 0.5, 0.7, 0.85, 0.95)]  # fmt: skip
    profile += [(back, bend), (back, 4.0)]
    points = [(x, y, z) for y, z in profile for x in (-5.0, 5.0)]
    faces: list[tuple[int, ...]] = [
        (2 * step, 2 * step + 1, 2 * step + 3, 2 * step + 2) for step in range(len(profile) - 1)
    ]
    add_mesh("screen", points, faces, material)
