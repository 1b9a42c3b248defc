"""Renders rooms all around as panoramas; needs Blender's bpy.

ROOM_SEED.exr is equirectangular, scene-linear Rec.709 radiance, +X in its middle and the zenith at
its top, as light/environment.py reads it. What is there is skipped.
"""

from __future__ import annotations

import logging
import math
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

from platekey.core.errors import OptionError, OutputError
from platekey.core.lightstage.scene.objects import link
from platekey.core.stopping import go_on, never

from .room import build_room

LOG = logging.getLogger("lightstage")


def render_rooms(
    folder: Path,
    seeds: range,
    *,
    height: int = 512,
    samples: int = 48,
    threads: int = 1,
    should_stop: Callable[[], bool] = never,
) -> int:
    """Renders the rooms that the folder does not have yet; returns how many.

    Args:
        folder: is made if it is not there.
        seeds: one room each.
        height: of the panorama, 2 or more; it is twice as wide.
        samples: a pixel, before the denoiser.
        threads: of the renderer.
        should_stop: is asked between rooms.

    Raises:
        OptionError: a size or a number that cannot be.
        OutputError: the renderer wrote nothing.
        Cancelled: should_stop said so.
    """
    if height < 2 or samples < 1 or threads < 1:
        raise OptionError(
            f"height is {height}, samples {samples}, threads {threads}; give 2, 1 and 1 or more."
        )
    folder.mkdir(parents=True, exist_ok=True)
    rendered = 0
    for seed in seeds:
        target = folder / f"room_{seed:06d}.exr"
        if target.exists():
            continue
        go_on(should_stop)
        started = time.monotonic()
        render_room(target, seed, height, samples, threads)
        rendered += 1
        LOG.info("%s  %.1f s", target.name, time.monotonic() - started)
    return rendered


def render_room(target: Path, seed: int, height: int, samples: int, threads: int) -> None:
    """Renders one room from somewhere near its middle; see render_rooms."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rng = np.random.default_rng([zlib.crc32(b"room"), seed])
    room, _ = build_room(rng)
    data = bpy.data.cameras.new("camera")
    data.type = "PANO"
    data.panorama_type = "EQUIRECTANGULAR"
    camera = link(bpy.data.objects.new("camera", data))
    share = rng.uniform(-0.3, 0.3, 2)
    camera.location = (share[0] * room.x, share[1] * room.y, float(rng.uniform(1.2, 1.6)))
    camera.rotation_euler = (math.pi / 2.0, 0.0, -math.pi / 2.0)  # looks along +X
    scene = bpy.context.scene
    scene.camera = camera
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = 2 * height, height
    render.resolution_percentage = 100
    render.threads_mode, render.threads = "FIXED", threads
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode = "RGB"
    render.image_settings.color_depth = "16"
    render.image_settings.exr_codec = "ZIP"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.seed = seed
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.05
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.max_bounces = 5
    cycles.sample_clamp_indirect = 10.0
    part = target.with_name(f".{target.stem}.{os.getpid()}.exr")
    render.filepath = str(part)
    bpy.ops.render.render(write_still=True)
    if not part.exists():
        raise OutputError(f"{part} was not written; look for room and permission.")
    part.replace(target)
