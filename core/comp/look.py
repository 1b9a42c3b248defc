"""What is measured once for a shot, so that it does not flicker: the match and the grains."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from platekey.core.errors import OptionError

from .grain import Grain, measure_grain
from .inputs import CompInputs
from .match import match_gain
from .options import CompOptions
from .options import Grain as GrainMode

_MEASURED = ("match_exposure", "match_colour", "foreground_grey", "background_grey", "grain")
_SAMPLE = 2  # pixels around a picked point that are averaged


@dataclass(frozen=True)
class Look:
    """How the subject is made to look like the new scene.

    Attributes:
        gain: (1, 3, 1, 1) on the foreground; None changes nothing.
        foreground_grain: of the plate, exposed by the gain; None if grain is off.
        background_grain: of the new background, before any defocus.
    """

    gain: Tensor | None = None
    foreground_grain: Grain | None = None
    background_grain: Grain | None = None


def needs_look(options: CompOptions) -> bool:
    """Whether anything has to be measured."""
    return bool(
        options.match_exposure or options.match_colour or options.grain is not GrainMode.OFF
    )


def looks_alike(one: CompOptions, other: CompOptions) -> bool:
    """Whether the same is measured for both."""
    return all(getattr(one, name) == getattr(other, name) for name in _MEASURED)


def measure_look(inputs: CompInputs, options: CompOptions) -> Look:
    """Measures what the options need, in one frame.

    Raises:
        OptionError: a picked grey is outside the picture, or not above 0.
    """
    gain = None
    if options.match_exposure or options.match_colour:
        gain = match_gain(
            inputs.foreground,
            inputs.alpha,
            inputs.background,
            exposure=options.match_exposure,
            colour=options.match_colour,
            foreground_grey=_picked("foreground_grey", options.foreground_grey, inputs.foreground),
            background_grey=_picked("background_grey", options.background_grey, inputs.background),
        )
    if options.grain is GrainMode.OFF:
        return Look(gain)
    if inputs.plate is None:
        own = measure_grain(inputs.foreground)
    else:
        own = measure_grain(inputs.plate, inputs.clean_plate, inputs.alpha)
    if gain is not None:
        own = own.exposed(gain)
    return Look(gain, own, measure_grain(inputs.background))


def _picked(name: str, point: str, picture: Tensor) -> tuple[float, ...] | None:
    """The mean colour around a picked pixel, counted from the top left of the picture."""
    if not point:
        return None
    x, y = (int(part) for part in point.split(","))
    height, width = picture.shape[-2:]
    if not (0 <= x < width and 0 <= y < height):
        raise OptionError(
            f"{name} is {point}, outside of the picture of {width}x{height}; pick another pixel."
        )
    rows = slice(max(0, y - _SAMPLE), y + _SAMPLE + 1)
    columns = slice(max(0, x - _SAMPLE), x + _SAMPLE + 1)
    return tuple(picture[0, :, rows, columns].mean((1, 2)).tolist())
