"""The farm's benchmark runs; what it finds is in docs/farm.md."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame

BENCH = Path(__file__).parent


def test_it_tells_overhead_and_frames_a_minute(tmp_path):
    window = Window(0, 0, 48, 32)
    noise = np.random.default_rng(1)
    for name in ("plate.1.exr", "clean.1.exr"):
        pixels = (0.2 + noise.normal(0, 0.01, (32, 48, 3))).astype(np.float32)
        write_frame(Frame(pixels, ("R", "G", "B"), window, window), str(tmp_path / name))
    page = tmp_path / "page.md"
    page.write_text("<!-- farm:begin --><!-- farm:end -->")
    words = ["--shot", tmp_path, "--frames", "2", "--chunks", "2", "--workers", "--page", page]
    command = [sys.executable, BENCH / "farm.py", *words, "--json", tmp_path / "found.json"]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE)
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["chunks"]["2"]["tasks"] == 1
    assert found["chunks"]["2"]["cpu"] > found["loop"]["cpu"] > 0
    assert "chunks of 2" in page.read_text()
