"""A clean plate for every plate frame of a moving camera."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from platekey.core import protocol
from platekey.core.clean.camera_path import CameraPath, find_path
from platekey.core.clean.footage import Seen
from platekey.core.clean.in_time import InTime, align_in_time
from platekey.core.clean.mosaic import Mosaic
from platekey.core.clean.options import Mode
from platekey.core.clean.views import view_of
from platekey.core.errors import CannotBuild
from platekey.core.frames.frame import Frame
from platekey.core.frames.sequence import format_frame_range

from .clean_inputs import CleanInputs
from .clean_outputs import CleanOutputs
from .clean_request import CleanRequest
from .finite import Warned
from .frame_loop import Made, make_frames
from .tally import Emit, Tally

_BESIDE = (-6, -1, 0, 1, 6)  # frames from the one at the same time: its like, and its borders


def make_sequence(
    request: CleanRequest,
    inputs: CleanInputs,
    mode: Mode,
    emit: Emit,
    should_stop: Callable[[], bool],
) -> protocol.Result:
    """Makes the clean plates of the plate frames that are asked for; finished ones are skipped.

    The footage is all of what is named, or all of the plate, whatever frames are asked for, so
    that chunks of a farm come to the same mosaic.

    Args:
        request: see CleanRequest.
        inputs: of the request.
        mode: MOSAIC, or RETAKE, which with the option AUTO gives way to MOSAIC.
        emit: takes the events, all from the caller's thread.
        should_stop: looked at with every frame.

    Raises:
        CannotBuild: the camera cannot be followed, or a re-take is none.
        InputError: a frame of the footage cannot be read.
        Cancelled: while the camera was followed.
    """
    started = time.monotonic()
    tally = Tally(emit, len(inputs.plate.numbers))
    frames = inputs.clean or inputs.every_plate
    outputs = CleanOutputs(request, is_single=False)
    files = {number: inputs.paths(frames, number) for number in inputs.plate.numbers}
    outputs.prepare(files)
    to_make: dict[int, str] = {}
    for number in inputs.plate.numbers:
        signature = outputs.signature(files[number])
        if request.overwrite or not outputs.is_finished(number, signature):
            to_make[number] = signature
        else:
            tally.skip(number, outputs.paths(number))
    finished = True
    if to_make:
        footage = inputs.footage(frames, tally.progress, should_stop)
        path = find_path(footage, part=(0.0, 0.0))
        if path.lost:
            lost = format_frame_range(path.lost)
            tally.warn(None, Warned(f"the camera cannot be followed in frames {lost}; left out."))
        recurring = inputs.clean is None
        mosaic = Mosaic(footage, path, request.options, recurring=recurring)
        in_time = _in_time(request, inputs, mode, path, mosaic, tally, should_stop)

        def make(number: int, read: tuple[Frame, Seen]) -> Made:
            while inputs.warnings:
                tally.warn(number, inputs.warnings.popleft())
            tally.progress(f"frame {number}: laying the footage into its view", 0.1)
            header, plate = read
            only = None if in_time is None else _around(path, in_time.frames[number])
            with torch.inference_mode():
                clean = mosaic.clean_plate(number, plate, only=only)
            if in_time is not None:
                same = {"mode": "retake", "same_time": in_time.frames[number]}
                clean = replace(clean, report={**clean.report, **same})
            for sentence in clean.told:
                tally.warn(number, Warned(sentence, "made up"))
            signature = to_make[number]
            return Made(lambda: outputs.pictures(header, clean, signature), {"clean": clean.report})

        finished = make_frames(
            to_make,
            read=lambda number: inputs.read(inputs.plate, number),
            make=make,
            files=outputs,
            tally=tally,
            should_stop=should_stop,
        )
    return tally.result(time.monotonic() - started, cancelled=not finished)


def _in_time(
    request: CleanRequest,
    inputs: CleanInputs,
    mode: Mode,
    path: CameraPath,
    mosaic: Mosaic,
    tally: Tally,
    should_stop: Callable[[], bool],
) -> InTime | None:
    """Which frame of the re-take goes with each plate frame; None for a mosaic.

    Raises:
        CannotBuild: it is no re-take, and the mode was not left open.
    """
    if mode is not Mode.RETAKE:
        return None
    plates = inputs.footage(inputs.plate, tally.progress, should_stop)
    rows = []
    try:
        for number, seen in plates.each("aligning in time", part=(0.0, 0.0)):
            rows.append(mosaic.distances(mosaic.locate(number, view_of(seen))))
        found = align_in_time(inputs.plate.numbers, path.frames, np.array(rows), path.lens.width)
    except CannotBuild as error:
        if request.options.mode is Mode.RETAKE:
            raise
        tally.warn(None, Warned(f"{error} It is taken as a mosaic."))
        return None
    first = inputs.plate.numbers[0]
    tally.progress(f"frame {first} goes with frame {found.frames[first]} of the re-take")
    return found


def _around(path: CameraPath, frame: int) -> tuple[int, ...]:
    places = (path.frames.index(frame) + offset for offset in _BESIDE)
    return tuple(path.frames[place] for place in places if 0 <= place < len(path.frames))
