"""Shots with truth: folders of plate.#.exr, clean.0001.exr, gt/alpha.#.exr and gt/fg.#.exr."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from platekey.core.frames.layers import rgb
from platekey.core.frames.sequence import find_sequence
from platekey.core.score.matte import Matte, read_matte


@dataclass(frozen=True)
class Frame:
    """One frame with its truth; (H, W, 3) float64 scene-linear pictures."""

    number: int
    plate: np.ndarray
    clean: np.ndarray
    truth: Matte
    beside: tuple[np.ndarray, np.ndarray] | None  # the plates before and after, if both are there


@dataclass(frozen=True)
class Shot:
    folder: Path

    @property
    def name(self):
        return self.folder.name

    @property
    def group(self):
        """ "dev" or "capture": the folder that the shot lies in."""
        return self.folder.resolve().parent.name

    @property
    def frames(self):
        return find_sequence(str(self.folder / "plate.####.exr")).frames

    def read(self, number):
        def part(pattern):
            return find_sequence(str(self.folder / pattern)).read(number)

        frames = set(self.frames)
        beside = None
        if {number - 1, number + 1} <= frames:
            plates = find_sequence(str(self.folder / "plate.####.exr"))
            before, after = (rgb(plates.read(number + step)) for step in (-1, 1))
            beside = before.astype(np.float64), after.astype(np.float64)
        return Frame(
            number,
            beside=beside,
            plate=rgb(part("plate.####.exr")).astype(np.float64),
            clean=rgb(part("clean.0001.exr")).astype(np.float64),
            truth=read_matte(part("gt/alpha.####.exr"), part("gt/fg.####.exr")),
        )


def find_shots(folders):
    """The shots among some folders, by name."""
    shots = [Shot(Path(folder)) for folder in folders]
    missing = [shot.folder for shot in shots if not (shot.folder / "gt").is_dir()]
    if missing:
        raise SystemExit(f"{missing[0]} is no shot with truth: it has no folder gt.")
    return sorted(shots, key=lambda shot: (shot.group != "dev", shot.name))
