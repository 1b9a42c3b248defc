"""What an artist can set about a clean plate that is built, validated once for every host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from platekey.core.options import (
    Compression,
    Depth,
    NonFinite,
    check_range,
    plain_values,
    typed_values,
)


class Mode(Enum):
    """Where the clean plate comes from."""

    AUTO = "auto"
    FRAMES = "frames"  # frames without the subject, merged
    SHOT = "shot"  # the shot itself, camera at rest
    MOSAIC = "mosaic"  # a pan or a second pass, or the shot itself, camera moving
    RETAKE = "retake"  # the same camera move again, without the subject


@dataclass(frozen=True)
class CleanOptions:
    """Settings of the clean node; names and defaults are those of nodes/clean.py (a test holds it).

    Attributes:
        mode: see Mode.
        rounds: how many times solve and clean alternate, where the plate is made of the shot
            itself and no mattes are given.
        align: register the frames to each other where that helps.
        match_exposure: fit the frames' exposure and white balance to each other.
        refine: follow what a homography leaves by dense flow on the background, with a moving
            camera.
        colorspace: OCIO name of the footage's space; "" takes the files' tags.
        nonfinite: see NonFinite.
        depth: see Depth.
        compression: see Compression.
        device: "auto", "cpu", "cuda" or "cuda:N"; what the rounds are solved on.
    """

    mode: Mode = Mode.AUTO
    rounds: int = 1
    align: bool = True
    match_exposure: bool = True
    refine: bool = True
    colorspace: str = ""
    nonfinite: NonFinite = NonFinite.REFUSE
    depth: Depth = Depth.HALF
    compression: Compression = Compression.ZIP
    device: str = "auto"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        check_range("rounds", self.rounds, 0, 5)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CleanOptions:
        """Builds options from plain JSON values; enums by their value.

        Raises:
            OptionError: an unknown name, a wrong type or a value out of range.
        """
        return cls(**typed_values(cls(), values))

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        return plain_values(self)
