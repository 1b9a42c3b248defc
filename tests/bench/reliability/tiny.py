"""A tiny shot on disk: a soft disc that moves over a textured wall; and orders for jobs on it."""

from pathlib import Path

import numpy as np

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.options import Depth

FIRST = 1001


class TinyShot:
    """Plates, a clean plate, and plates after the subject has left, in a folder.

    Args:
        folder: made if missing.
        width: pixels.
        height: pixels.
        count: plates.
    """

    def __init__(self, folder, *, width=64, height=48, count=6):
        self.folder = Path(folder)
        self.width, self.height = width, height
        self.frames = tuple(range(FIRST, FIRST + count))
        self.plate = str(self.folder / "plate.%04d.exr")
        self.clean_plate = str(self.folder / "clean.exr")
        self.folder.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(5)
        y, x = np.mgrid[:height, :width]
        waves = np.sin(x / 2.3)[..., None] * np.cos(y[..., None] / 3 - np.arange(3))
        wall = 0.2 + 0.08 * waves
        self._write(self.clean_plate, wall + random.normal(0, 0.002, wall.shape))
        for frame in self.frames:
            alpha = self._alpha(x, y, frame)
            stripes = 1 + 0.2 * np.sin((x - 3 * frame) / 4)[..., None]
            plate = np.array([0.9, 0.5, 0.15]) * stripes * alpha + wall * (1 - alpha)
            self._write(self.plate % frame, plate + random.normal(0, 0.002, wall.shape))

    def _alpha(self, x, y, frame):
        radius, step = 0.3 * self.height, 0.2 * self.width / max(1, len(self.frames))
        centre = 0.4 * self.width + step * (frame - FIRST)
        return np.clip((radius - np.hypot(y - self.height / 2, x - centre)) / 4, 0, 1)[..., None]

    def _write(self, path, pixels):
        window = Window(0, 0, self.width, self.height)
        space = "lin_rec709_scene"
        frame = Frame(
            pixels.astype(np.float32), ("R", "G", "B"), window, window, colour_space=space
        )
        write_frame(frame, path, depth=Depth.FLOAT)

    def solve(self, folder, **changes):
        """An order for the launcher, or a request's task and arguments."""
        options = {"align": False, "device": "cpu", **changes.pop("options", {})}
        output = str(Path(folder) / "matte.%04d.exr")
        return self._order("solve", output=output, options=options, **changes)

    def clean(self, folder, **changes):
        """Builds a clean plate of the shot alone."""
        options = {"mode": "shot", "align": False, "device": "cpu"}
        order = self._order("clean", output=f"{folder}/clean.exr", options=options, **changes)
        del order["arguments"]["clean_plate"]
        return order

    def tune(self, folder, weights, steps, **changes):
        """A fine-tune of a few steps, with as many checkpoints as it takes."""
        options = {"weights": str(weights), "steps": steps, "crop": 96, "windows": 1, "moved": 1}
        options |= {"checkpoint_minutes": 0.01, "patience": 0, "device": "cpu"}
        output = f"{folder}/tuned.safetensors"
        return self._order("tune", output=output, options=options, **changes)

    def _order(self, task, **arguments):
        files = {"plate": self.plate, "clean_plate": self.clean_plate}
        return {"task": task, "arguments": {**files, **arguments}}
