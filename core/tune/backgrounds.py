"""New backgrounds for the subject: pictures of a folder, drawn patterns, the clean plate's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from platekey.core.lightstage.training.backgrounds import Backgrounds, find_backgrounds

_NEARER = 0.5  # how far a background's brightness is brought to the shot's: all the way or not
_AHEAD = np.array([[0.0, 0.0, 1.0]], np.float32)  # a lamp, for the interface; its light is not used
_BLACK = 1e-6


class NewBackgrounds:
    """Squares of new backgrounds, as bright as the shot; the same numbers draw the same ones."""

    def __init__(self, folder: str) -> None:
        """Takes a folder, or "" for patterns alone.

        Raises:
            MissingFrame: no such folder, or no pictures in it.
        """
        files = find_backgrounds(Path(folder)) if folder else []
        self.count = len(files)
        self._drawn = Backgrounds(files, pattern_share=0.1)

    def draw(self, random: np.random.Generator, size: int) -> Tensor:
        """A square, (1, 3, size, size) scene-linear at ordinary brightness, more or less.

        Raises:
            InputError: a file that cannot be read.
        """
        picture = self._drawn.draw(random, size, _AHEAD).picture
        median = float(np.median(picture.max(axis=-1)))
        gain = (0.18 / max(median, _BLACK)) ** float(random.uniform(_NEARER, 1))
        made = np.ascontiguousarray((picture * gain).transpose(2, 0, 1), np.float32)
        return torch.from_numpy(made)[None].clamp(0, 100)
