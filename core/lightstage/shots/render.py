"""Renders the passes of the shots.

Needs Blender's bpy. Writes OUT/SHOT/passes: fg.%04d.exr (premultiplied subject and alpha),
bgs.%04d.exr (the set with the subject's shadow), clean.0001.exr (the set alone), float. Passes that
are there are skipped, so that the command can be stopped at any time and started again.
`assemble.py` makes the shots of them.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy

from platekey.core.errors import OptionError
from platekey.core.stopping import go_on, never

from .actors import animate, build_actor
from .camera import add_camera, aim_camera
from .fittings import set_world
from .outdoors import build_outdoors
from .passes import render_background, render_clean_plate, render_foreground, render_settings
from .recipes import OUTDOORS, SCREENS, SHOTS, Quality, Shot, missing_passes, settings
from .rooms import build_room, light_room
from .screens import build_screen

AMBIENT = {"dim": 0.008}  # of the even glow from everywhere, else:
USUAL_AMBIENT = 0.06
LOG = logging.getLogger("lightstage")


def claim(folder: Path, shot: Shot, quality: Quality) -> None:
    """Makes the folder of the passes, and notes what they are made of.

    Raises:
        OptionError: the folder holds passes of another recipe or quality.
    """
    note = folder / "settings.json"
    wanted = settings(shot, quality)
    if note.exists():
        if json.loads(note.read_text(encoding="utf-8")) != wanted:
            raise OptionError(
                f"{folder} holds passes of other settings than these; "
                "remove it or name another folder."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = note.with_name(f".{note.name}.{os.getpid()}.part")
    part.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    part.replace(note)


def build_scene(
    shot: Shot, quality: Quality, assets: Path | None, panoramas: Path | None
) -> tuple[bpy.types.Object, bpy.types.Object, float]:
    """Builds everything; returns the subject's root, the camera, and the height it looks at.

    Raises:
        OptionError: a person without assets, a panorama without its folder.
        MissingFrame, UnreadableFile: the assets or the panorama are not there.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if shot.set in OUTDOORS:
        actor = build_actor(shot, assets)
        camera = add_camera(shot, quality, actor.look)
        if panoramas is None:
            raise OptionError(
                f"shot {shot.name} is outdoors, which needs panoramas; name a folder of them."
            )
        build_outdoors(shot, panoramas, camera.location)
    else:
        set_world((0.75, 0.85, 1.0), AMBIENT.get(shot.light, USUAL_AMBIENT))
        (build_screen if shot.set in SCREENS else build_room)(shot)
        light_room(shot)
        actor = build_actor(shot, assets)
        camera = add_camera(shot, quality, actor.look)
    animate(shot, actor)
    return actor.root, camera, actor.look


def render_shot(
    out: Path,
    shot: Shot,
    quality: Quality,
    threads: int,
    assets: Path | None,
    panoramas: Path | None,
) -> int:
    """Renders the passes that are not there; returns how many.

    Raises:
        OptionError, MissingFrame, UnreadableFile: see claim and build_scene.
        OutputError: the renderer wrote nothing.
    """
    folder = out / shot.name / "passes"
    claim(folder, shot, quality)
    missing = missing_passes(folder, shot)
    if not missing:
        return 0
    root, camera, look = build_scene(shot, quality, assets, panoramas)
    place = camera.location.copy()
    render_settings(quality.width, quality.height, threads, denoiser="BALANCED")
    scene = bpy.context.scene
    scene.render.use_motion_blur = shot.shutter > 0.0
    scene.render.motion_blur_shutter = max(shot.shutter, 0.01)
    for name in missing:
        kind, number, _ = name.split(".")
        scene.frame_set(int(number))
        # The sets' denoiser leaves the same in every pass; the subject's grain changes as film's.
        scene.cycles.seed = int(number) if kind == "fg" else 0
        aim_camera(camera, place, look, shot, 0 if kind == "clean" else int(number))
        if kind == "fg":
            render_foreground(
                root,
                folder / name,
                quality.samples,
                clear=shot.subject == "glass",
                denoise=True,
            )
        elif kind == "bgs":
            render_background(root, folder / name, quality.set_samples)
        else:
            render_clean_plate(root, folder / name, quality.set_samples)
    return len(missing)


def render_shots(
    out: Path,
    shots: Sequence[Shot],
    quality: Quality,
    *,
    threads: int,
    assets: Path | None,
    panoramas: Path | None,
    should_stop: Callable[[], bool] = never,
) -> int:
    """Renders the passes of the shots that are not there; returns how many.

    Raises:
        OptionError, MissingFrame, UnreadableFile, OutputError: see render_shot.
        Cancelled: should_stop said so, between two shots.
    """
    total = 0
    for number, shot in enumerate(shots, start=1):
        go_on(should_stop)
        started = time.monotonic()
        done = render_shot(out, shot, quality, threads, assets, panoramas)
        said = f"{done} passes, {time.monotonic() - started:.0f} s" if done else "is there"
        LOG.info("%d of %d  %s  %s", number, len(shots), shot.name, said)
        total += done
    return total


def report(out: Path, shots: tuple[Shot, ...] = SHOTS) -> None:
    """Logs how many passes of each shot are there."""
    for shot in shots:
        missing = missing_passes(out / shot.name / "passes", shot)
        LOG.info("%s  %d of %d", shot.name, len(shot.passes) - len(missing), len(shot.passes))
