"""Small shots on disk, and a job that remembers what it told."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job.request import SolveRequest
from platekey.core.job.solve import run_solve
from platekey.core.options import Depth, MatteOptions

WIDTH, HEIGHT = 48, 32


def picture(pixels, *, data=None, display=None, colour_space="lin_rec709_scene", **attributes):
    """A frame of R G B."""
    height, width = pixels.shape[:2]
    data = data or Window(0, 0, width, height)
    return Frame(
        pixels.astype(np.float32),
        ("R", "G", "B"),
        data,
        display or Window(0, 0, width, height),
        colour_space=colour_space,
        attributes=attributes,
    )


@dataclass
class Shot:
    """A bright disc that moves over a textured background; files in a folder."""

    folder: Path
    frames: tuple[int, ...] = (1001, 1002, 1003)
    clean_plate: str = ""
    plate: str = ""
    output: str = ""
    events: list = field(default_factory=list)

    def __post_init__(self):
        y, x, channel = np.mgrid[:HEIGHT, :WIDTH, :3]
        waves = np.sin(x / 3 + channel) * np.cos(y / 4 - 2 * channel)
        grain = np.random.default_rng(7).normal(0, 0.002, waves.shape)
        self.background = 0.2 + 0.12 * waves + grain
        self.background[:4] *= 40.0  # a window in the sun, far above 1
        self.plate = str(self.folder / "plate.%04d.exr")
        self.clean_plate = str(self.folder / "clean.exr")
        self.output = str(self.folder / "out" / "matte.%04d.exr")
        self.write_clean(picture(self.background))
        for frame in self.frames:
            self.write_plate(frame, picture(self.pixels(frame), camera="A", iso=800))

    def alpha(self, frame):
        """The truth, (H, W, 1)."""
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        centre = 18 + 4 * (frame - 1001)
        return np.clip(9.5 - np.hypot(y - 17, x - centre), 0, 1)[..., None]

    def pixels(self, frame):
        """The plate, (H, W, 3)."""
        alpha = self.alpha(frame)
        return np.array([2.5, 0.9, -0.01]) * alpha + self.background * (1 - alpha)

    def write_plate(self, frame, picture):
        write_frame(picture, self.plate % frame, depth=Depth.FLOAT)

    def write_clean(self, picture):
        write_frame(picture, self.clean_plate, depth=Depth.FLOAT)

    def request(self, options=None, **changes):
        fields = {"plate": self.plate, "clean_plate": self.clean_plate, "output": self.output}
        options = MatteOptions(**{"align": False, "device": "cpu", **(options or {})})
        return SolveRequest(**{**fields, "options": options, **changes})

    def solve(self, options=None, should_stop=lambda: False, **changes):
        self.events = []
        return run_solve(self.request(options, **changes), self.tell, should_stop)

    def tell(self, event):
        protocol.encode(event)  # whatever is told must fit the wire
        self.events.append(event)

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def result_of(self, frame):
        return read_frame(self.output % frame)

    def files(self):
        """Names of everything in the output's folder, hidden files too."""
        folder = Path(self.output).parent
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def shot(tmp_path):
    return Shot(tmp_path)


@pytest.fixture
def make_picture():
    return picture
