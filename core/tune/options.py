"""Settings of a fine-tune, validated once for every host."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from platekey.core.errors import OptionError
from platekey.core.options import (
    MatteOptions,
    Method,
    NonFinite,
    check_range,
    plain_values,
    typed_values,
)


@dataclass(frozen=True)
class TuneOptions:
    """What an artist can set; names and defaults are those of nodes/tune.py (a test holds it).

    Attributes:
        weights: file that the tune starts from, and returns if nothing is better; "" for the
            shipped ones.
        backgrounds: folder of pictures that the subject is put over; "" draws patterns.
        hours: after which it ends, of all sessions together; 0 for no end but `steps`.
        steps: after which it ends; 0 for no end but `hours`.
        most_frames: of the shot that are looked at, spread over it.
        rate: learning rate at its highest.
        adversarial: weight of passing for filmed.
        anchor: weight of staying with the start where that is sure.
        leak: weight of leaving no clean plate in the foreground.
        temporal: weight of an alpha that moves as the picture does.
        keys_weight: weight of the keys.
        moved: frames that are made of each key, and of some frames without, by moving the subject.
        crop: pixels a side of a window at full size; 0 chooses it by memory.
        windows: of each frame and step; 0 chooses them by memory.
        patience: validations without a better one after which it ends; 0 goes on to the end.
        seed: of all that is drawn.
        checkpoint_minutes: between two checkpoints, which come with each validation as well.
        colorspace: see MatteOptions.
        align: likewise.
        match_exposure: likewise.
        nonfinite: likewise.
        device: likewise.
    """

    weights: str = ""
    backgrounds: str = ""
    hours: float = 0.0
    steps: int = 0
    most_frames: int = 48
    rate: float = 3e-4
    adversarial: float = 0.02
    anchor: float = 1.0
    leak: float = 0.5
    temporal: float = 0.5
    keys_weight: float = 2.0
    moved: int = 4
    crop: int = 0
    windows: int = 0
    patience: int = 12
    seed: int = 0
    checkpoint_minutes: float = 10.0
    colorspace: str = ""
    align: bool = True
    match_exposure: bool = True
    nonfinite: NonFinite = NonFinite.REFUSE
    device: str = "auto"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        limits: dict[str, tuple[float, float]] = {
            "hours": (0, 1000),
            "steps": (0, 10**7),
            "most_frames": (2, 1000),
            "rate": (1e-7, 1e-2),
            "adversarial": (0, 10),
            "anchor": (0, 100),
            "leak": (0, 100),
            "temporal": (0, 100),
            "keys_weight": (0, 100),
            "moved": (0, 32),
            "crop": (0, 1024),
            "windows": (0, 64),
            "patience": (0, 1000),
            "seed": (0, 2**31 - 1),
            "checkpoint_minutes": (0.01, 10**4),
        }
        for name, (low, high) in limits.items():
            check_range(name, getattr(self, name), low, high)
        if 0 < self.crop < 96 or self.crop % 16:
            raise OptionError(
                f"crop is {self.crop}; it must be 0 (automatic), or a multiple of 16 from 96 on."
            )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TuneOptions:
        """Builds options from plain JSON values.

        Raises:
            OptionError: an unknown name, a wrong type or a value out of range.
        """
        return cls(**typed_values(cls(), values))

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        return plain_values(self)

    def matte_options(self) -> MatteOptions:
        """The options of a solve with the starting weights."""
        return MatteOptions(
            method=Method.NETWORK,
            weights=self.weights,
            colorspace=self.colorspace,
            align=self.align,
            match_exposure=self.match_exposure,
            nonfinite=self.nonfinite,
            device=self.device,
        )


@dataclass(frozen=True)
class Workload:
    """What a step takes; smaller if memory runs out.

    Attributes:
        crop: pixels a side of a window.
        windows: of each frame.
        frames: seen whole by the coarse stage.
    """

    crop: int = 192
    windows: int = 2
    frames: int = 2

    def smaller(self) -> Workload | None:
        """A workload of about half the memory; None if this is the smallest."""
        if self.windows > 1:
            return Workload(self.crop, self.windows // 2, self.frames)
        if self.crop > 96:
            return Workload(max(96, self.crop // 2 // 16 * 16), 1, self.frames)
        return None

    def to_json(self) -> dict[str, int]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, int]) -> Workload:
        """The workload that to_json made values of."""
        return cls(**{item.name: int(values[item.name]) for item in fields(cls)})


@dataclass(frozen=True)
class TermWeights:
    """Weights of the loss's terms that are not the artist's.

    Attributes:
        coarse: of what the coarse stage says by itself.
        error: of the error that the coarse stage expects.
        key: of each term of a key.
        average: how much of the averaged weights is kept at each step.
        clip: length of the gradient above which it is shortened.
        anchor_end: share of the anchor's weight that is left at the end.
    """

    coarse: float = 0.5
    error: float = 0.5
    average: float = 0.99
    clip: float = 1.0
    anchor_end: float = 0.3
    key: dict[str, float] = field(
        default_factory=lambda: {"alpha": 1.0, "gradient": 1.0, "laplacian": 1.0}
    )
