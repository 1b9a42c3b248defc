"""What a comp reads: the sequences of a request, and one frame of each, ready to be composited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from platekey.core.colour.colour import convert, output_space, resolve_input_space
from platekey.core.errors import OptionError, UnsupportedChannels
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.layers import matte, rgb
from platekey.core.frames.sequence import Sequence, find_sequence, parse_frame_range

from .comp_request import CompRequest
from .finite import Warned, finite
from .placement import comp_window, place_background
from .windows import fit_to_plate

_ROLES = ("foreground", "background", "plate", "clean_plate", "zdepth", "holdout")
_DEPTH_CHANNELS = ("Z", "depth.Z", "Depth.Z", "z", "depth.V")
_Placed = tuple[Pixels, Pixels]


@dataclass(frozen=True)
class CompFrameInputs:
    """One frame of everything, scene-linear in the foreground's space, on the comp's data window.

    Attributes:
        frame: number.
        header: the foreground's header on the comp's data window, without pixels.
        pictures: name as in core.comp.inputs.CompInputs to (H, W, 1) or (H, W, 3).
        warnings: what the artist should know.
    """

    frame: int
    header: Frame
    pictures: dict[str, Pixels]
    warnings: tuple[Warned, ...]


class CompShotInputs:
    """The sequences of a request.

    Attributes:
        frames: the frames to make, in order.
        gaps: the frames that the foreground lacks although every frame found is asked for.
        foreground: its sequence.
        first: its first frame that is there for every role, whatever frames are asked for.

    Raises:
        MissingFrame: a sequence is not there, or lacks frames, which are named.
        OptionError: the frame range is none.
        ColourSpaceError: an option names no space.
    """

    def __init__(self, request: CompRequest) -> None:
        self._options = request.options
        for space in (self._options.colorspace, self._options.background_space):
            if space.strip():
                output_space(space)  # a wrong name is told once, not every frame
        self._sequences: dict[str, Sequence] = {
            role: find_sequence(getattr(request, role)) for role in _ROLES if getattr(request, role)
        }
        self.foreground = self._sequences["foreground"]
        every = self.foreground.frames
        self.frames = parse_frame_range(request.frames) if request.frames else every
        self.gaps = "" if request.frames else self.foreground.gaps()
        if self.foreground.is_single and len(self.frames) > 1:
            raise OptionError(
                f"frames is {request.frames}, but foreground {request.foreground} is a single "
                "picture; name a sequence (name.####.exr) or one frame."
            )
        for role, sequence in self._sequences.items():
            sequence.require(self.frames, role.replace("_", " "))
        common = set(every).intersection(
            *(item.frames for item in self._sequences.values() if not item.is_single)
        )
        self.first = min(common) if common else self.frames[0]
        # what single pictures gave: read once for the whole shot, while the windows stay
        self._kept: dict[str, tuple[object, _Placed, tuple[Warned, ...]]] = {}

    def paths(self, frame: int) -> dict[str, str]:
        """The files that a frame is made from, by role."""
        return {role: sequence.path(frame) for role, sequence in self._sequences.items()}

    def read(self, frame: int) -> CompFrameInputs:
        """Reads everything that a frame needs.

        Raises:
            InputError: whatever is wrong with a file, or with how the files fit.
        """
        warnings: list[Warned] = []
        source = self.foreground.read(frame)
        space, problem = resolve_input_space("", source)
        if problem:
            warnings.append(Warned(problem, "foreground colour"))
        comp = comp_window(source)
        pictures = self._foreground(source, space, comp, warnings)
        working = output_space(space)
        for role, option in (
            ("plate", self._options.colorspace),
            ("clean_plate", self._options.colorspace),
            ("background", self._options.background_space),
        ):
            if role in self._sequences:
                self._add_colour(role, option, frame, working, comp, pictures, warnings)
        for role in ("zdepth", "holdout"):
            if role in self._sequences:
                pictures[role] = self._matte(role, frame, comp, warnings)
        header = replace(comp, colour_space=working)
        return CompFrameInputs(frame, header, pictures, tuple(warnings))

    def _foreground(
        self, source: Frame, space: str, comp: Frame, warnings: list[Warned]
    ) -> dict[str, Pixels]:
        """Straight colour and alpha, and of the solve's other passes those that are there."""
        if "A" not in source.channels:
            raise UnsupportedChannels(
                f"foreground {source.path} has channels {' '.join(source.channels)}, but an alpha "
                "A is needed; give what platekey solve wrote, or another keyer's R G B A."
            )
        alpha = np.clip(self._finite(source.select("A"), source, "foreground", warnings), 0, 1)
        if {"fg.R", "fg.G", "fg.B"} <= set(source.channels):
            colour = source.select("fg.R", "fg.G", "fg.B")
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                colour = np.where(alpha > 0, rgb(source) / alpha, 0).astype(np.float32)
        colour = self._finite(colour, source, "foreground", warnings)
        colour = convert(colour, space, output_space(space))
        whole, covered = fit_to_plate(alpha, source, comp, "foreground")
        pictures = {
            "foreground": fit_to_plate(colour, source, comp, "foreground")[0],
            "alpha": whole * covered,
        }
        for name, channels in (
            ("shadow", ("shadow.R", "shadow.G", "shadow.B")),
            ("confidence", ("confidence.Y",)),
        ):
            if set(channels) <= set(source.channels):
                values = self._finite(source.select(*channels), source, name, warnings)
                fitted = fit_to_plate(values, source, comp, name)[0]
                pictures[name] = np.where(covered > 0, fitted, np.float32(1))
        return pictures

    def _add_colour(
        self,
        role: str,
        option: str,
        frame: int,
        working: str,
        comp: Frame,
        pictures: dict[str, Pixels],
        warnings: list[Warned],
    ) -> None:
        """Reads plate, clean plate or background into `pictures`."""
        name = role.replace("_", " ")

        def prepare(source: Frame, told: list[Warned]) -> _Placed:
            space, problem = resolve_input_space(option, source)
            if problem:
                told.append(Warned(problem, f"{name} colour"))
            pixels = convert(self._finite(rgb(source), source, name, told), space, working)
            if role != "background":
                return fit_to_plate(pixels, source, comp, name)
            if "A" in source.channels:
                alpha = self._finite(source.select("A"), source, name, told)
                pixels = np.concatenate([pixels, alpha], axis=2)
            placed, covered = place_background(pixels, source, comp, self._options.fit)
            if not covered.all():
                missing = f"{100 * (1 - covered.mean()):.3g} %"
                message = (
                    f"background {source.path} does not cover {missing} of the picture; its edge "
                    "is repeated there; render it larger, or set fit to fill."
                )
                told.append(Warned(message, "background window"))
            return placed, covered

        pixels, _ = self._placed(role, frame, comp, prepare, warnings)
        pictures[role] = pixels[..., :3]
        if pixels.shape[2] == 4:
            pictures["background_alpha"] = pixels[..., 3:]

    def _matte(self, role: str, frame: int, comp: Frame, warnings: list[Warned]) -> Pixels:
        def prepare(source: Frame, told: list[Warned]) -> _Placed:
            if role == "zdepth":  # infinity is a depth
                fit = self._options.fit
                return place_background(_depth(source), source, comp, fit, smooth=False)
            values = self._finite(matte(source), source, role, told)
            return fit_to_plate(values, source, comp, role)

        pixels, covered = self._placed(role, frame, comp, prepare, warnings)
        return pixels if role == "zdepth" else pixels * covered

    def _placed(
        self,
        role: str,
        frame: int,
        comp: Frame,
        prepare: Callable[[Frame, list[Warned]], _Placed],
        warnings: list[Warned],
    ) -> _Placed:
        """What `prepare` makes of a role's picture; of a single one once, if the windows stay."""
        sequence = self._sequences[role]
        kept = self._kept.get(role) if sequence.is_single else None
        windows = (comp.data_window, comp.display_window, comp.pixel_aspect, comp.colour_space)
        if kept is None or kept[0] != windows:
            told: list[Warned] = []
            kept = (windows, prepare(sequence.read(frame), told), tuple(told))
            if sequence.is_single:
                self._kept[role] = kept
        warnings.extend(kept[2])
        return kept[1]

    def _finite(self, pixels: Pixels, source: Frame, role: str, warnings: list[Warned]) -> Pixels:
        return finite(pixels, source, role, self._options.nonfinite, warnings)


def _depth(source: Frame) -> Pixels:
    """The channel that renderers write depth to, else what a matte would be."""
    for name in _DEPTH_CHANNELS:
        if name in source.channels:
            return source.select(name)
    return matte(source)
