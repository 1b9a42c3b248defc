"""`platekey lightstage capture`, `capture-set`, `rooms`, `shots`: what Blender renders."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from pathlib import Path
from typing import Any

from platekey.core.errors import OptionError

from .stop import stop_on_signal

_NEEDS = """It runs in a Python that has Blender's bpy, in an environment of its own:
pip install 'platekey[lightstage]'."""


def add_parsers(tasks: Any) -> None:
    """Adds the tasks to `platekey lightstage`."""
    one = _add_task(tasks, "capture", "render subjects under one light at a time", run_capture)
    one.add_argument("--subject", default="person", help="person, or a kind made of code alone")
    one.add_argument("--assets", type=Path, help="folder of MakeHuman-style assets, for people")
    one.add_argument("--seed", type=int, default=0, help="of the first capture (default: 0)")
    one.add_argument("--count", type=int, default=1, help="captures, one seed each (default: 1)")
    one.add_argument("--size", type=int, default=448, help="pixels a side (default: 448)")
    one.add_argument("--lights", type=int, default=16, help="lamps on the sphere (default: 16)")
    one.add_argument("--samples", type=int, default=24, help="a pixel (default: 24)")
    one.add_argument("--frames", type=int, default=1, help="more than 1 for a clip (default: 1)")
    many = _add_task(
        tasks, "capture-set", "render the training set, or one machine's part of it", run_set
    )
    many.add_argument("--assets", type=Path, required=True, help="MakeHuman-style assets")
    many.add_argument("--part", default="1/1", metavar="1/4", help="which part of how many")
    rooms = _add_task(tasks, "rooms", "render rooms all around, as panoramas", run_rooms)
    rooms.add_argument("--seed", type=int, default=0, help="of the first room (default: 0)")
    rooms.add_argument("--count", type=int, default=1, help="rooms, one seed each (default: 1)")
    rooms.add_argument("--height", type=int, default=512, help="of the panorama (default: 512)")
    rooms.add_argument("--samples", type=int, default=48, help="a pixel (default: 48)")
    shots = _add_task(tasks, "shots", "render whole scenes with exact truth", run_shots)
    shots.add_argument("--assets", type=Path, help="MakeHuman-style assets, for people")
    shots.add_argument("--hdri", type=Path, help="folder of panoramas, for what is outdoors")
    shots.add_argument("--shot", nargs="+", default=[], metavar="NAME", help="default: all")
    shots.add_argument("--width", type=int, default=512, help="pixels (default: 512)")
    shots.add_argument("--height", type=int, default=288, help="pixels (default: 288)")
    shots.add_argument("--samples", type=int, default=32, help="of the subject (default: 32)")
    shots.add_argument("--set-samples", type=int, default=16, help="of the set (default: 16)")
    shots.add_argument("--list", action="store_true", help="say what is there and stop")


def _add_task(tasks: Any, name: str, description: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = tasks.add_parser(
        name, help=description, description=f"{description}. {_NEEDS}", allow_abbrev=False
    )
    parser.set_defaults(run=run)
    parser.add_argument("output", metavar="OUT", type=Path, help="folder; whole ones are skipped")
    parser.add_argument(
        "--threads",
        type=int,
        default=os.cpu_count() or 1,
        help="of the renderer (default: all cores; several processes of one thread are slower)",
    )
    return parser


def run_capture(args: argparse.Namespace) -> int:
    """Renders one kind of subject and returns the exit code."""
    from platekey.core.lightstage.capture.recipe import CaptureOptions

    names = ("subject", "size", "lights", "samples", "frames", "threads")
    settings = {name: getattr(args, name) for name in names}
    seeds = range(args.seed, args.seed + args.count)
    return _render(args, [CaptureOptions(seed=seed, **settings) for seed in seeds])


def run_set(args: argparse.Namespace) -> int:
    """Renders the training set and returns the exit code."""
    from platekey.core.lightstage.capture.plan import part_of, training_set

    return _render(args, part_of(training_set(args.threads), args.part))


def run_rooms(args: argparse.Namespace) -> int:
    """Renders rooms and returns the exit code."""
    need_blender()
    from platekey.core.lightstage.surround.render import render_rooms

    show_progress()
    with stop_on_signal() as should_stop:
        render_rooms(
            args.output,
            range(args.seed, args.seed + args.count),
            height=args.height,
            samples=args.samples,
            threads=args.threads,
            should_stop=should_stop,
        )
    return 0


def run_shots(args: argparse.Namespace) -> int:
    """Renders the passes of shots and returns the exit code."""
    need_blender()
    from platekey.core.lightstage.shots.recipes import Quality, find
    from platekey.core.lightstage.shots.render import render_shots, report

    show_progress()
    shots = find(args.shot)
    quality = Quality(args.width, args.height, args.samples, args.set_samples)
    if args.list:
        report(args.output, shots)
        return 0
    with stop_on_signal() as should_stop:
        render_shots(
            args.output,
            shots,
            quality,
            threads=args.threads,
            assets=args.assets,
            panoramas=args.hdri,
            should_stop=should_stop,
        )
    return 0


def _render(args: argparse.Namespace, captures: list[Any]) -> int:
    need_blender()
    from platekey.core.lightstage.capture.render import render_all

    show_progress()
    with stop_on_signal() as should_stop:
        render_all(args.output, captures, args.assets, should_stop)
    return 0


def need_blender() -> None:
    """Refuses a Python without bpy.

    Raises:
        OptionError: there is none.
    """
    if importlib.util.find_spec("bpy") is None:
        raise OptionError(
            "rendering needs Blender's bpy, which this Python does not have; make an environment "
            "of its own for it and pip install 'platekey[lightstage]' there."
        )


def show_progress() -> None:
    """The light stage's own lines go to stderr too."""
    logger = logging.getLogger("lightstage")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stderr))
