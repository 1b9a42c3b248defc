"""The plates of a shot in working space: each read once, though its neighbours ask for it too."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from platekey.core.colour.colour import convert, output_space, resolve_input_space
from platekey.core.errors import InputError, InputMismatch
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.layers import rgb
from platekey.core.frames.sequence import Sequence
from platekey.core.options import MatteOptions, Method

from .finite import Warned, finite
from .windows import fit_to_plate


@dataclass(frozen=True)
class ReadPlate:
    """A plate frame.

    Attributes:
        source: its header as the file has it, without pixels.
        space: in which the file is read.
        plate: R G B in working space, which is its colour space.
        warnings: what the artist should know.
    """

    source: Frame
    space: str
    plate: Frame
    warnings: tuple[Warned, ...]


class Plates:
    """Reads plates, one after the other, on one thread.

    Frames that are worked on in order find their neighbours here: a frame, the one before and the
    one after are kept if the method looks at them, so that no file is read three times.
    """

    def __init__(self, sequence: Sequence, options: MatteOptions) -> None:
        """Takes the plate's sequence.

        Args:
            sequence: of the plate.
            options: colour space, method, and what happens to NaN and infinity.
        """
        self._sequence, self._options = sequence, options
        self._frames = frozenset(() if sequence.is_single else sequence.frames)
        self._count = 3 if options.method is Method.NETWORK else 0
        self._kept: OrderedDict[int, ReadPlate] = OrderedDict()

    def has_neighbours(self, frame: int) -> bool:
        """Whether the plates before and after are there, whatever frames a job makes."""
        return {frame - 1, frame + 1} <= self._frames

    def read(self, frame: int) -> ReadPlate:
        """Reads a plate, or gives what was read.

        Raises:
            InputError: whatever is wrong with the file.
        """
        found = self._kept.pop(frame, None) or self._read(frame)
        self._kept[frame] = found
        while len(self._kept) > self._count:
            self._kept.popitem(last=False)
        return found

    def neighbours(self, frame: int, warnings: list[Warned]) -> tuple[Pixels, Pixels] | None:
        """The plates before and after, (H, W, 3) on the plate's data window; None without both.

        One that cannot be used, for whatever is wrong with it, is told in `warnings`, and the
        frame does without: it fails where it is the plate itself.
        """
        if not self.has_neighbours(frame):
            return None
        plate = self.read(frame).plate
        try:
            return self._beside(frame - 1, plate), self._beside(frame + 1, plate)
        except InputError as error:
            warnings.append(Warned(f"solved without the plates before and after: {error}"))
            return None

    def _beside(self, frame: int, plate: Frame) -> Pixels:
        other = self.read(frame).plate
        if other.colour_space != plate.colour_space:
            raise InputMismatch(
                f"{other.path} is in {other.colour_space}, {plate.path} in {plate.colour_space}; "
                "correct the tag that is wrong, or set colorspace."
            )
        return fit_to_plate(other.pixels, other, plate, f"plate {frame}")[0]

    def _read(self, frame: int) -> ReadPlate:
        warnings: list[Warned] = []
        source = self._sequence.read(frame)
        space, problem = resolve_input_space(self._options.colorspace, source)
        if problem:
            warnings.append(Warned(problem, "plate colour"))
        working = output_space(space)
        linear = convert(rgb(source), space, working)
        pixels = finite(linear, source, "plate", self._options.nonfinite, warnings)
        plate = replace(source.with_pixels(pixels, ("R", "G", "B")), colour_space=working)
        header = source.with_pixels(source.pixels[..., :0], ())
        return ReadPlate(header, space, plate, tuple(warnings))
