"""Alpha of a photographed subject, from files to files: two backdrops, or one lit backing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from platekey.core import protocol
from platekey.core.colour.colour import convert
from platekey.core.errors import OptionError
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.pipeline import read_ahead
from platekey.core.frames.sequence import format_frame_range
from platekey.core.job.device import choose_device
from platekey.core.job.inputs import FrameInputs, ShotInputs, Warned
from platekey.core.job.outputs import SIGNATURE, ShotOutputs
from platekey.core.job.request import SolveRequest
from platekey.core.job.tally import Emit, Tally
from platekey.core.job.windows import fit_to_plate
from platekey.core.options import MatteOptions, Passes

from .triangulate import Exposure, Measured, ratio_matte, triangulate

_UNSURE = 0.5  # confidence below which a pixel is counted as unreliable
_MANY = 0.05  # part of unreliable pixels that is worth a warning


@dataclass(frozen=True)
class MeasureRequest:
    """What was photographed.

    Attributes:
        plate: the subject before the first backdrop, or as a silhouette before a lit backing:
            sequence pattern, file or movie.
        clean_plate: that backdrop alone; a single frame serves every plate frame.
        output: pattern or single file of what is written.
        second_plate: the same subject before another backdrop; "" is ratio matting.
        second_clean_plate: that backdrop alone.
        frames: frame range; "" is every frame of the first plate.
        overwrite: makes finished frames again.
        options: of these, colorspace, nonfinite, depth, compression and device are used.
    """

    plate: str
    clean_plate: str
    output: str
    second_plate: str = ""
    second_clean_plate: str = ""
    frames: str = ""
    overwrite: bool = False
    options: MatteOptions = field(default_factory=MatteOptions)

    def __post_init__(self) -> None:
        """Checks that the second backdrop is whole or absent, and that one file is written."""
        if bool(self.second_plate) != bool(self.second_clean_plate):
            raise OptionError("a second backdrop needs both plate and clean plate; give both.")
        if self.options.passes is not Passes.EXR:
            raise OptionError("a measured matte is one EXR a frame; leave passes at exr.")

    def exposures(self) -> list[SolveRequest]:
        """The backdrops, one or two, each as the request whose pictures are read."""
        pairs = [(self.plate, self.clean_plate), (self.second_plate, self.second_clean_plate)]
        return [
            SolveRequest(
                plate,
                clean,
                self.output,
                self.frames,
                overwrite=self.overwrite,
                options=self.options,
            )
            for plate, clean in pairs
            if plate
        ]


def run_measure(
    request: MeasureRequest, emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    """Measures the frames of a request; finished ones are skipped unless it says `overwrite`.

    An EXR a frame: R G B A, premultiplied foreground and alpha (A alone of ratio matting, which
    knows no foreground), and confidence.Y.

    Args:
        request: see MeasureRequest.
        emit: takes the events of the protocol, from the caller's thread.
        should_stop: looked at before every frame.

    Raises:
        PlatekeyError: the whole job cannot be done.
    """
    started = time.monotonic()
    requests = request.exposures()
    shots = [ShotInputs(requests[0])]
    for other in requests[1:]:
        shots.append(ShotInputs(replace(other, frames=request.frames or _range(shots[0]))))
    device = choose_device(request.options.device)
    outputs = ShotOutputs(requests[0], is_single=shots[0].plate.is_single)
    frames = shots[0].frames
    inputs = {frame: _paths(shots, frame) for frame in frames}
    outputs.prepare(inputs)
    signatures = {frame: outputs.signature(inputs[frame]) for frame in frames}
    tally = Tally(emit, len(frames))
    to_measure = []
    for frame in frames:
        if request.overwrite or not outputs.is_finished(frame, signatures[frame]):
            to_measure.append(frame)
        else:
            tally.skip(frame, outputs.paths(frame))
    finished = True
    for frame, found in read_ahead(lambda frame: [shot.read(frame) for shot in shots], to_measure):
        if should_stop():
            finished = False
            break
        begun = time.monotonic()
        try:
            if isinstance(found, Exception):
                raise found
            picture, unsure = _measure(found, frame, device, tally)
            picture.attributes[SIGNATURE] = signatures[frame]
            paths = outputs.write(frame, {"exr": picture})
        except Exception as error:
            tally.fail(frame, error)
        else:
            tally.done(frame, paths, time.monotonic() - begun, {"unreliable": unsure})
    return tally.result(time.monotonic() - started, cancelled=not finished)


def _range(shot: ShotInputs) -> str:
    """The frames of the first plate: what the second backdrop must have, unless it is a still."""
    return "" if shot.plate.is_single else format_frame_range(shot.frames)


def _paths(shots: list[ShotInputs], frame: int) -> dict[str, str]:
    """Role to path; the second backdrop's roles end in 2."""
    paths = shots[0].paths(frame)
    for shot in shots[1:]:
        paths.update({f"{role} 2": path for role, path in shot.paths(frame).items()})
    return paths


