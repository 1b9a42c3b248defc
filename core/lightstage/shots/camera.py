"""The camera of a shot: where it stands in every frame and for the clean plate."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Vector

from platekey.core.lightstage.scene.objects import link

from .recipes import Quality, Shot

SENSOR = 36.0  # millimetres, along the frame's width
ABOVE = 0.06  # metres of the camera above what it looks at


def add_camera(shot: Shot, quality: Quality, look: float) -> bpy.types.Object:
    """Adds the camera; it shows `framing` metres at the subject and is focused there."""
    data = bpy.data.cameras.new("camera")
    data.lens = shot.lens
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = SENSOR
    data.clip_start, data.clip_end = 0.02, 500.0
    distance = shot.framing * quality.width / quality.height * shot.lens / SENSOR
    if shot.f_stop:
        data.dof.use_dof = True
        data.dof.focus_distance = distance - 0.06  # the face is nearer than the ears
        data.dof.aperture_fstop = shot.f_stop
    camera = link(bpy.data.objects.new("camera", data))
    camera.location = (0.0, -distance, look + ABOVE)
    bpy.context.scene.camera = camera
    return camera


def aim_camera(
    camera: bpy.types.Object, place: Vector, look: float, shot: Shot, frame: int
) -> None:
    """Moves the camera to where it is in a frame; frame 0 is the clean plate.

    Args:
        camera: to move.
        place: where it stands when locked off.
        look: height that it looks at.
        shot: how steady it is.
        frame: 1 and up, or 0.
    """
    jitter = np.random.default_rng([shot.seed, frame]).standard_normal(5) * shot.handheld
    aside = shot.clean_moved if frame == 0 else 0.0
    camera.location = place + Vector((float(jitter[0]) + aside, float(jitter[1]), float(jitter[2])))
    target = Vector((float(jitter[3]), 0.0, look + float(jitter[4])))
    camera.rotation_euler = (target - camera.location).to_track_quat("-Z", "Y").to_euler()
