"""The subjects of the shots: built, put where they stand or hang, and moved."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from platekey.core.errors import OptionError
from platekey.core.lightstage.scene.objects import add_polygons, add_root
from platekey.core.lightstage.scene.surfaces import matte
from platekey.core.lightstage.subjects import props
from platekey.core.lightstage.subjects.creature import add_fur, build_creature
from platekey.core.lightstage.subjects.fur import FurOptions
from platekey.core.lightstage.subjects.shapes import lathe
from platekey.core.lightstage.subjects.smoke import OFFSET, SmokeOptions, add_smoke

from .recipes import Shot
from .rooms import TABLE

CREATURE = 0.46  # of the sample's size: about a metre high
BARE = ("skin", "eye", "hair", "beard")  # how the parts of a person that are no clothes begin


@dataclass(frozen=True)
class Actor:
    """A subject in its place.

    Attributes:
        root: the empty that carries it.
        look: height that the camera looks at, in metres.
    """

    root: Any
    look: float


def build_actor(shot: Shot, assets: Path | None) -> Actor:
    """Builds the subject of a shot.

    Raises:
        OptionError: a person without assets.
        MissingFrame, UnreadableFile: the assets' folder is not one.
    """
    rng = np.random.default_rng([zlib.crc32(shot.subject.encode()), shot.seed])
    if shot.subject == "person":
        if assets is None:
            raise OptionError(
                f"shot {shot.name} has a person, who needs assets; name a folder of them."
            )
        return person(shot, assets, rng)
    return BUILDERS[shot.subject](shot, rng)


def person(shot: Shot, assets: Path, rng: np.random.Generator) -> Actor:
    """A person on the floor, turned a little, their hair within the frame."""
    from platekey.core.lightstage.person.build import build_person

    root = build_person(assets, rng).root
    root.rotation_euler[2] = float(rng.normal(0.0, 0.35))
    low, high = extent(root)
    root.location[2] = -low
    tall = high - low
    if shot.alike:
        wall = bpy.data.objects["wall"].data.materials[0]
        for item in root.children_recursive:
            if item.type == "MESH" and not item.name.startswith((*BARE, "eyebrow", "eyelash")):
                item.data.materials[0] = wall
    whole = 0.5 * tall + 0.02
    return Actor(root, max(tall + 0.09 - 0.5 * shot.framing, whole))


def extent(root: Any) -> tuple[float, float]:
    """The lowest and the highest z of the meshes that `root` carries."""
    bpy.context.view_layer.update()
    heights = [
        (item.matrix_world @ vertex.co).z
        for item in root.children_recursive
        if item.type == "MESH"
        for vertex in item.data.vertices
    ]
    return min(heights), max(heights)


def creature(shot: Shot, rng: np.random.Generator) -> Actor:
    """The sample's creature on the floor, in another fur."""
    root = build_creature()
    add_fur(root, FurOptions(guides=1500, seed=int(rng.integers(0, 2**31))))
    root.scale = (CREATURE,) * 3
    root.rotation_euler[2] = float(rng.normal(0.0, 0.3))
    return Actor(root, 0.57)


def cloth(shot: Shot, rng: np.random.Generator) -> Actor:
    """A frayed cloth, a veil or a net; it hangs from above the frame."""
    root = add_root(shot.subject)
    add = {"cloth": props.add_frayed, "veil": props.add_veil, "net": props.add_net}
    add[shot.subject](root, rng)
    for item in root.children:
        if item.name.startswith("ball"):  # it would float
            bpy.data.objects.remove(item)
    root.scale = (1.15, 1.15, 1.15)
    if shot.subject == "veil":
        root.scale[1] = 2.6  # deeper folds
        thicken(bpy.data.materials["veil"])
    root.location = (0.0, 0.0, 1.4 + 0.22)
    root.rotation_euler[2] = float(rng.normal(0.0, 0.25))
    return Actor(root, 1.4)


def thicken(veil: Any) -> None:
    """Lets a veil hide more where it is seen at a slant, as woven threads do."""
    tree = veil.node_tree
    slant = tree.nodes.new("ShaderNodeLayerWeight")
    slant.inputs["Blend"].default_value = 0.35
    amount = tree.nodes.new("ShaderNodeMapRange")
    amount.inputs["To Min"].default_value, amount.inputs["To Max"].default_value = 0.22, 0.9
    tree.links.new(slant.outputs["Facing"], amount.inputs["Value"])
    tree.links.new(amount.outputs["Result"], tree.nodes["Principled BSDF"].inputs["Alpha"])