def _measure(
    found: list[FrameInputs], frame: int, device: torch.device, tally: Tally
) -> tuple[Frame, float]:
    """Solves one frame: the picture to write, in float, and the part of it that is unreliable."""
    for warned in (warned for inputs in found for warned in inputs.warnings):
        tally.warn(frame, warned)
    first = found[0].plate
    exposures, covered = [], np.ones((*first.pixels.shape[:2], 1), np.float32)
    for inputs in found:
        plate, clean_plate, known = _on(first, inputs)
        covered = covered * known
        exposures.append(Exposure.measured(_tensor(plate, device), _tensor(clean_plate, device)))
    measured = triangulate(*exposures) if len(exposures) > 1 else ratio_matte(exposures[0])
    confidence = _pixels(measured.confidence) * covered
    unsure = float((confidence < _UNSURE).mean())
    if unsure > _MANY:
        reason = "the backdrops are too alike" if found[1:] else "the backing is too dark"
        message = (
            f"{100 * unsure:.0f} % of the alpha is unreliable, where {reason} or where subject or "
            "light changed between the pictures; see the channel confidence.Y."
        )
        tally.warn(frame, Warned(message, "unreliable"))
    return _picture(first, measured, confidence, has_colour=len(found) > 1), unsure


def _on(first: Frame, inputs: FrameInputs) -> tuple[Pixels, Pixels, Pixels]:
    """Plate, clean plate and where both are known: in the first plate's window and colours."""
    plate = inputs.plate
    both = np.concatenate([inputs.clean_plate, inputs.valid], axis=-1)
    pixels, covered = fit_to_plate(plate.pixels, plate, first, "the second plate")
    both, _ = fit_to_plate(both, plate, first, "the second clean plate")
    spaces = plate.colour_space or "", first.colour_space or ""
    return convert(pixels, *spaces), convert(both[..., :3], *spaces), both[..., 3:] * covered


def _picture(plate: Frame, measured: Measured, confidence: Pixels, *, has_colour: bool) -> Frame:
    """The channels and header that are written."""
    layers = [_pixels(measured.alpha), confidence]
    channels: tuple[str, ...] = ("A", "confidence.Y")
    if has_colour:
        layers, channels = [_pixels(measured.premultiplied), *layers], ("R", "G", "B", *channels)
    method = "triangulation" if has_colour else "ratio"
    picture = replace(plate, attributes={**plate.attributes, "platekey:method": method})
    return picture.with_pixels(np.concatenate(layers, axis=-1), channels)


def _tensor(pixels: Pixels, device: torch.device) -> Tensor:
    """(H, W, C) to (1, C, H, W)."""
    planar = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)
    return torch.from_numpy(planar)[None].to(device)


def _pixels(tensor: Tensor) -> Pixels:
    """(1, C, H, W) to (H, W, C)."""
    return tensor[0].permute(1, 2, 0).contiguous().cpu().numpy()
