"""What an artist can set about a composite, validated once for every host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from platekey.core.errors import OptionError
from platekey.core.options import (
    Compression,
    Depth,
    NonFinite,
    Passes,
    check_range,
    plain_values,
    typed_values,
)


class Despill(Enum):
    """How the old background's colour is removed from the subject."""

    OFF = "off"
    CLEAN_PLATE = "clean_plate"  # from the known clean plate, of any colour
    AVERAGE = "average"  # the screen's channel is at most the mean of the other two
    DOUBLE_AVERAGE = "double_average"  # at most (2 larger + smaller) / 3
    MAX = "max"  # at most the larger of the other two
    RED = "red"  # at most red; green on a red screen
    BLUE = "blue"  # at most blue; green on a blue screen


class Screen(Enum):
    """The channel of the classic despills."""

    AUTO = "auto"  # the channel that dominates the clean plate
    GREEN = "green"
    BLUE = "blue"
    RED = "red"


class Kernel(Enum):
    """The shape of a point out of focus."""

    DISC = "disc"
    POLYGON = "polygon"
    ANAMORPHIC = "anamorphic"


class Grain(Enum):
    """What happens to the grain."""

    OFF = "off"
    MATCH = "match"  # the foreground gets the background's
    REGRAIN = "regrain"  # both get the plate's


class Fit(Enum):
    """How a background of another format is put behind the foreground."""

    FILL = "fill"  # scaled until it covers the format, centred
    NONE = "none"  # pixel for pixel, centred


_RANGES: dict[str, tuple[float, float]] = {
    "despill_amount": (0, 2),
    "bounce": (0, 2),
    "spill_luminance": (0, 1),
    "skin_protection": (0, 1),
    "choke": (-50, 50),
    "edge_blur": (0, 50),
    "alpha_gamma": (0.1, 10),
    "edge_width": (0, 100),
    "extend": (0, 1),
    "dark_fringe": (0, 1),
    "bright_fringe": (0, 1),
    "additive": (0, 4),
    "additive_dark": (0, 1),
    "match_exposure": (0, 1),
    "match_colour": (0, 1),
    "wrap": (0, 4),
    "wrap_radius": (0, 500),
    "shadow": (0, 2),
    "shadow_softness": (0, 500),
    "defocus": (0, 300),
    "blades": (3, 16),
    "rotation": (-360, 360),
    "squeeze": (1, 4),
    "focus": (0, 1e9),
    "grain_amount": (0, 4),
}
POINT = re.compile(r"\s*-?\d+\s*,\s*-?\d+\s*")


@dataclass(frozen=True)
class CompOptions:
    """Settings of the comp node; names and defaults are those of nodes/comp.py (a test holds it).

    With the defaults, a solve over its own clean plate is the plate again: the despill exchanges
    the old background's light for the new one's, which is then the same. Lengths are in pixels of
    the foreground at full resolution.

    Attributes:
        despill: see Despill; `clean_plate` needs one among the inputs.
        despill_amount: share of the spill that is removed; above 1 is more than was measured.
        bounce: how much of the clean plate's colour is taken out of the opaque subject; above 1
            from colours that are only half like it too.
        spill_luminance: how much of the removed light's luminance is given back, as grey.
        skin_protection: how far bounce and the classic despills leave skin colours alone.
        screen: see Screen.
        choke: how far alpha's edge moves inwards; negative spreads it outwards.
        edge_blur: standard deviation of the blur of alpha's edge.
        alpha_gamma: above 1 thickens half-transparent alpha, below 1 thins it.
        edge_width: width of the edge matte, to both sides of the silhouette; 0 is every
            half-transparent pixel and no other.
        extend: how much of the edge's colour is replaced by the colour inside of it.
        dark_fringe: how much of a darkening of the edge is lifted.
        bright_fringe: how much of a brightening of the edge is lowered.
        additive: what the matte lost of light, plate minus clean plate, added back times this.
        additive_dark: what the matte lost of darkening, taken from the new background.
        match_exposure: how far the foreground is brought to the background's exposure.
        match_colour: how far the foreground is brought to the background's white balance.
        foreground_grey: "x,y" of a pixel that is grey in the foreground; "" takes statistics.
        background_grey: "x,y" of a pixel as grey in the background; needs the other too.
        wrap: strength of the new background's light around the edge.
        wrap_radius: how far that light comes from and reaches in.
        shadow: strength of the subject's own shadow and reflection on the new background.
        shadow_softness: blur of that shadow.
        defocus: radius of a point of the background that is out of focus.
        kernel: see Kernel.
        blades: corners of a polygon.
        rotation: of a polygon or an anamorphic disc, degrees counter-clockwise.
        squeeze: height over width of an anamorphic disc.
        focus: the depth that is sharp, in the depth input's unit; without that input unused.
        grain: see Grain.
        grain_amount: strength of the grain that is added.
        fit: see Fit.
        colorspace: OCIO name of the space of plate and clean plate; "" takes each file's tag.
        background_space: the same of the background.
        nonfinite: see NonFinite.
        passes: see Passes.
        depth: number format of the written pixels.
        compression: EXR compression of the written files.
        device: "auto", "cpu", "cuda" or "cuda:N".
    """

    despill: Despill = Despill.CLEAN_PLATE
    despill_amount: float = 1.0
    bounce: float = 0.0
    spill_luminance: float = 0.0
    skin_protection: float = 0.5
    screen: Screen = Screen.AUTO
    choke: float = 0.0
    edge_blur: float = 0.0
    alpha_gamma: float = 1.0
    edge_width: float = 3.0
    extend: float = 0.0
    dark_fringe: float = 0.0
    bright_fringe: float = 0.0
    additive: float = 0.0
    additive_dark: float = 0.0
    match_exposure: float = 0.0
    match_colour: float = 0.0
    foreground_grey: str = ""
    background_grey: str = ""
    wrap: float = 0.0
    wrap_radius: float = 20.0
    shadow: float = 1.0
    shadow_softness: float = 0.0
    defocus: float = 0.0
    kernel: Kernel = Kernel.DISC
    blades: int = 6
    rotation: float = 0.0
    squeeze: float = 2.0
    focus: float = 0.0
    grain: Grain = Grain.OFF
    grain_amount: float = 1.0
    fit: Fit = Fit.FILL
    colorspace: str = ""
    background_space: str = ""
    nonfinite: NonFinite = NonFinite.REFUSE
    passes: Passes = Passes.EXR
    depth: Depth = Depth.HALF
    compression: Compression = Compression.ZIP
    device: str = "auto"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for name, (low, high) in _RANGES.items():
            check_range(name, getattr(self, name), low, high)
        for name in ("foreground_grey", "background_grey"):
            value = getattr(self, name)
            if value and not POINT.fullmatch(value):
                raise OptionError(f"{name} is {value!r}; it must be x,y in whole pixels.")
        if bool(self.foreground_grey) != bool(self.background_grey):
            raise OptionError(
                "only one of foreground_grey and background_grey is set; pick a grey in both."
            )

    @classmethod
    def neutral(cls) -> CompOptions:
        """Nothing at all is switched on: the bare foreground over the bare background."""
        return cls(despill=Despill.OFF, shadow=0.0)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CompOptions:
        """Builds options from plain JSON values; enums by their value.

        Raises:
            OptionError: an unknown name, a wrong type or a value out of range.
        """
        return cls(**typed_values(cls(), values))

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        return plain_values(self)
