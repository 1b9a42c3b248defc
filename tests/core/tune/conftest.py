"""A small shot on disk, a small network for it, and a tune of a few steps."""

import copy
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.job.tune import run_tune
from platekey.core.job.tune_request import TuneRequest
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, save_weights
from platekey.core.options import Depth
from platekey.core.tune import loop
from platekey.core.tune.options import TuneOptions

HEIGHT, WIDTH = 96, 112
TINY = NetworkOptions(
    stem=8,
    quarter=8,
    eighth=8,
    sixteenth=16,
    depth=1,
    decoder=(8, 8, 8, 8),
    hidden=4,
    refine_half=8,
    refine_full=8,
    refine_blocks=1,
)


def picture(pixels, channels=("R", "G", "B")):
    height, width = pixels.shape[:2]
    window = Window(0, 0, width, height)
    return Frame(
        pixels.astype(np.float32), channels, window, window, colour_space="lin_rec709_scene"
    )


@dataclass
class Shot:
    """A soft disc of its own texture that moves over a textured wall."""

    folder: Path
    frames: tuple = (1001, 1002, 1003)
    height: int = HEIGHT
    width: int = WIDTH
    events: list = field(default_factory=list)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(5)
        y, x = np.mgrid[: self.height, : self.width]
        wall = 0.2 + 0.08 * np.sin(x / 2.3)[..., None] * np.cos(y[..., None] / 3 - np.arange(3))
        self.wall = wall
        self.plate = str(self.folder / "plate.%04d.exr")
        self.clean_plate = str(self.folder / "clean.exr")
        self.keys = str(self.folder / "key.%04d.exr")
        self.mask = str(self.folder / "mask.%04d.exr")
        self.weights = str(self.folder / "start.safetensors")
        self.output = str(self.folder / "tuned.safetensors")
        self.write(self.clean_plate, wall + random.normal(0, 0.002, wall.shape))
        for frame in self.frames:
            plate = self.compose(frame) + random.normal(0, 0.002, wall.shape)
            self.write(self.plate % frame, plate)
        torch.manual_seed(0)
        save_weights(Path(self.weights), MattingNetwork(TINY), Lineage({"from": "nothing"}))

    def alpha(self, frame):
        y, x = np.mgrid[: self.height, : self.width]
        distance = np.hypot(y - 50, x - 45 - 3 * (frame - self.frames[0]))
        return np.clip((28 - distance) / 8, 0, 1)[..., None]

    def compose(self, frame):
        y, x = np.mgrid[: self.height, : self.width]
        waves = np.sin((x - 3 * frame) / 4)[..., None]
        subject = np.array([0.9, 0.5, 0.15]) * (1 + 0.2 * waves)
        alpha = self.alpha(frame)
        return subject * alpha + self.wall * (1 - alpha)

    def write(self, path, pixels, channels=("R", "G", "B")):
        write_frame(picture(pixels, channels), path, depth=Depth.FLOAT)

    def write_keys(self, *frames, change=lambda alpha: alpha):
        for frame in frames:
            self.write(self.keys % frame, change(self.alpha(frame)), ("Y",))
        return self.keys

    def request(self, options=None, **changes):
        usual = {"weights": self.weights, "steps": 4, "crop": 96, "windows": 1, "device": "cpu"}
        usual |= {"moved": 1, "checkpoint_minutes": 1000.0}
        made = TuneRequest(
            self.plate,
            self.clean_plate,
            self.output,
            options=TuneOptions(**{**usual, **(options or {})}),
        )
        return replace(made, **changes)

    def tune(self, options=None, should_stop=lambda: False, **changes):
        self.events = []
        return run_tune(self.request(options, **changes), self.tell, should_stop)

    def tell(self, event):
        protocol.encode(event)  # whatever is told must fit the wire
        self.events.append(event)

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="session")
def made_shot(tmp_path_factory):
    """A shot whose frames are prepared."""
    shot = Shot(tmp_path_factory.mktemp("shot"))
    shot.tune(should_stop=lambda: bool(shot.told(protocol.Trained)))
    return shot


@pytest.fixture
def shot(made_shot, tmp_path):
    """The same shot with an output of its own; frames without keys are there already."""
    shot = copy.copy(made_shot)
    shot.events, shot.output = [], str(tmp_path / "tuned.safetensors")
    shot.keys, shot.mask = str(tmp_path / "key.%04d.exr"), str(tmp_path / "mask.%04d.exr")
    shutil.copytree(made_shot.request().folder / "frames", shot.request().folder / "frames")
    return shot


@pytest.fixture
def make_shot(tmp_path):
    def make(name, **more):
        return Shot(tmp_path / name, **more)

    return make


@pytest.fixture
def undrawn(monkeypatch):
    """Sheet and curves take as long as many steps."""
    monkeypatch.setattr(loop.TuneLoop, "_draw", lambda self: None)
