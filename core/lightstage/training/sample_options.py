"""What training samples are made of, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from platekey.core.errors import OptionError

from .hints import CHANCES, HintKind
from .perturb import PerturbOptions


class Framing(Enum):
    """What a sample shows."""

    WHOLE = "whole"  # the whole subject, at whatever size: for the coarse stage
    EDGES = "edges"  # a crop at full resolution around an edge: for the refine stage


@dataclass(frozen=True)
class SampleOptions:
    """Settings of a stream of samples. A chance is per sample, 0 to 1.

    Attributes:
        framing: see Framing.
        size: pixels, width and height of a sample.
        seed: 0 or more.
        procedural_share: how many subjects are drawn by rule instead of captured.
        empty_chance: nobody is there: plate and clean plate show the same.
        flip_chance: the subject is mirrored, and its light with it.
        large_chance: in EDGES, how often one of the captures of twice the sample's size or more is
            taken, if there are any; else it is any capture's turn.
        rescale_chance: in EDGES, the capture is made smaller first.
        rescale: to what part of its size, at least.
        least_samples: in EDGES, how many of the renderer's samples a pixel averages at least; a
            capture with fewer is made smaller. Alpha of a few samples is grain, the same in plate
            and truth, and the network learns to copy it.
        light_chance: the subject is lit brighter or darker than where it stands.
        light: stops, up or down.
        exposure: deviation in stops of what the subject and its background average to, around 18 %.
        camera_chance: the camera moves between the neighbour frames.
        camera_motion: deviation a frame, in parts of the picture's width.
        subject_motion: the same for subjects of which there is one frame only.
        alone_chance: there are no neighbour frames.
        hints: weights of the kinds of hints.
        perturb: of plate and clean plate.
    """

    framing: Framing = Framing.WHOLE
    size: int = 256
    seed: int = 0
    procedural_share: float = 0.15
    empty_chance: float = 0.02
    flip_chance: float = 0.5
    large_chance: float = 0.7
    rescale_chance: float = 0.3
    rescale: float = 0.6
    least_samples: int = 48
    light_chance: float = 0.3
    light: float = 1.5
    exposure: float = 0.8
    camera_chance: float = 0.4
    camera_motion: float = 0.004
    subject_motion: float = 0.012
    alone_chance: float = 0.1
    hints: Mapping[HintKind, float] = field(default_factory=lambda: dict(CHANCES))
    perturb: PerturbOptions = field(default_factory=PerturbOptions)

    def __post_init__(self) -> None:
        """Checks the ranges."""
        limits = {
            "size": (16, 4096),
            "seed": (0, 2**62),
            "rescale": (0.1, 1.0),
            "least_samples": (1, 65536),
        }
        limits |= {"light": (0.0, 6.0), "exposure": (0.0, 4.0)}
        limits |= dict.fromkeys(("camera_motion", "subject_motion"), (0.0, 0.2))
        chances = [name for name in vars(self) if name.endswith(("chance", "share"))]
        limits |= dict.fromkeys(chances, (0.0, 1.0))
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(f"{name} is {value}; it must be from {low:g} to {high:g}.")
