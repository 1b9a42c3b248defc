"""The three passes of a frame that add up to its plate: fg, bgs and clean.

plate = fg + (1 - alpha) * bgs holds exactly, because the set lights, shadows and mirrors in the
subject's pass without being seen, and the subject does so in the background's.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import bpy

from platekey.core.errors import OutputError

SET_BOUNCES = 3
HAIR_BOUNCES = 9  # light hair is lit by light that went through many hairs
LOG = logging.getLogger("lightstage")


def render_settings(
    width: int, height: int, threads: int, threshold: float = 0.02, denoiser: str = "HIGH"
) -> None:
    """Cycles on the processor, float EXR, the same random numbers in every pass.

    Args:
        width: pixels.
        height: pixels.
        threads: of the renderer.
        threshold: noise at which a pixel gets no more samples.
        denoiser: the quality of the sets' denoiser, "HIGH", "BALANCED" or "FAST".
    """
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    scene.render.threads_mode = "FIXED"
    scene.render.threads = threads
    scene.render.use_persistent_data = False
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = threshold
    cycles.denoising_quality = denoiser
    cycles.denoising_prefilter = "ACCURATE" if denoiser == "HIGH" else "FAST"
    cycles.seed = 1
    cycles.sample_clamp_indirect = 4.0  # no fireflies from bulbs seen by chance
    cycles.transparent_max_bounces = 32
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"


def render_foreground(
    root: bpy.types.Object,
    path: Path,
    samples: int,
    *,
    clear: bool = False,
    denoise: bool = False,
) -> None:
    """Renders the premultiplied subject and its alpha.

    Args:
        root: carries the subject.
        path: of the EXR.
        samples: a pixel, at most.
        clear: glass is transparent: else it is opaque and shows the set, bent, within itself.
        denoise: the colour, never alpha; it smears hair, which plates.py mends.
    """
    _, furniture = shapes(root)
    for item in furniture:
        item.visible_camera = False
        item.visible_transmission = not clear
    try:
        _render(path, samples, denoise=denoise, transparent=True)
    finally:
        for item in furniture:
            item.visible_camera = item.visible_transmission = True


def render_background(root: bpy.types.Object, path: Path, samples: int) -> None:
    """Renders the set with what the subject does to its light."""
    subject, _ = shapes(root)
    for item in subject:
        item.visible_camera = False
    try:
        render(path, samples)
    finally:
        for item in subject:
            item.visible_camera = True


def render_clean_plate(root: bpy.types.Object, path: Path, samples: int) -> None:
    """Renders the set without the subject."""
    subject, _ = shapes(root)
    for item in subject:
        item.hide_render = True
    try:
        render(path, samples)
    finally:
        for item in subject:
            item.hide_render = False


def render(path: Path, samples: int) -> None:
    """Renders all that is visible, denoised."""
    _render(path, samples, denoise=True, transparent=False)


def _render(path: Path, samples: int, denoise: bool, transparent: bool) -> None:
    """Renders to a temporary name that becomes `path` when the file is whole."""
    scene = bpy.context.scene
    part = path.with_name(f".{path.stem}.{os.getpid()}.exr")
    scene.render.filepath = str(part)
    scene.render.film_transparent = transparent
    scene.cycles.film_transparent_glass = transparent
    scene.cycles.samples = samples
    scene.cycles.use_denoising = denoise
    scene.cycles.max_bounces = HAIR_BOUNCES if transparent else SET_BOUNCES
    started = time.monotonic()
    bpy.ops.render.render(write_still=True)
    if not part.exists():
        raise OutputError(f"{part} was not written; look for room and permission.")
    part.replace(path)
    LOG.info("%s: %.1f s", path.name, time.monotonic() - started)


def shapes(root: bpy.types.Object) -> tuple[list[bpy.types.Object], list[bpy.types.Object]]:
    """The subject's objects and the set's; lights and the camera belong to neither."""
    solid = [item for item in bpy.context.scene.objects if item.type not in ("LIGHT", "CAMERA")]
    carried = {root, *root.children_recursive}
    return [item for item in solid if item in carried], [i for i in solid if i not in carried]
