"""Renders subjects under one light at a time; needs Blender's bpy.

Every capture is one multilayer EXR a frame (a pass for every lamp, their sum, alpha, depth, motion)
and one JSON file; docs/captures.md has the format. Whole captures are skipped, so rendering can be
stopped and started again.
"""

from __future__ import annotations

import logging
import os
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from platekey.core.errors import OptionError, OutputError
from platekey.core.lightstage.scene.subject import Subject
from platekey.core.stopping import go_on, never

from .lamps import add_camera, add_lamps
from .recipe import CaptureOptions, is_whole, sidecar, write_sidecar

LOG = logging.getLogger("lightstage")


def build_subject(
    options: CaptureOptions, assets: Path | None, rng: np.random.Generator
) -> Subject:
    """Builds the subject of a capture.

    Raises:
        OptionError: a person without assets.
    """
    if options.subject == "person":
        from platekey.core.lightstage.person.build import build_person, turn_person

        if assets is None:
            raise OptionError("the subject is a person, who needs assets; name a folder of them.")
        person = build_person(assets, rng, options.size)
        person.facts["turned"] = round(turn_person(person.root, rng), 4)
        return person
    from platekey.core.lightstage.subjects.props import BUILDERS

    return BUILDERS[options.subject](rng)


def capture(folder: Path, options: CaptureOptions, assets: Path | None) -> None:
    """Renders one capture into the folder.

    Raises:
        OptionError, MissingFrame, UnreadableFile: see build_subject.
        OutputError: the renderer wrote nothing.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rng = np.random.default_rng([zlib.crc32(options.subject.encode()), options.seed])
    subject = build_subject(options, assets, rng)
    camera, facts = add_camera(subject.centre, subject.height, rng)
    add_lamps(camera, subject.centre, subject.height, options.lights)
    facts.update(move(subject, options.frames, rng))
    render_settings(options, facts["shutter"])
    for frame, name in enumerate(options.files, start=1):
        bpy.context.scene.frame_set(frame)
        render_frame(folder / name)
    software = f"Blender {bpy.app.version_string}"
    known: dict[str, Any] = {**subject.facts, "camera": facts, "height": round(subject.height, 4)}
    write_sidecar(folder / f"{options.name}.json", sidecar(options, software, known))


def render_frame(target: Path) -> None:
    """Renders the scene's frame under a temporary name and renames it.

    Raises:
        OutputError: the renderer wrote nothing.
    """
    part = target.with_name(f".{target.stem}.{os.getpid()}.exr")
    bpy.context.scene.render.filepath = str(part)
    bpy.ops.render.render(write_still=True)
    if not part.exists():
        raise OutputError(f"{part} was not written; look for room and permission.")
    part.replace(target)


def sweep_leftovers(folder: Path) -> None:
    """Removes what killed renderers left half-written; those of running ones stay."""
    for part in folder.glob(".*.exr"):
        owner = part.name.split(".")[-2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            part.unlink(missing_ok=True)


def move(subject: Subject, frames: int, rng: np.random.Generator) -> dict[str, float]:
    """Lets the subject drift and turn through the frame; some of the time with motion blur.

    It is where it was built in the middle of the clip.
    """
    scene = bpy.context.scene
    root = subject.root
    turn = rng.normal(0.0, 0.03, 3)
    drift = rng.normal(0.0, 0.015 * subject.height, 3)
    place, angles = np.array(root.location), np.array(root.rotation_euler)
    for frame in range(frames + 2):  # one more at both ends, for motion and its blur
        away = frame - 0.5 * (frames + 1)
        root.location = place + away * drift
        root.rotation_euler = angles + away * turn
        root.keyframe_insert("location", frame=frame)
        root.keyframe_insert("rotation_euler", frame=frame)
    shutter = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.25 else 0.0
    scene.render.use_motion_blur = shutter > 0.0
    scene.render.motion_blur_shutter = max(shutter, 0.01)
    return {"shutter": shutter}


def render_settings(options: CaptureOptions, shutter: float) -> None:
    """Cycles on the processor, one multilayer file, half floats."""
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = options.size
    render.resolution_percentage = 100
    render.threads_mode = "FIXED"
    render.threads = options.threads
    render.film_transparent = True
    for stamp in ("date", "render_time", "time", "filename", "memory", "hostname"):
        setattr(render, f"use_stamp_{stamp}", False)
    image = render.image_settings
    image.media_type = "MULTI_LAYER_IMAGE"  # before the format: it decides which formats there are
    image.file_format = "OPEN_EXR_MULTILAYER"
    image.color_depth = "16"
    image.exr_codec = "ZIP"
    layer = bpy.context.view_layer
    layer.use_pass_z = True
    layer.use_pass_vector = shutter == 0.0  # Cycles gives no motion with motion blur
    layer.cycles.denoising_store_passes = True  # the grain stays in the file, as Noisy Image
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = options.samples
    cycles.seed = options.seed
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True  # of Combined alone; compact.py says where it is used
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "FAST"
    cycles.use_light_tree = False  # it costs a fifth of the time and lamps of one size gain nothing
    cycles.film_transparent_glass = True
    cycles.max_bounces = 3
    cycles.transparent_max_bounces = 32
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 0.0  # clamping would part the lamps' sum from Combined


def render_all(
    folder: Path,
    captures: Sequence[CaptureOptions],
    assets: Path | None,
    should_stop: Callable[[], bool] = never,
) -> int:
    """Renders the captures that the folder does not have yet.

    Args:
        folder: is made if it is not there.
        captures: what to render.
        assets: folder of MakeHuman-style assets; only people need it.
        should_stop: is asked between captures.

    Returns:
        How many were rendered.

    Raises:
        OptionError, MissingFrame, UnreadableFile, OutputError: see capture.
        Cancelled: should_stop said so; what is written is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep_leftovers(folder)
    started, rendered = time.monotonic(), 0
    for number, options in enumerate(captures, start=1):
        if is_whole(folder, options):
            continue
        go_on(should_stop)
        begun = time.monotonic()
        capture(folder, options, assets)
        rendered += 1
        now = time.monotonic()
        left = (now - started) / rendered * (len(captures) - number) / 3600.0
        LOG.info(
            "%d of %d  %s  %d px  %.1f s  at most %.1f hours left",
            *(number, len(captures), options.name, options.size, now - begun, left),
        )
    LOG.info("%d captures are in %s, %d of them new", len(captures), folder, rendered)
    return rendered
