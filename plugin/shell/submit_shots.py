"""What the shots of a farm job have on disk: their frames and their files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from platekey.core.errors import OptionError
from platekey.core.frames.sequence import find_sequence, output_path, parse_frame_range
from platekey.plugin.farm.kinds import KINDS, STEPS, Kind
from platekey.plugin.farm.shots import Shot, default_name

_OF_SOME_FRAMES = ("source", "mattes", "keys", "key_mask")  # or with numbers of their own
Planned = tuple[Shot, tuple[int, ...]]


def wanted_steps(text: str) -> tuple[str, ...]:
    """The names of steps, in their order of work.

    Raises:
        OptionError: one is unknown.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in STEPS:
            raise OptionError(f"steps has {name!r}; known are {', '.join(STEPS)}.")
    return tuple(name for name in STEPS if name in names)


def planned_shot(
    kind: Kind, args: argparse.Namespace
) -> tuple[Shot, tuple[int, ...], tuple[str, ...]]:
    """The shot that a command line of one step names, its frames, and every file it reads."""
    paths = {field: getattr(args, item) for item, field in kind.inputs.items()}
    paths[kind.output] = args.output
    absolute = {field: os.path.abspath(path) for field, path in paths.items() if path}
    shot = Shot(
        **{"plate": "", "clean_plate": "", "output": "", **absolute},
        clean=kind.asks == "clean",
        tune=kind.asks == "tune",
        name=default_name(args.output),
        frames=args.frames,
    )
    ((_, frames),), inputs = planned_shots([shot], (kind.name,))
    return shot, frames, inputs


def planned_shots(
    shots: Sequence[Shot], steps: Sequence[str]
) -> tuple[list[Planned], tuple[str, ...]]:
    """Every shot with its frames, ascending, and all files that the steps read.

    Raises:
        MissingFrame: a file or frame is not there, and no step makes it.
        OptionError: a range or an output's name is wrong.
    """
    planned, files = [], set[str]()
    for shot in shots:
        frames = _frames(shot)
        planned.append((shot, frames))
        made = {kind.output for kind in KINDS if kind.name in steps and getattr(shot, kind.asks)}
        for kind in KINDS:
            if kind.name in steps and getattr(shot, kind.asks):
                _check_output(shot, kind)
                files.update(_inputs(shot, kind, frames, made))
    return planned, tuple(sorted(files))


def _frames(shot: Shot) -> tuple[int, ...]:
    plate = find_sequence(shot.plate)
    plate.close()
    frames = tuple(sorted(parse_frame_range(shot.frames))) if shot.frames else plate.frames
    plate.require(frames, f"the plate of {shot.name},")
    return frames


def _inputs(shot: Shot, kind: Kind, frames: tuple[int, ...], made: set[str]) -> Iterator[str]:
    for held in dict.fromkeys(kind.inputs.values()):
        path = getattr(shot, held)
        if not path or held in made:
            continue
        found = find_sequence(path)
        found.close()
        if held in _OF_SOME_FRAMES:
            yield from (found.path(frame) for frame in found.frames)
            continue
        found.require(frames, f"{held} of {shot.name},")
        yield from (found.path(frame) for frame in frames)
    if kind.name == "solve" and shot.weights and "weights" not in made:
        if not os.path.isfile(shot.weights):
            raise OptionError(f"the weights {shot.weights} of {shot.name} do not exist.")
        yield shot.weights


def _check_output(shot: Shot, kind: Kind) -> None:
    """Refuses an output that could not be written, before a farm finds out at night."""
    if kind.by_frames:
        output_path(getattr(shot, kind.output), 1)
