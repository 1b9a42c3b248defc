"""What a solve reads: the sequences of a request, and one frame of each, ready to be solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from platekey.core.colour.colour import convert, output_space, resolve_input_space
from platekey.core.errors import OptionError
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.layers import DEVIATION, VALID, known, matte, rgb
from platekey.core.frames.sequence import Sequence, find_sequence, parse_frame_range
from platekey.core.options import Method

from .finite import Warned, finite
from .plates import Plates
from .request import SolveRequest
from .windows import fit_to_plate

__all__ = ["FrameInputs", "ShotInputs", "Warned"]

_MATTES = ("hint", "garbage", "holdout")


@dataclass(frozen=True)
class FrameInputs:
    """One frame of everything, in scene-linear working space, on the plate's data window.

    Attributes:
        plate: R G B, with the plate's header; its colour space is the working space.
        clean_plate: (H, W, 3).
        valid: (H, W, 1), 1 where the clean plate is known, 0 where it was padded or made up.
        mattes: those of hint, garbage and holdout that were given, (H, W, 1) each.
        neighbours: the plates before and after, (H, W, 3), for the method NETWORK; None where one
            of them is not there.
        warnings: what the artist should know.
        deviation: (H, W, 3) how much the background moves about the clean plate, one standard
            deviation; None if the clean plate has no such layer.
    """

    plate: Frame
    clean_plate: Pixels
    valid: Pixels
    mattes: dict[str, Pixels]
    neighbours: tuple[Pixels, Pixels] | None
    warnings: tuple[Warned, ...]
    deviation: Pixels | None = None


class ShotInputs:
    """The sequences of a request.

    Attributes:
        frames: the frames to solve, in order.
        gaps: the frames that the plate lacks although every frame found is asked for, in words.
        sequences: role ("plate", "clean plate", "hint", "garbage", "holdout") to sequence.

    Raises:
        MissingFrame: a sequence is not there, or lacks frames, which are named.
        OptionError: the frame range is none, or plate and clean plate are the same.
        ColourSpaceError: the option names no space.
    """

    def __init__(self, request: SolveRequest) -> None:
        if request.plate == request.clean_plate:
            raise OptionError(
                f"plate and clean plate are both {request.plate}; name a clean plate, the same "
                "view without the subject."
            )
        if request.options.colorspace.strip():
            output_space(request.options.colorspace)  # a wrong name is told once, not every frame
        patterns = {"plate": request.plate, "clean plate": request.clean_plate}
        patterns.update({role: getattr(request, role) for role in _MATTES})
        self.sequences: dict[str, Sequence] = {
            role: find_sequence(pattern) for role, pattern in patterns.items() if pattern
        }
        self.plate = self.sequences["plate"]
        self.frames = parse_frame_range(request.frames) if request.frames else self.plate.frames
        self.gaps = "" if request.frames else self.plate.gaps()
        if self.plate.is_single and len(self.frames) > 1:
            raise OptionError(
                f"frames is {request.frames}, but plate {request.plate} is a single picture; "
                "name a sequence (name.####.exr) or one frame."
            )
        for role, sequence in self.sequences.items():
            sequence.require(self.frames, role)
        self._options = request.options
        self._plates = Plates(self.plate, request.options)
        self._sees_motion = request.options.method is Method.NETWORK
        # what single pictures gave, by role and working space: read once for the whole shot
        self._stills: dict[tuple[str, str], tuple[Frame, Pixels]] = {}

    def paths(self, frame: int) -> dict[str, str]:
        """The files that a frame is made from, by role."""
        files = {role: sequence.path(frame) for role, sequence in self.sequences.items()}
        if self._sees_motion and self._plates.has_neighbours(frame):
            files["plate before"] = self.plate.path(frame - 1)
            files["plate after"] = self.plate.path(frame + 1)
        return files

    def read(self, frame: int) -> FrameInputs:
        """Reads everything that a frame needs.

        Raises:
            InputError: whatever is wrong with a file, or with how the files fit.
        """
        read = self._plates.read(frame)
        warnings = list(read.warnings)
        source, space, plate = read.source, read.space, read.plate
        working = output_space(space)

        def linear_and_known(clean: Frame) -> Pixels:
            own = self._clean_space(clean, source, space, warnings)
            layers = [convert(rgb(clean), own, working)]
            if VALID in clean.channels:
                layers.append(known(clean))
            if set(DEVIATION) <= set(clean.channels):
                layers.append(clean.select(*DEVIATION))
            return np.concatenate(layers, -1)

        clean, picture = self._picture("clean plate", frame, working, linear_and_known, warnings)
        fitted, covered = fit_to_plate(picture, clean, plate, "clean plate")
        clean_plate = fitted[..., :3]
        valid = covered * fitted[..., 3:4] if fitted.shape[-1] in (4, 7) else covered
        deviation = fitted[..., -3:] if fitted.shape[-1] > 4 else None
        if not valid.all():
            message = (
                f"clean plate {clean.path} does not cover {100 * (1 - valid.mean()):.3g} % of the "
                "plate's pixels, or does not know them; they are solved without it."
            )
            warnings.append(Warned(message, "clean plate window"))
        mattes = {
            role: self._matte(role, frame, plate, warnings)
            for role in _MATTES
            if role in self.sequences
        }
        neighbours = self._plates.neighbours(frame, warnings) if self._sees_motion else None
        return FrameInputs(
            plate, clean_plate, valid, mattes, neighbours, tuple(warnings), deviation
        )

    def _picture(
        self,
        role: str,
        frame: int,
        working: str,
        take: Callable[[Frame], Pixels],
        warnings: list[Warned],
    ) -> tuple[Frame, Pixels]:
        """Reads a role's header and what `take` makes of its pixels."""
        if (role, working) in self._stills:
            return self._stills[role, working]
        source = self.sequences[role].read(frame)
        pixels = self._finite(take(source), source, role, warnings)
        header = source.with_pixels(pixels[..., :0], ())
        if self.sequences[role].is_single:
            self._stills[role, working] = header, pixels
        return header, pixels

    def _clean_space(self, clean: Frame, source: Frame, space: str, warnings: list[Warned]) -> str:
        """The clean plate's space: the plate's, unless its tag says otherwise than the plate's.

        So the artist's choice for a plate with a wrong tag, or none, holds for the clean plate of
        the same kind, while a clean plate that was painted in another space keeps its own.
        """
        if clean.colour_space in (None, source.colour_space):
            return space
        own, problem = resolve_input_space("", clean)
        if problem:
            return space
        if own != space:
            message = (
                f"clean plate {clean.path} is tagged {own} and read so, the plate is read as "
                f"{space}; correct the tag if that is wrong."
            )
            warnings.append(Warned(message, "clean plate colour"))
        return own

    def _matte(self, role: str, frame: int, plate: Frame, warnings: list[Warned]) -> Pixels:
        source, pixels = self._picture(role, frame, "", matte, warnings)
        fitted, covered = fit_to_plate(pixels, source, plate, role)
        return fitted * covered  # no matte where it was not drawn

    def _finite(self, pixels: Pixels, source: Frame, role: str, warnings: list[Warned]) -> Pixels:
        return finite(pixels, source, role, self._options.nonfinite, warnings)
