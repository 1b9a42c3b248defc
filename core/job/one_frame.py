"""One frame through conditioning and solver."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from platekey.core.errors import NonFinitePixels
from platekey.core.frames.frame import Pixels
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate, condition_clean_plate
from platekey.core.solver.solve import Solution, solve_frame
from platekey.core.stopping import go_on

from .inputs import FrameInputs, Warned
from .repair import count_nonfinite
from .tally import is_out_of_memory
from .tensors import to_pixels, to_tensor

_LARGEST_RETRY, _SMALLEST_TILE = 1024, 256  # pixels
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Solved:
    """A solved frame, as arrays.

    Attributes:
        alpha: (H, W, 1) in [0, 1].
        foreground: (H, W, 3) straight, in the plate's working space.
        shadow: (H, W, 3), plate over clean plate where the background shows.
        confidence: (H, W, 1) in [0, 1].
        report: estimates and figures of the steps, "conditioning" and "solver".
    """

    alpha: Pixels
    foreground: Pixels
    shadow: Pixels
    confidence: Pixels
    report: dict[str, dict[str, Any]]


def solve_one(
    inputs: FrameInputs,
    options: MatteOptions,
    *,
    device: torch.device,
    should_stop: Callable[[], bool],
    warn: Callable[[Warned], None],
) -> Solved:
    """Conditions the clean plate and solves the frame, on `device`.

    Raises:
        Cancelled: should_stop said so.
        NonFinitePixels: values so large that the arithmetic overflows.
        MemoryError: also with the smallest tiles; or torch's or OpenCV's kind of it.
    """
    with torch.inference_mode():
        plate = to_tensor(inputs.plate.pixels, device)
        conditioned = condition_clean_plate(
            plate,
            to_tensor(inputs.clean_plate, device),
            valid=None if inputs.valid.all() else to_tensor(inputs.valid, device),
            align=options.align,
            match_exposure=options.match_exposure,
            should_stop=should_stop,
        )
        go_on(should_stop)
        mattes = {role: to_tensor(pixels, device) for role, pixels in inputs.mattes.items()}
        solution = _solve_in_memory(plate, conditioned, options, mattes, should_stop, warn)
        solved = Solved(
            alpha=to_pixels(solution.alpha),
            foreground=to_pixels(solution.foreground),
            shadow=to_pixels(solution.shadow),
            confidence=to_pixels(solution.confidence),
            report={"conditioning": conditioned.report, "solver": solution.report},
        )
    if any(map(count_nonfinite, (solved.alpha, solved.foreground, solved.shadow))):
        largest = max(np.abs(inputs.plate.pixels).max(), np.abs(inputs.clean_plate).max())
        raise NonFinitePixels(
            f"plate and clean plate reach {largest:.2g} in linear light, too much to be solved; "
            f"see whether colorspace names the space of {inputs.plate.path}, or lower its values."
        )
    return solved


def _solve_in_memory(
    plate: Tensor,
    conditioned: ConditionedPlate,
    options: MatteOptions,
    mattes: dict[str, Tensor],
    should_stop: Callable[[], bool],
    warn: Callable[[Warned], None],
) -> Solution:
    """Solves with smaller and smaller tiles for as long as memory runs out."""
    while True:
        try:
            return solve_frame(
                plate,
                conditioned,
                options,
                hint=mattes.get("hint"),
                garbage=mattes.get("garbage"),
                holdout=mattes.get("holdout"),
                should_stop=should_stop,
            )
        except Exception as error:
            tile = min(options.tile // 2 or _LARGEST_RETRY, _LARGEST_RETRY)
            if tile < _SMALLEST_TILE or not is_out_of_memory(error):
                raise
            _LOG.warning("out of memory: %s", error)
        warn(Warned(f"memory ran out; the frame is solved again with tiles of {tile} pixels."))
        options = replace(options, tile=tile)
        if plate.is_cuda:
            torch.cuda.empty_cache()
