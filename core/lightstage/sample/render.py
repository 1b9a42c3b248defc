"""Renders the passes of the sample shot; runs where bpy is installed.

    python -m platekey.core.lightstage.sample.render OUT --frames 3 --samples 64

Writes, as float EXR: OUT/fg.%04d.exr (premultiplied subject and alpha), OUT/bgs.%04d.exr (the set
with the subject's shadow), OUT/clean.%04d.exr (the set alone, first frame only) and
OUT/background.exr. `assemble.py` makes the shot of them.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import time
from pathlib import Path

import bpy

from platekey.core.lightstage.subjects.creature import add_fur, build_creature
from platekey.core.lightstage.subjects.fur import FurOptions

from .room import add_camera, build_library
from .terrace import build_terrace

FIRST_FRAME = 1001
SET_SAMPLES = 24  # denoised: enough for the set
SET_BOUNCES = 3
HAIR_BOUNCES = 9  # light hair is lit by light that went through many hairs
APERTURE = {"shot": 0.62, "background": 0.3}  # f-stops; the units are metres, so they are small
LOG = logging.getLogger("lightstage")


def render_settings(width: int, height: int, samples: int) -> None:
    """Cycles on the processor, float EXR, the same random numbers in every pass."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.threads_mode = "FIXED"
    scene.render.threads = 2
    scene.render.use_persistent_data = False
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.02
    cycles.seed = 1
    cycles.sample_clamp_indirect = 4.0  # no fireflies from bulbs seen by chance
    cycles.transparent_max_bounces = 32
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"


def render(path: Path, samples: int, denoise: bool, transparent: bool) -> None:
    """Renders the current scene to `path`."""
    scene = bpy.context.scene
    scene.render.filepath = str(path)
    scene.render.film_transparent = transparent
    scene.cycles.samples = samples
    scene.cycles.use_denoising = denoise
    scene.cycles.max_bounces = SET_BOUNCES if denoise else HAIR_BOUNCES
    started = time.monotonic()
    bpy.ops.render.render(write_still=True)
    LOG.info("%s: %.1f s", path.name, time.monotonic() - started)


def shapes(root: bpy.types.Object) -> tuple[list[bpy.types.Object], list[bpy.types.Object]]:
    """The subject's objects and the set's; lights and the camera belong to neither."""
    solid = [item for item in bpy.context.scene.objects if item.type not in ("LIGHT", "CAMERA")]
    subject = [item for item in solid if item == root or item.parent == root]
    return subject, [item for item in solid if item not in subject]


def pose(root: bpy.types.Object, number: int, count: int) -> float:
    """Turns and rocks the creature; returns how far its hair lags behind."""
    phase = number / max(count - 1, 1)
    root.rotation_euler = (0.0, math.radians(2.5 - 5.0 * phase), math.radians(-9.0 + 15.0 * phase))
    root.location = (-0.03 + 0.06 * phase, 0.0, 0.0)
    return 0.05 - 0.10 * phase


def render_shot(folder: Path, frames: int, samples: int, seed: int, hairs: int) -> None:
    """Renders fg and bgs of every frame, and the clean plate once."""
    build_library(seed)
    root = build_creature()
    for number in range(frames):
        frame = FIRST_FRAME + number
        sway = pose(root, number, frames)
        fur = add_fur(root, FurOptions(guides=hairs, sway=sway, seed=seed))
        subject, furniture = shapes(root)
        for item in furniture:
            item.visible_camera = False
        render(folder / f"fg.{frame:04d}.exr", samples, denoise=False, transparent=True)
        for item in furniture:
            item.visible_camera = True
        for item in subject:
            item.visible_camera = False
        render(folder / f"bgs.{frame:04d}.exr", SET_SAMPLES, denoise=True, transparent=False)
        for item in subject:
            item.visible_camera = True
        bpy.data.hair_curves.remove(fur.data)
    for item in shapes(root)[0]:
        item.hide_render = True
    render(folder / f"clean.{FIRST_FRAME:04d}.exr", SET_SAMPLES, denoise=True, transparent=False)


def main(argv: list[str] | None = None) -> int:
    """Renders everything; see the module's text."""
    parser = argparse.ArgumentParser(description="render the passes of the sample shot")
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--samples", type=int, default=64, help="of the subject's pass")
    parser.add_argument("--size", type=int, nargs=2, default=(960, 540), metavar=("W", "H"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--guides", type=int, default=FurOptions.guides, help="locks of hair")
    parser.add_argument("--only", choices=("all", "shot", "background"), default="all")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("shot", "background"):
        if options.only not in ("all", part):
            continue
        bpy.ops.wm.read_factory_settings(use_empty=True)
        render_settings(options.size[0], options.size[1], options.samples)
        add_camera(APERTURE[part])
        if part == "shot":
            render_shot(folder, options.frames, options.samples, options.seed, options.guides)
        else:
            build_terrace(options.seed)
            render(folder / "background.exr", SET_SAMPLES, denoise=True, transparent=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
