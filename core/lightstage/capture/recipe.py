"""What a capture is made of: its settings, the lamps' directions, its files. No Blender in here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import OptionError

LAYOUT = 2  # raise it when the files change their meaning
SUBJECTS = ("person", "creature", "cloth", "foliage", "feathers", "glass", "smoke")


@dataclass(frozen=True)
class CaptureOptions:
    """Settings of one capture.

    Attributes:
        subject: one of SUBJECTS.
        seed: 0 or more; the same settings and seed give the same pixels.
        size: width and height in pixels, 16 or more.
        lights: lamps on the sphere, 1 to 256.
        samples: a pixel, 1 or more.
        frames: 1 for a still, more for a clip of the moving subject, at most 9.
        threads: 1 or more.
    """

    subject: str = "person"
    seed: int = 0
    size: int = 448
    lights: int = 16
    samples: int = 24
    frames: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuses what cannot be rendered."""
        if self.subject not in SUBJECTS:
            raise OptionError(
                f"the subject is {self.subject!r}, but there are {', '.join(SUBJECTS)}; name one."
            )
        for name, low, high in (
            ("seed", 0, 2**31 - 1),
            ("size", 16, 8192),
            ("lights", 1, 256),
            ("samples", 1, 65536),
            ("frames", 1, 9),
            ("threads", 1, 1024),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(
                    f"{name} is {value}, but it has to be {low} to {high}; give one of these."
                )

    @property
    def name(self) -> str:
        """The capture's file name without ending."""
        return f"{self.subject}_{self.seed:06d}"

    @property
    def files(self) -> tuple[str, ...]:
        """The EXRs' names: one for a still, one a frame for a clip."""
        if self.frames == 1:
            return (f"{self.name}.exr",)
        return tuple(f"{self.name}.{frame:04d}.exr" for frame in range(1, self.frames + 1))


def lamp_directions(count: int) -> NDArray[np.float64]:
    """Evenly spread unit vectors from the subject to the lamps (a Fibonacci sphere): (count, 3).

    In the camera's frame: x right, y up, z towards the camera. Each lamp stands for
    4 pi / count steradian of the sphere.
    """
    number = np.arange(count) + 0.5
    height = 1.0 - 2.0 * number / count
    angle = number * np.pi * (3.0 - np.sqrt(5.0))
    around = np.sqrt(1.0 - height**2)
    return np.stack([around * np.cos(angle), height, around * np.sin(angle)], axis=-1)


def lamp_name(index: int) -> str:
    """The name of a lamp's light group, and of its pass in the file."""
    return f"L{index:03d}"


def sidecar(options: CaptureOptions, software: str, facts: dict[str, Any]) -> dict[str, Any]:
    """What is stored beside the pixels."""
    directions = lamp_directions(options.lights)
    return {
        "layout": LAYOUT,
        "software": software,
        "settings": {key: value for key, value in asdict(options).items() if key != "threads"},
        "colour_space": "lin_rec709_scene",
        "files": list(options.files),
        "lights": [
            {"name": lamp_name(index), "direction": [round(float(part), 9) for part in direction]}
            for index, direction in enumerate(directions)
        ],
        "light_steradian": 4.0 * np.pi / options.lights,
        "subject": facts,
    }


def is_whole(folder: Path, options: CaptureOptions) -> bool:
    """Whether the folder holds this capture. The sidecar is written last, so it decides."""
    path = folder / f"{options.name}.json"
    if not path.exists() or not all((folder / name).exists() for name in options.files):
        return False
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    wanted = sidecar(options, "", {})
    return isinstance(stored, dict) and all(
        stored.get(key) == wanted[key] for key in ("layout", "settings", "files")
    )


def write_sidecar(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON under a temporary name and renames it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
