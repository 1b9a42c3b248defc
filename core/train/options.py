"""Settings of a training, all of them with their ranges."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from typing import Any

from platekey.core.errors import OptionError


class Stage(Enum):
    """What is trained."""

    COARSE = "coarse"  # the coarse stage, on whole subjects in small frames
    REFINE = "refine"  # the refine stage, on crops around edges; the coarse stage stays
    JOINT = "joint"  # both, on both


class Precision(Enum):
    """What the network computes in; weights and losses are float32."""

    BF16 = "bf16"
    FP32 = "fp32"


@dataclass(frozen=True)
class LossOptions:
    """Weights of the terms of losses.py; 0 leaves one out."""

    alpha: float = 1.0
    gradient: float = 1.0
    laplacian: float = 1.0
    foreground: float = 0.3
    background: float = 0.2
    composite: float = 0.3
    error: float = 1.0
    coarse: float = 0.5  # of the coarse matte's terms where both stages are trained

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for item in fields(self):
            if not 0 <= getattr(self, item.name) <= 100:
                raise OptionError(
                    f"loss {item.name} is {getattr(self, item.name)}; it must be from 0 to 100."
                )


@dataclass(frozen=True)
class TrainOptions:
    """Settings of a training.

    Attributes:
        stage: see Stage.
        steps: after which it is done, 0 for no end but `hours`.
        hours: after which it is done, of all sessions together; 0 for no end but `steps`.
        batch: samples a step and process.
        size: pixels of a sample.
        seed: of samples and first weights.
        rate: learning rate at its highest.
        warm_up: steps until it is that high.
        weight_decay: of AdamW, on convolutions.
        average: how much of the averaged weights is kept at each step.
        clip: length of the gradient above which it is shortened.
        precision: see Precision.
        conditioned: share of the samples whose clean plate is conditioned as in use.
        replay: how often a sample is seen, on average; above 1 samples are kept in files.
        workers: processes that make samples; 0 makes them in this one.
        checkpoint_minutes: between two checkpoints.
        validate_minutes: between two looks at held-back samples.
        validation: number of held-back samples.
        losses: see LossOptions.
    """

    stage: Stage = Stage.COARSE
    steps: int = 0
    hours: float = 0.0
    batch: int = 8
    size: int = 256
    seed: int = 0
    rate: float = 1e-3
    warm_up: int = 200
    weight_decay: float = 0.01
    average: float = 0.999
    clip: float = 1.0
    precision: Precision = Precision.BF16
    conditioned: float = 0.5
    replay: int = 1
    workers: int = 1
    checkpoint_minutes: float = 10.0
    validate_minutes: float = 20.0
    validation: int = 24
    losses: LossOptions = field(default_factory=LossOptions)

    def __post_init__(self) -> None:
        """Checks the ranges."""
        limits: dict[str, tuple[float, float]] = {
            "steps": (0, 10**9),
            "hours": (0, 10**5),
            "batch": (1, 4096),
            "size": (32, 2048),
            "seed": (0, 2**31),
            "rate": (0, 1),
            "warm_up": (0, 10**6),
            "weight_decay": (0, 1),
            "average": (0, 1),
            "clip": (1e-6, 1e6),
            "conditioned": (0, 1),
            "replay": (1, 1000),
            "workers": (0, 256),
            "checkpoint_minutes": (0, 10**5),
            "validate_minutes": (0, 10**5),
            "validation": (0, 4096),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(f"{name} is {value}; it must be from {low:g} to {high:g}.")
        if not self.steps and not self.hours:
            raise OptionError("a training without end: give --steps, --hours or both.")
        if self.size % 2:
            raise OptionError(f"size is {self.size}; it must be even.")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "stage": self.stage.value, "precision": self.precision.value}
