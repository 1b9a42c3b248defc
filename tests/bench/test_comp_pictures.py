"""The pictures of the comp node can be drawn, from the sample's true passes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame

BENCH = Path(__file__).parent
SAMPLE = BENCH.parent / "data/sample"
LARGEST = 200_000  # bytes; they lie in the repository


def true_solve(path):
    """What a perfect solve of the sample would write."""
    alpha = read_frame(str(SAMPLE / "gt/alpha.1001.exr")).select("A")
    foreground = read_frame(str(SAMPLE / "gt/fg.1001.exr")).select("R", "G", "B")
    straight = foreground / np.maximum(alpha, 1e-3)
    passes = [foreground, alpha, straight, np.ones_like(foreground), np.ones_like(alpha)]
    channels = ["R", "G", "B", "A"]
    channels += [f"{layer}.{channel}" for layer in ("fg", "shadow") for channel in "RGB"]
    channels += ["confidence.Y"]
    window = Window(0, 0, alpha.shape[1], alpha.shape[0])
    write_frame(Frame(np.concatenate(passes, 2), tuple(channels), window, window), str(path))


@pytest.mark.slow
def test_pictures_are_drawn_and_small(tmp_path):
    true_solve(tmp_path / "solve.exr")
    names = ["comp_light_wrap"]
    command = [sys.executable, str(BENCH / "comp_pictures.py"), "-o", str(tmp_path)]
    command += ["--solved", str(tmp_path / "solve.exr"), "--only", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    for name in names:
        assert 10_000 < (tmp_path / f"{name}.jpg").stat().st_size < LARGEST
        assert name in done.stdout
