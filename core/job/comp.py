"""`platekey comp`, for every host: a shot's mattes over a new background, a frame at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from platekey.core import protocol
from platekey.core.comp.animation import options_at
from platekey.core.comp.composite import Composite, composite_frame
from platekey.core.comp.inputs import CompInputs
from platekey.core.comp.look import Look, looks_alike, measure_look, needs_look
from platekey.core.comp.options import CompOptions, Despill
from platekey.core.errors import NonFinitePixels, OptionError
from platekey.core.frames.frame import Pixels

from .comp_inputs import CompFrameInputs, CompShotInputs
from .comp_outputs import CompOutputs
from .comp_request import CompRequest
from .device import choose_device
from .finite import Warned
from .frame_loop import Made, make_frames
from .repair import count_nonfinite
from .tally import Emit, Tally
from .tensors import to_pixels, to_tensor


def run_comp(request: CompRequest, emit: Emit, should_stop: Callable[[], bool]) -> protocol.Result:
    """Composites the frames of a request; finished ones are skipped unless it says `overwrite`.

    A frame that fails is told and does not stop the others. Reading and writing overlap the work.
    What has to be alike in the whole shot, a match of exposure, colour or grain, is measured at the
    foreground's first frame, so that every machine of a farm comes to the same.

    Args:
        request: see CompRequest.
        emit: takes Progress, Warning, FrameDone and FrameFailed, all from the caller's thread.
        should_stop: looked at before every frame; what was made by then is still written.

    Returns:
        The result, with the exit code of DESIGN.md section 6. If not one frame could be made, it
        is the first failure's.

    Raises:
        PlatekeyError: the whole job cannot be done: a sequence is missing or incomplete, an option
            contradicts, the output's folder or the device cannot be used.
    """
    started = time.monotonic()
    shot = CompShotInputs(request)
    device = choose_device(request.options.device)
    outputs = CompOutputs(request, is_single=shot.foreground.is_single)
    paths = {frame: shot.paths(frame) for frame in shot.frames}
    outputs.prepare(paths)
    tally = Tally(emit, len(shot.frames))
    for message in _told_first(request, shot):
        tally.warn(None, Warned(message))
    options = {f: options_at(request.options, request.animation, f) for f in shot.frames}
    to_make: dict[int, str] = {}  # frame to signature
    for frame in shot.frames:
        if should_stop():
            return tally.result(time.monotonic() - started, cancelled=True)
        files = dict(paths[frame])
        if needs_look(options[frame]):
            first = shot.paths(shot.first)
            files.update({f"{role} of the first frame": path for role, path in first.items()})
        signature = outputs.signature(files, options[frame].to_json())
        if request.overwrite or not outputs.is_finished(frame, signature):
            to_make[frame] = signature
        else:
            tally.skip(frame, outputs.paths(frame))
    finished = True
    if to_make:
        looks = _Looks(shot, device)
        tally.progress(f"frame {next(iter(to_make))}: reading")

        def make(frame: int, inputs: CompFrameInputs) -> Made:
            for warned in inputs.warnings:
                tally.warn(frame, warned)
            tally.progress(f"frame {frame}: compositing", 0.1)
            look = looks.of(options[frame])
            passes = _passes(composite_one(inputs, options[frame], look, device), inputs)
            header, signature = inputs.header, to_make[frame]
            return Made(
                lambda: outputs.pictures(header, passes, options[frame], signature),
                {"comp": {"alpha_mean": float(passes["fg"][..., 3].mean())}},
            )

        finished = make_frames(
            to_make,
            read=shot.read,
            make=make,
            files=outputs,
            tally=tally,
            should_stop=should_stop,
        )
    return tally.result(time.monotonic() - started, cancelled=not finished)


def composite_one(
    inputs: CompFrameInputs, options: CompOptions, look: Look, device: torch.device
) -> Composite:
    """One frame of a job through core.comp, on `device`; see composite_frame for what it raises."""
    with torch.inference_mode():
        return composite_frame(_on_device(inputs, device), options, look)


class _Looks:
    """What is measured at the shot's first frame, once for each setting that it depends on."""

    def __init__(self, shot: CompShotInputs, device: torch.device) -> None:
        self._shot = shot
        self._device = device
        self._first: CompInputs | None = None
        self._known: list[tuple[CompOptions, Look]] = []

    def of(self, options: CompOptions) -> Look:
        if not needs_look(options):
            return Look()
        for known, look in self._known:
            if looks_alike(known, options):
                return look
        if self._first is None:
            self._first = _on_device(self._shot.read(self._shot.first), self._device)
        with torch.inference_mode():
            look = measure_look(self._first, options)
        self._known.append((options, look))
        return look


def _told_first(request: CompRequest, shot: CompShotInputs) -> list[str]:
    """What a job leaves out for want of an input, and what the foreground lacks."""
    options, messages = request.options, []
    if shot.gaps:
        messages.append(
            f"foreground {request.foreground} has no frames {shot.gaps}; only what is there is "
            "composited."
        )
    by_clean_plate = options.despill is Despill.CLEAN_PLATE and options.despill_amount > 0
    if by_clean_plate and not request.clean_plate:
        messages.append(
            "no clean plate is given, so nothing is despilled; name it with clean_plate, or set "
            "despill to off or to a classic one."
        )
    animated = set(request.animation)
    additive = options.additive or options.additive_dark or animated & {"additive", "additive_dark"}
    if additive and not (request.plate and request.clean_plate):
        raise OptionError(
            "the additive keyer needs the plate and its clean plate; name both with plate and "
            "clean_plate."
        )
    return messages


def _on_device(inputs: CompFrameInputs, device: torch.device) -> CompInputs:
    tensors = {name: to_tensor(pixels, device) for name, pixels in inputs.pictures.items()}
    return CompInputs(frame=inputs.frame, **tensors)


def _passes(result: Composite, inputs: CompFrameInputs) -> dict[str, Pixels]:
    """The passes as pictures.

    Raises:
        NonFinitePixels: values so large that the arithmetic overflows.
    """
    passes = {
        "comp": torch.cat([result.picture, result.picture_alpha], 1),
        "fg": torch.cat([result.premultiplied, result.alpha], 1),
        "spill": result.spill,
        "shadow": result.shadow,
        "core": result.core,
        "edge": result.edge,
    }
    pictures = {name: to_pixels(tensor) for name, tensor in passes.items()}
    if any(count_nonfinite(pixels) for pixels in pictures.values()):
        largest = max(np.abs(pixels[np.isfinite(pixels)]).max() for pixels in _colours(inputs))
        raise NonFinitePixels(
            f"the inputs reach {largest:.2g} in linear light, too much to be composited; lower "
            "their values, or see whether colorspace and background_space name their spaces."
        )
    return pictures


def _colours(inputs: CompFrameInputs) -> list[Pixels]:
    return [pixels for name, pixels in inputs.pictures.items() if name != "zdepth"]