def plant(shot: Shot, rng: np.random.Generator) -> Actor:
    """A branch that comes in from below the frame."""
    root = props.foliage(rng).root
    root.rotation_euler = rng.normal(0.0, (0.1, 0.15, 1.0)).tolist()
    root.location = (0.0, 0.0, 1.4 - 0.12)
    return Actor(root, 1.4)


def feathers(shot: Shot, rng: np.random.Generator) -> Actor:
    """A bunch of feathers held up from below the frame."""
    root = props.feathers(rng).root
    root.location = (0.0, 0.0, 1.4 - 0.03)
    return Actor(root, 1.4)


def glass(shot: Shot, rng: np.random.Generator) -> Actor:
    """Three vessels on the table, one of them tinted, and a steel ring."""
    root = add_root("glass")
    for x, y, tint in ((-0.2, 0.05, (1.0, 1.0, 1.0)), (0.02, -0.1, (0.75, 0.95, 0.85)),
                       (0.22, 0.08, (0.98, 0.9, 0.75))):  # fmt: skip
        clear = matte("glass", tint, 0.02, Transmission_Weight=1.0, IOR=1.45)
        points, faces = lathe(0.55 * props.vessel(rng), 64)
        item = add_polygons(root, "vessel", points, faces, clear)
        item.location = (x, y, TABLE + 0.002)
    steel = matte("steel", (0.6, 0.58, 0.55), 0.25, Metallic=1.0)
    outline = np.array([[0.03, 0.0], [0.05, 0.0], [0.05, 0.03], [0.03, 0.03], [0.03, 0.0]])
    points, faces = lathe(outline, 6)
    ring = add_polygons(root, "ring", points, faces, steel)
    ring.data.polygons.foreach_set("use_smooth", [False] * len(faces))
    ring.location = (0.12, -0.2, TABLE + 0.001)
    return Actor(root, TABLE + 0.14)


def smoke(shot: Shot, rng: np.random.Generator) -> Actor:
    """Smoke that rises from the bowl on the kitchen's table."""
    x, y, z = rng.uniform(-50.0, 50.0, 3)
    options = SmokeOptions("plume", 16.0, (0.82, 0.83, 0.85), 3.6, 0.2, (x, y, z))
    root = add_smoke(options)
    bpy.context.scene.cycles.volume_bounces = 2
    root.scale = (0.62,) * 3
    root.location = (0.0, 0.0, TABLE + 0.46)
    return Actor(root, TABLE + 0.30)


BUILDERS: dict[str, Callable[[Shot, np.random.Generator], Actor]] = {
    "creature": creature,
    "cloth": cloth,
    "veil": cloth,
    "net": cloth,
    "foliage": plant,
    "feathers": feathers,
    "glass": glass,
    "smoke": smoke,
}


def animate(shot: Shot, actor: Actor) -> None:
    """Sets keys for every frame and one before and after; the middle of the shot is as built."""
    root = actor.root
    place, angles = np.array(root.location), np.array(root.rotation_euler)
    unit = 0.01 * shot.framing * shot.speed  # metres a frame
    for frame in range(shot.frames + 2):
        time = frame - 0.5 * (shot.frames + 1)
        shift, turn = np.zeros(3), np.zeros(3)
        if shot.motion == "turn":
            shift[0], turn[2] = 0.6 * unit * time, 0.06 * shot.speed * time
        elif shot.motion == "walk":
            shift[0], turn[1] = unit * time, 0.004 * np.sin(1.3 * time)
        elif shot.motion == "sway":
            shift[0], turn[1], turn[2] = 0.8 * unit * time, 0.02 * time, 0.03 * time
        root.location, root.rotation_euler = place + shift, angles + turn
        root.keyframe_insert("location", frame=frame)
        root.keyframe_insert("rotation_euler", frame=frame)
        if shot.motion == "rise":
            _rise(0.09 * shot.speed, frame)


def _rise(step: float, frame: int) -> None:
    """Lets the smoke's noise move upwards by `step` a frame."""
    offset = bpy.data.materials["smoke"].node_tree.nodes[OFFSET].inputs[1]
    x, y, z = offset.default_value
    offset.default_value = (x, y, z - step)
    offset.keyframe_insert("default_value", frame=frame)
