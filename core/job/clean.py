"""`platekey clean`, for every host: footage to one clean plate, or to one a plate frame."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from platekey.core import protocol
from platekey.core.clean.build import CleanPlate
from platekey.core.clean.burst import merge_burst
from platekey.core.clean.camera import camera_rests
from platekey.core.clean.footage import Footage
from platekey.core.clean.from_shot import estimate_from_shot
from platekey.core.clean.options import Mode
from platekey.core.errors import Cancelled, OptionError

from .clean_inputs import CleanInputs
from .clean_moving import make_sequence
from .clean_outputs import CleanOutputs
from .clean_request import CleanRequest
from .device import choose_device
from .finite import Warned
from .tally import Emit, Tally

_RESTING = (Mode.FRAMES, Mode.SHOT)


def run_clean(
    request: CleanRequest, emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    """Builds the clean plate of a request; what is finished is skipped unless it says `overwrite`.

    Args:
        request: see CleanRequest.
        emit: takes Progress, Warning, FrameDone and FrameFailed, all from the caller's thread.
        should_stop: looked at with every frame that is read.

    Returns:
        The result, with the exit code of DESIGN.md section 6.

    Raises:
        PlatekeyError: the job cannot be begun: a sequence is missing or incomplete, an option
            contradicts, the output's folder or the device cannot be used.
    """
    started = time.monotonic()
    inputs = CleanInputs(request)
    _check_mode(request, inputs)
    device = choose_device(request.options.device)
    one = CleanOutputs(request, is_single=True)
    number = inputs.plate.numbers[0]
    files = inputs.paths(inputs.clean or inputs.plate, number)
    one.prepare({number: files})
    signature = one.signature(files)
    tally = Tally(emit, 1)
    may_rest = request.options.mode in (Mode.AUTO, *_RESTING)
    if may_rest and not request.overwrite and one.is_finished(number, signature):
        tally.skip(number, one.paths(number))
        return tally.result(time.monotonic() - started, cancelled=False)
    try:
        with torch.inference_mode():
            mode = _mode(request, inputs, tally, should_stop)
            if mode not in _RESTING:
                return make_sequence(request, inputs, mode, emit, should_stop)
            frames = inputs.clean if inputs.clean and mode is Mode.FRAMES else inputs.plate
            footage = inputs.footage(frames, tally.progress, should_stop)
            clean = _of_resting_camera(request, inputs, footage, mode, device)
        _tell(inputs, tally, clean.told)
        paths = one.write(number, one.pictures(inputs.header, clean, signature))
        tally.done(number, paths, time.monotonic() - started, {"clean": clean.report})
    except Cancelled:
        return tally.result(time.monotonic() - started, cancelled=True)
    except Exception as error:
        _tell(inputs, tally, ())
        tally.fail(number, error)
    return tally.result(time.monotonic() - started, cancelled=False)


def _check_mode(request: CleanRequest, inputs: CleanInputs) -> None:
    mode = request.options.mode
    if mode is Mode.FRAMES and inputs.clean is None:
        raise OptionError(
            "mode is frames, but no frames without the subject are named; name some of the plate "
            "with clean_frames, or other footage with source."
        )
    if mode is Mode.SHOT and inputs.clean is not None:
        raise OptionError(
            "mode is shot, which takes the plate alone, but clean frames are named; leave them "
            "out, or set mode to frames."
        )
    if mode is Mode.RETAKE and not request.source:
        raise OptionError(
            "mode is retake, but no re-take is named; name the other footage with source."
        )


def _mode(
    request: CleanRequest, inputs: CleanInputs, tally: Tally, should_stop: Callable[[], bool]
) -> Mode:
    """The mode that was asked for; or what fits the cameras, which is told."""
    if request.options.mode is not Mode.AUTO:
        return request.options.mode
    rests = camera_rests(inputs.footage(inputs.plate, tally.progress, should_stop))
    clean = inputs.clean
    if rests and clean is not None and len(clean.numbers) > 1:
        rests = camera_rests(inputs.footage(clean, tally.progress, should_stop))
    if rests:
        mode = Mode.FRAMES if clean is not None else Mode.SHOT
    else:
        mode = Mode.RETAKE if request.source else Mode.MOSAIC
    how = "rests" if rests else "moves"
    tally.progress(f"the camera {how}, so mode is {mode.value}")
    return mode


def _of_resting_camera(
    request: CleanRequest,
    inputs: CleanInputs,
    footage: Footage,
    mode: Mode,
    device: torch.device,
) -> CleanPlate:
    if mode is Mode.FRAMES:
        return merge_burst(footage, request.options)
    has_mattes = inputs.mattes is not None
    return estimate_from_shot(footage, request.options, has_mattes=has_mattes, device=device)


def _tell(inputs: CleanInputs, tally: Tally, told: tuple[str, ...]) -> None:
    """Tells what reading warned of, then what building did."""
    while inputs.warnings:
        tally.warn(None, inputs.warnings.popleft())
    for sentence in told:
        tally.warn(None, Warned(sentence))
