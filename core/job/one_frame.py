"""One frame through conditioning and solver."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from platekey.core.errors import NonFinitePixels
from platekey.core.frames.frame import Pixels
from platekey.core.network.model import MattingNetwork
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.solver.by_network import TILE, solve_frame_by_network
from platekey.core.solver.solution import Solution
from platekey.core.solver.solve import solve_frame
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
    network: MattingNetwork | None = None,
) -> Solved:
    """Conditions the clean plate and solves the frame, on `device`.

    With a network, which is there as well, it solves; without one the difference method does.

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
            spread=None if inputs.deviation is None else to_tensor(inputs.deviation, device),
            align=options.align,
            match_exposure=options.match_exposure,
            should_stop=should_stop,
        )
        go_on(should_stop)
        shared: dict[str, Any] = {"hint": None, "garbage": None, "holdout": None}
        shared.update((role, to_tensor(mask, device)) for role, mask in inputs.mattes.items())
        shared["should_stop"] = should_stop
        if network is not None and inputs.neighbours is not None:
            before, after = inputs.neighbours
            shared["neighbours"] = to_tensor(before, device), to_tensor(after, device)

        def solve(options: MatteOptions) -> Solution:
            if network is None:
                return solve_frame(plate, conditioned, options, **shared)
            return solve_frame_by_network(plate, conditioned, network, options, **shared)

        usual_tile = 2 * _LARGEST_RETRY if network is None else TILE
        solution = _solve_in_memory(solve, options, usual_tile, device, warn)
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
    solve: Callable[[MatteOptions], Solution],
    options: MatteOptions,
    usual_tile: int,
    device: torch.device,
    warn: Callable[[Warned], None],
) -> Solution:
    """Solves with smaller and smaller tiles for as long as memory runs out.

    `usual_tile` is what `solve` takes where the options leave it open, or more.
    """
    while True:
        try:
            return solve(options)
        except Exception as error:
            tile = min((options.tile or usual_tile) // 2, _LARGEST_RETRY)
            if tile < _SMALLEST_TILE or not is_out_of_memory(error):
                raise
            _LOG.warning("out of memory: %s", error)
        warn(Warned(f"memory ran out; the frame is solved again with tiles of {tile} pixels."))
        options = replace(options, tile=tile)
        if device.type == "cuda":
            torch.cuda.empty_cache()
