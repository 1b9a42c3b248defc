"""Small shots on disk, one of them with an awkward name, and what is made of them."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_attributes, read_frame, write_frame
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, save_weights

WIDTH, HEIGHT = 112, 96  # as little as a fine-tune takes
COLUMNS = [
    "name",
    "plate",
    "clean_plate",
    "output",
    "frames",
    "background",
    "comp",
    "tune",
    "weights",
]
SHORT_TUNE = ("steps=2", "adversarial=0", "device=cpu")
# a tune's weights are the same twice, but their header has when they were made
OTHER_FILES = ("signature", "settings", "weights", "weights_sha256", "weights_version")
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
AWKWARD = """it's $HOME %d "two" `id` ünï;"""


@dataclass
class Shots:
    """A folder of shots and their list; outputs go to a folder of a run's own."""

    folder: Path

    def make(self, name, count):
        folder = self.folder / name
        folder.mkdir(parents=True)
        window = Window(0, 0, WIDTH, HEIGHT)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        wall = np.stack((0.1 + 0.2 * x / WIDTH, 0.2 + 0.1 * np.sin(y / 4), 0.3 + 0 * x), axis=-1)
        noise = np.random.default_rng(3)

        def write(file, pixels):
            grain = noise.normal(0, 0.002, pixels.shape)
            pixels = (pixels + grain).astype(np.float32)
            frame = Frame(pixels, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
            write_frame(frame, str(folder / file))

        write("clean.exr", wall)
        for number in range(1001, 1001 + count):
            alpha = np.clip((24 - np.hypot(x - 40 - (number - 1001), y - 48)) / 4, 0, 1)[..., None]
            write(f"plate.{number}.exr", alpha * np.array((1.4, 0.9, 0.05)) + (1 - alpha) * wall)

    def row(self, name, folder, run, frames="", comp=False, tune=False):
        """A line of the list; `folder` is that of the plates."""
        here = self.folder / folder
        out = self.folder / run / folder
        return {
            "name": name,
            "plate": f"{here}/plate.####.exr",
            "clean_plate": f"{here}/clean.exr",
            "output": f"{out}/matte.####.exr",
            "frames": frames,
            "background": f"{here}/clean.exr" if comp else "",
            "comp": f"{out}/comp.####.exr" if comp else "",
            "tune": "yes" if tune else "",
            "weights": f"{self.folder}/weights-{run}/{name}.safetensors" if tune else "",
        }

    def rows(self, run):
        return [
            self.row("sh010", "sh010", run, comp=True),
            self.row("sh020", AWKWARD, run, frames="1001-1003x2"),
            self.row("sh030", "sh030", run, tune=True),
        ]

    def list_of(self, rows, name="night.csv"):
        path = self.folder / name
        with open(path, "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def outputs(self, run):
        """Every file of a run's outputs by its name in there: all its pixels and its header.

        Without what names other files or their times.
        """
        folder = self.folder / run
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): content(path) for path in files}

    def tune_words(self, prefix=""):
        """What submit takes for a tune of two steps."""
        base = self.folder / "base.safetensors"
        if not base.exists():
            torch.manual_seed(0)
            save_weights(base, MattingNetwork(TINY), Lineage())
        return [f"--{prefix}weights={base}", *(f"--{prefix}{word}" for word in SHORT_TUNE)]

    def damage(self, name, frame):
        """Cuts a plate short; returns what mends it."""
        path = self.folder / name / f"plate.{frame}.exr"
        whole, stat = path.read_bytes(), path.stat()
        path.write_bytes(whole[: len(whole) // 2])

        def mend():
            path.write_bytes(whole)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # a frame's signature has it

        return mend


def content(path):
    frame, attributes = read_frame(str(path)), read_attributes(str(path))
    header = {name: str(v) for name, v in attributes.items() if name[9:] not in OTHER_FILES}
    return frame.pixels.tobytes(), frame.channels, str(frame.data_window), header
