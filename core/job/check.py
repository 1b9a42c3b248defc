"""The capture check: reads a few frames of a pair, solves them quickly, and judges the pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from platekey.core.frames.sequence import find_sequence
from platekey.core.options import MatteOptions
from platekey.core.plate.check import Solved, check_pair
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.findings import Finding
from platekey.core.solver.solve import solve_frame
from platekey.core.stopping import go_on, never

from .inputs import ShotInputs
from .request import SolveRequest
from .tensors import to_tensor

_NOWHERE = "nothing is written"  # a request names an output, whoever makes it
_FRAMES = 3  # first, middle and last tell what there is to tell


@dataclass(frozen=True)
class Checked:
    """A judged pair.

    Attributes:
        title: names of the two.
        numbers: the frames that were looked at.
        findings: one for each thing that was looked at.
        frames: the solved frames, for the picture.
        warnings: what reading the files brought up.
    """

    title: str
    numbers: tuple[int, ...]
    findings: tuple[Finding, ...]
    frames: tuple[Solved, ...]
    warnings: tuple[str, ...]


def run_check(
    plate: str,
    clean_plate: str,
    *,
    frames: str = "",
    colorspace: str = "",
    should_stop: Callable[[], bool] = never,
) -> Checked:
    """Judges a pair of sequences or files.

    Args:
        plate: sequence or file.
        clean_plate: likewise.
        frames: range of the frames to look at; "" for the first, middle and last of the plate.
        colorspace: of the plate; "" takes the file's tag.
        should_stop: polled between the steps.

    Raises:
        InputError: something is wrong with the files.
        OptionError: plate and clean plate are the same, or frames is no range.
        Cancelled: should_stop said so.
    """
    options = MatteOptions(colorspace=colorspace)
    numbers = _some(find_sequence(plate).frames)
    chosen = frames or ("" if find_sequence(plate).is_single else ",".join(map(str, numbers)))
    request = SolveRequest(
        plate=plate, clean_plate=clean_plate, output=_NOWHERE, frames=chosen, options=options
    )
    shot = ShotInputs(request)
    solved, warnings = [], []
    for number in shot.frames:
        go_on(should_stop)
        inputs = shot.read(number)
        warnings += [item.message for item in inputs.warnings]
        cpu = torch.device("cpu")
        with torch.inference_mode():
            pixels = to_tensor(inputs.plate.pixels, cpu)
            clean = to_tensor(inputs.clean_plate, cpu)
            conditioned = condition_clean_plate(
                pixels, clean, valid=to_tensor(inputs.valid, cpu), should_stop=should_stop
            )
            solution = solve_frame(pixels, conditioned, options, should_stop=should_stop)
        solved.append(Solved(pixels, conditioned, clean, solution.alpha, solution.shadow))
    told = tuple(dict.fromkeys(warnings))
    title = f"{_short(plate)} against {_short(clean_plate)}"
    return Checked(title, shot.frames, check_pair(solved), tuple(solved), told)


def _short(path: str) -> str:
    """Folder and name."""
    return "/".join(Path(path).parts[-2:])


def _some(frames: tuple[int, ...]) -> tuple[int, ...]:
    """First, middle and last."""
    picked = {frames[i * (len(frames) - 1) // (_FRAMES - 1)] for i in range(_FRAMES)}
    return tuple(sorted(picked))
