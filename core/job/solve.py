"""`platekey solve`, for every host: a shot from its files to its mattes, a frame at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from platekey.core import protocol
from platekey.core.errors import Cancelled
from platekey.core.frames.frame import Frame
from platekey.core.frames.pipeline import WriteBehind, read_ahead
from platekey.core.stopping import go_on

from .device import choose_device
from .inputs import FrameInputs, ShotInputs, Warned
from .one_frame import Solved, solve_one
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
            contradicts, the output's folder or the device cannot be used.
    """
    started = time.monotonic()
    shot = ShotInputs(request)
    device = choose_device(request.options.device)
    outputs = ShotOutputs(request, is_single=shot.plate.is_single)
    inputs = {frame: shot.paths(frame) for frame in shot.frames}
    outputs.prepare(inputs)
    tally = Tally(emit, len(shot.frames))
    if shot.gaps:
        gaps = f"plate {request.plate} has no frames {shot.gaps}; only what is there is solved."
        tally.warn(None, Warned(gaps))
    to_solve: dict[int, str] = {}  # frame to signature
    for frame in shot.frames:
        if should_stop():
            return tally.result(time.monotonic() - started, cancelled=True)
        signature = outputs.signature(inputs[frame])
        if request.overwrite or not outputs.is_finished(frame, signature):
            to_solve[frame] = signature
        else:
            tally.skip(frame, outputs.paths(frame))
    finished = _solve_frames(request, shot, outputs, to_solve, device, tally, should_stop)
    return tally.result(time.monotonic() - started, cancelled=not finished)


@dataclass(frozen=True)
class _ToWrite:
    plate: Frame
    solved: Solved
    seconds: float


@dataclass(frozen=True)
class _Written:
    paths: dict[str, str]
    seconds: float
    report: dict[str, dict[str, object]]


def _solve_frames(
    request: SolveRequest,
    shot: ShotInputs,
    outputs: ShotOutputs,
    signatures: dict[int, str],
    device: torch.device,
    tally: Tally,
    should_stop: ShouldStop,
) -> bool:
    """Solves the frames of `signatures`; returns whether it was not cancelled."""

    def solve(frame: int, inputs: FrameInputs | Exception) -> _ToWrite:
        go_on(should_stop)
        if isinstance(inputs, Exception):
            raise inputs
        started = time.monotonic()
        for warned in inputs.warnings:
            tally.warn(frame, warned)
        tally.progress(f"frame {frame}: solving", 0.1)
        solved = solve_one(
            inputs,
            request.options,
            device=device,
            should_stop=should_stop,
            warn=lambda warned: tally.warn(frame, warned),
        )
        return _ToWrite(inputs.plate, solved, time.monotonic() - started)

    def write(frame: int, item: _ToWrite) -> _Written:
        started = time.monotonic()
        paths = outputs.write(frame, outputs.pictures(item.plate, item.solved, signatures[frame]))
        seconds = item.seconds + time.monotonic() - started
        return _Written(paths, seconds, item.solved.report)

    def tell_finished() -> None:
        for frame, outcome in writer.finished():
            if isinstance(outcome, Exception):
                tally.fail(frame, outcome)
            elif isinstance(outcome, _Written):
                tally.done(frame, outcome.paths, outcome.seconds, outcome.report)

    finished = True
    if signatures:
        tally.progress(f"frame {next(iter(signatures))}: reading")
    with WriteBehind(write, depth=1) as writer:
        for frame, inputs in read_ahead(shot.read, signatures):
            try:
                writer.put(frame, solve(frame, inputs))
            except Cancelled:
                finished = False
                break  # and not further: what is solved is written on leaving the block
            except Exception as error:
                tally.fail(frame, error)
            tell_finished()
    tell_finished()
    return finished
