"""`platekey solve`, for every host: a shot from its files to its mattes, a frame at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from platekey.core import protocol
from platekey.core.options import Method

from .device import choose_device
from .frame_loop import Made, make_frames
from .inputs import FrameInputs, ShotInputs, Warned
from .networks import LoadedNetwork, network_of
from .one_frame import solve_one
from .outputs import ShotOutputs
from .request import SolveRequest
from .tally import Emit, Tally

ShouldStop = Callable[[], bool]


def run_solve(request: SolveRequest, emit: Emit, should_stop: ShouldStop) -> protocol.Result:
    """Solves the frames of a request; finished ones are skipped unless it says `overwrite`.

    A frame that fails is told and does not stop the others. Reading and writing overlap solving.

    Args:
        request: see SolveRequest.
        emit: takes Progress, Warning, FrameDone and FrameFailed, all from the caller's thread.
        should_stop: looked at within every frame; what was solved by then is still written.

    Returns:
        The result, with the exit code of DESIGN.md section 6. If not one frame could be made, it
        is the first failure's.

    Raises:
        PlatekeyError: the whole job cannot be done: a sequence is missing or incomplete, an option
            contradicts, the weights, the output's folder or the device cannot be used.
    """
    started = time.monotonic()
    shot = ShotInputs(request)
    device = choose_device(request.options.device)
    network = network_of(request.options, device)
    outputs = ShotOutputs(request, is_single=shot.plate.is_single, network=network)
    inputs = {frame: shot.paths(frame) for frame in shot.frames}
    outputs.prepare(inputs)
    tally = Tally(emit, len(shot.frames))
    if shot.gaps:
        gaps = f"plate {request.plate} has no frames {shot.gaps}; only what is there is solved."
        tally.warn(None, Warned(gaps))
    if request.options.weights and request.options.method is not Method.NETWORK:
        method = request.options.method.value
        unused = f"weights are named, but method is {method}, which has none; set it to network."
        tally.warn(None, Warned(unused))
    to_solve: dict[int, str] = {}  # frame to signature
    for frame in shot.frames:
        if should_stop():
            return tally.result(time.monotonic() - started, cancelled=True)
        signature = outputs.signature(inputs[frame])
        if request.overwrite or not outputs.is_finished(frame, signature):
            to_solve[frame] = signature
        else:
            tally.skip(frame, outputs.paths(frame))
    finished = _solve_frames(request, shot, outputs, to_solve, device, network, tally, should_stop)
    return tally.result(time.monotonic() - started, cancelled=not finished)


def _solve_frames(
    request: SolveRequest,
    shot: ShotInputs,
    outputs: ShotOutputs,
    signatures: dict[int, str],
    device: torch.device,
    network: LoadedNetwork | None,
    tally: Tally,
    should_stop: ShouldStop,
) -> bool:
    """Solves the frames of `signatures`; returns whether it was not cancelled."""

    def solve(frame: int, inputs: FrameInputs) -> Made:
        for warned in inputs.warnings:
            tally.warn(frame, warned)
        tally.progress(f"frame {frame}: solving", 0.1)
        solved = solve_one(
            inputs,
            request.options,
            network=None if network is None else network.network,
            device=device,
            should_stop=should_stop,
            warn=lambda warned: tally.warn(frame, warned),
        )
        plate, signature = inputs.plate, signatures[frame]
        return Made(lambda: outputs.pictures(plate, solved, signature), solved.report)

    if signatures:
        tally.progress(f"frame {next(iter(signatures))}: reading")
    return make_frames(
        signatures,
        read=shot.read,
        make=solve,
        files=outputs,
        tally=tally,
        should_stop=should_stop,
    )
