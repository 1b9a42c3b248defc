"""The camera and the sphere of lamps around a subject, each lamp a light group of its own."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector

from platekey.core.lightstage.scene.objects import link

from .recipe import lamp_directions, lamp_name

SENSOR = 36.0  # millimetres
FAR = 3.5  # of the lamps from the centre, in heights of the frame


def add_camera(
    centre: tuple[float, float, float], height: float, rng: np.random.Generator
) -> tuple[bpy.types.Object, dict[str, float]]:
    """A camera by chance that shows `height` metres at `centre`; and what chance decided."""
    lens = float(rng.choice([28.0, 35.0, 50.0, 85.0, 135.0]))
    distance = height * lens / SENSOR
    raised = math.radians(float(rng.normal(4.0, 8.0)))
    rolled = math.radians(float(rng.normal(0.0, 2.5)))
    shift = rng.normal(0.0, 0.025 * height, 2)
    away = Vector((0.0, -math.cos(raised), math.sin(raised)))
    target = Vector(centre) + Vector((shift[0], 0.0, shift[1]))
    data = bpy.data.cameras.new("camera")
    data.lens = lens
    data.sensor_width = SENSOR
    data.clip_start, data.clip_end = 0.01, 100.0
    facts = {"lens": lens, "distance": distance, "raised": raised, "rolled": rolled, "f_stop": 0.0}
    if rng.random() < 0.3:
        # The blur of a point one frame height behind, as a share of the frame's height.
        blur = float(rng.uniform(0.01, 0.06))
        opening = blur * (distance + height) * distance / (distance * height) * height
        facts["f_stop"] = lens / 1000.0 / opening
        data.dof.use_dof = True
        data.dof.focus_distance = distance - 0.1 * height
        data.dof.aperture_fstop = facts["f_stop"]
    camera = link(bpy.data.objects.new("camera", data))
    turn = (-away).to_track_quat("-Z", "Y").to_matrix() @ Matrix.Rotation(rolled, 3, "Z")
    camera.matrix_world = Matrix.Translation(target + away * distance) @ turn.to_4x4()
    bpy.context.scene.camera = camera
    return camera, facts


def add_lamps(
    camera: bpy.types.Object, centre: tuple[float, float, float], height: float, count: int
) -> None:
    """Adds the lamps, in the camera's frame.

    Every lamp is a disk that gives the centre as much light as radiance 1 from 4 pi / count
    steradian: together they are a white sky of radiance 1.
    """
    layer = bpy.context.view_layer
    turn = camera.matrix_world.to_3x3()
    far = FAR * height
    radius = far * 2.0 / math.sqrt(count)  # of the disks, whose areas make up the sphere's
    seen = 2.0 * math.pi * (1.0 - far / math.hypot(far, radius))  # steradian, a little less
    radiance = 4.0 * math.pi / count / seen
    for index, direction in enumerate(lamp_directions(count)):
        name = lamp_name(index)
        layer.lightgroups.add(name=name)
        data = bpy.data.lights.new(name, "AREA")
        data.shape = "DISK"
        data.size = 2.0 * radius
        data.energy = math.pi * (math.pi * radius**2) * radiance
        lamp = link(bpy.data.objects.new(name, data))
        away = turn @ Vector(direction)
        lamp.location = Vector(centre) + away * far
        lamp.rotation_mode = "QUATERNION"
        lamp.rotation_quaternion = away.to_track_quat("Z", "Y")
        lamp.visible_camera = False
        lamp.lightgroup = name
