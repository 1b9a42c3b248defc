"""What an artist can set about a matte, validated once for every host."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from platekey.core.errors import OptionError

_LARGEST_WHOLE = 2**63  # JSON has no limit; floats and other programs do


class Method(Enum):
    """How alpha is found."""

    DIFFERENCE = "difference"
    NETWORK = "network"


class NonFinite(Enum):
    """What happens to NaN and infinity in an input."""

    REFUSE = "refuse"
    REPAIR = "repair"


class Passes(Enum):
    """How the passes are laid out in files."""

    EXR = "exr"  # one multi-layer file a frame
    FILES = "files"  # one single-layer file a pass


class Depth(Enum):
    """Number format of the written pixels."""

    HALF = "half"
    FLOAT = "float"


class Compression(Enum):
    """EXR compression of the written files, all lossless but dwaa and dwab."""

    NONE = "none"
    ZIPS = "zips"
    ZIP = "zip"
    PIZ = "piz"
    DWAA = "dwaa"
    DWAB = "dwab"


@dataclass(frozen=True)
class MatteOptions:
    """Settings of the matte node; names and defaults are those of nodes/matte.py (a test holds it).

    Attributes:
        method: see Method.
        weights: file of the network's weights, for the method NETWORK; "" for the shipped ones.
        colorspace: OCIO name of the plate's space; "" takes the file's tag.
        align: register the clean plate to every plate frame where that helps.
        match_exposure: fit the clean plate's exposure and white balance to every plate frame.
        tolerance: difference to the clean plate that still counts as background, in standard
            deviations of the noise; higher is cleaner background, lower keeps fainter hair.
        edge_width: how far from the sure subject soft edges are looked for, in pixels at
            full resolution; 0 finds it from the picture.
        shadow_removal: how much of a shadow-like darkening is taken as background, 0 to 1.
        fill_holes: close holes inside the subject where it has the clean plate's colour.
        nonfinite: see NonFinite.
        passes: see Passes.
        depth: see Depth.
        compression: see Compression.
        device: "auto", "cpu", "cuda" or "cuda:N".
        tile: side of a solver tile in pixels; 0 chooses it by memory.
    """

    method: Method = Method.DIFFERENCE
    weights: str = ""
    colorspace: str = ""
    align: bool = True
    match_exposure: bool = True
    tolerance: float = 3.0
    edge_width: int = 0
    shadow_removal: float = 1.0
    fill_holes: bool = True
    nonfinite: NonFinite = NonFinite.REFUSE
    passes: Passes = Passes.EXR
    depth: Depth = Depth.HALF
    compression: Compression = Compression.ZIP
    device: str = "auto"
    tile: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        check_range("tolerance", self.tolerance, 0.5, 20.0)
        check_range("edge_width", self.edge_width, 0, 400)
        check_range("shadow_removal", self.shadow_removal, 0.0, 1.0)
        check_range("tile", self.tile, 0, 16384)
        if 0 < self.tile < 128:
            raise OptionError(f"tile is {self.tile}; it must be 0 (automatic) or at least 128.")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> MatteOptions:
        """Builds options from plain JSON values; enums by their value.

        Raises:
            OptionError: an unknown name, a wrong type or a value out of range.
        """
        return cls(**typed_values(cls(), values))

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        return plain_values(self)


def typed_values(defaults: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON values as the types that an options dataclass has them.

    Args:
        defaults: an instance of it.
        values: by the names of its fields; enums by their value.

    Raises:
        OptionError: an unknown name or a wrong type.
    """
    known = {item.name for item in fields(defaults)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise OptionError(
            f"unknown option {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        )
    return {k: typed(k, v, getattr(defaults, k)) for k, v in values.items()}


def plain_values(options: Any) -> dict[str, Any]:
    """The plain JSON values that typed_values takes."""
    values = {item.name: getattr(options, item.name) for item in fields(options)}
    return {k: v.value if isinstance(v, Enum) else v for k, v in values.items()}


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises OptionError unless low <= value <= high."""
    if not low <= value <= high:  # also false for NaN
        raise OptionError(f"{name} is {value:g}; it must be from {low:g} to {high:g}.")


def check_text(name: str, value: str) -> None:
    """Raises OptionError for text that can name no file: with a NUL, or half a character."""
    try:
        is_text = b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        is_text = False
    if not is_text:
        raise OptionError(f"{name} is {value[:60]!r}, which no file can be called; write it anew.")


def typed(name: str, value: Any, default: Any) -> Any:
    """Returns a JSON value in the type of `default`: an enum, a float or whatever it is.

    Raises:
        OptionError: it does not fit.
    """
    if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
        raise OptionError(f"{name} has more than 18 digits; give a smaller number.")
    if isinstance(value, str):
        check_text(name, value)
    if isinstance(default, Enum):
        choices = {member.value: member for member in type(default)}
        if not isinstance(value, str) or value not in choices:
            raise OptionError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
        return choices[value]
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        expected = type(default).__name__
        raise OptionError(f"{name} is {value!r}; it must be of type {expected}.")
    return value
