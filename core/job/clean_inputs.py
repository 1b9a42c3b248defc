"""What a job that builds a clean plate reads: footage in working space, on the plate's window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from platekey.core.clean.footage import Footage, Seen
from platekey.core.colour.colour import convert, output_space, resolve_input_space
from platekey.core.errors import OptionError
from platekey.core.filters import dilate
from platekey.core.frames.frame import Frame
from platekey.core.frames.layers import matte, rgb
from platekey.core.frames.sequence import Sequence, find_sequence, parse_frame_range

from .clean_request import CleanRequest
from .finite import Warned, finite
from .tensors import to_tensor
from .windows import fit_to_plate

_CPU = torch.device("cpu")
_MATTE = 0.02  # alpha; more than that is subject
_MARGIN = 1 / 400  # of the width, that a rough matte may be too tight


@dataclass(frozen=True)
class CleanFrames:
    """Frames that are looked at, and where they come from.

    Attributes:
        sequence: of the files.
        numbers: of the frames.
        role: "plate" or "clean footage", for messages.
    """

    sequence: Sequence
    numbers: tuple[int, ...]
    role: str

    def paths(self) -> dict[str, str]:
        """The files, by role and number."""
        return {f"{self.role} {number}": self.sequence.path(number) for number in self.numbers}


class CleanInputs:
    """The sequences of a request.

    Attributes:
        plate: its frames that are asked for.
        every_plate: all of its frames.
        clean: frames without the subject, or None where none are named.
        mattes: their sequence, or None.
        header: of the plate's first frame, in working space, without pixels.
        warnings: what the artist should know; it fills while frames are read, on whatever thread.

    Raises:
        MissingFrame: a sequence is not there, or lacks frames, which are named.
        OptionError: a frame range is none.
        InputError: the plate's first frame cannot be read.
    """

    def __init__(self, request: CleanRequest) -> None:
        self._options = request.options
        self.warnings: deque[Warned] = deque()
        sequence = find_sequence(request.plate)
        frames = parse_frame_range(request.frames) if request.frames else sequence.frames
        if sequence.is_single and len(frames) > 1:
            raise OptionError(
                f"frames is {request.frames}, but plate {request.plate} is a single picture; "
                "name a sequence (name.####.exr) or one frame."
            )
        sequence.require(frames, "plate")
        self.plate = CleanFrames(sequence, frames, "plate")
        self.every_plate = CleanFrames(sequence, sequence.frames, "plate")
        self.clean = self._clean_frames(request)
        self.mattes = find_sequence(request.mattes) if request.mattes else None
        if self.mattes is not None:
            self.mattes.require(frames, "mattes")
        source = sequence.read(frames[0])
        self._tag = source.colour_space
        self._space, problem = resolve_input_space(request.options.colorspace, source)
        if problem:
            self.warnings.append(Warned(problem, "plate colour"))
        self._working = output_space(self._space)
        bare = source.with_pixels(source.pixels[..., :0], ())
        self.header = replace(bare, colour_space=self._working)

    def paths(self, frames: CleanFrames, number: int) -> dict[str, str]:
        """The files that the clean plate of plate frame `number` is made from, by role."""
        files = {"plate": self.plate.sequence.path(number), **frames.paths()}
        if self.mattes is not None:
            hidden = {number, *(frames.numbers if frames.role == "plate" else ())}
            masked = filter(self._has_matte, sorted(hidden))
            files.update({f"matte {each}": self.mattes.path(each) for each in masked})
        return files

    def read(self, frames: CleanFrames, number: int) -> tuple[Frame, Seen]:
        """Reads a frame: its header, and what it shows on the data window of the plate's first.

        Args:
            frames: whose frame it is.
            number: of the frame.

        Raises:
            InputError: whatever is wrong with a file, or with how the files fit.
        """
        source = frames.sequence.read(number)
        warnings: list[Warned] = []
        linear = convert(rgb(source), self._space_of(source, frames.role), self._working)
        pixels = finite(linear, source, frames.role, self._options.nonfinite, warnings)
        self.warnings.extend(warnings)
        header = replace(self.header, attributes=source.attributes, path=source.path)
        pixels, covered = fit_to_plate(pixels, source, header, frames.role)
        visible = to_tensor(covered, _CPU)
        if self.mattes is not None and frames.role == "plate" and self._has_matte(number):
            visible = visible * self._outside(self.mattes, number, header)
        return header, Seen(to_tensor(pixels, _CPU), visible)

    def _has_matte(self, number: int) -> bool:
        return self.mattes is not None and (self.mattes.is_single or number in self.mattes.frames)

    def _outside(self, mattes: Sequence, number: int, header: Frame) -> torch.Tensor:
        """(1, 1, H, W), 0 where a frame's matte says subject, and a little around."""
        source = mattes.read(number)
        pixels, covered = fit_to_plate(matte(source), source, header, "matte")
        subject = to_tensor(((pixels > _MATTE) * covered).astype("float32"), _CPU)
        return 1 - dilate(subject, max(2, round(subject.shape[-1] * _MARGIN)))

    def _space_of(self, source: Frame, role: str) -> str:
        """The plate's space, unless the file's tag says otherwise than the plate's."""
        if source.colour_space in (None, self._tag):
            return self._space
        own, problem = resolve_input_space("", source)
        if not problem and own != self._space:
            message = (
                f"{role} {source.path} is tagged {own} and read so, the plate as {self._space}."
            )
            self.warnings.append(Warned(message, f"{role} colour"))
        return self._space if problem else own

    def footage(
        self,
        frames: CleanFrames,
        progress: Callable[[str, float], None],
        should_stop: Callable[[], bool],
    ) -> Footage:
        """The frames as the estimators take them; each is read when it is asked for."""

        def read(number: int) -> Seen:
            return self.read(frames, number)[1]

        return Footage(frames.numbers, read, progress, should_stop)

    def _clean_frames(self, request: CleanRequest) -> CleanFrames | None:
        named = parse_frame_range(request.clean_frames) if request.clean_frames else ()
        if request.source:
            if request.source == request.plate:
                raise OptionError(
                    f"source is the plate {request.plate} itself; name its frames without the "
                    "subject with clean_frames instead."
                )
            sequence = find_sequence(request.source)
            sequence.require(named, "clean footage")
            return CleanFrames(sequence, named or sequence.frames, "clean footage")
        if not named:
            return None
        sequence = find_sequence(request.plate)
        sequence.require(named, "plate")
        return CleanFrames(sequence, named, "clean frame")
