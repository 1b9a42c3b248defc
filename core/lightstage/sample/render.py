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
from pathlib import Path

import bpy

from platekey.core.lightstage.shots.passes import (
    render,
    render_background,
    render_clean_plate,
    render_foreground,
    render_settings,
)
from platekey.core.lightstage.subjects.creature import add_fur, build_creature
from platekey.core.lightstage.subjects.fur import FurOptions

from .room import add_camera, build_library
from .terrace import build_terrace

FIRST_FRAME = 1001
SET_SAMPLES = 24  # denoised: enough for the set
APERTURE = {"shot": 0.62, "background": 0.3}  # f-stops; the units are metres, so they are small
LOG = logging.getLogger("lightstage")


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
        render_foreground(root, folder / f"fg.{frame:04d}.exr", samples)
        render_background(root, folder / f"bgs.{frame:04d}.exr", SET_SAMPLES)
        bpy.data.hair_curves.remove(fur.data)
    render_clean_plate(root, folder / f"clean.{FIRST_FRAME:04d}.exr", SET_SAMPLES)


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
        render_settings(options.size[0], options.size[1], threads=2)
        add_camera(APERTURE[part])
        if part == "shot":
            render_shot(folder, options.frames, options.samples, options.seed, options.guides)
        else:
            build_terrace(options.seed)
            render(folder / "background.exr", SET_SAMPLES)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
