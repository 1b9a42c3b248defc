"""The benchmarks run, on a shot of a few pixels; what they find is in docs/benchmarks.md."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame

BENCH = Path(__file__).parent
pytest.importorskip("pymatting", reason="the benchmarks' peer is not installed")


def write(path, pixels, channels):
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    pixels = pixels.astype(np.float32)
    write_frame(Frame(pixels, channels, window, window, colour_space="lin_rec709_scene"), str(path))


@pytest.fixture
def shot(tmp_path):
    """A soft disc before a striped wall, two frames."""
    folder = tmp_path / "dev" / "disc"
    (folder / "gt").mkdir(parents=True)
    rng = np.random.default_rng(5)
    y, x = np.indices((72, 96))
    wall = (0.2 + 0.1 * ((x // 6) % 2))[..., None] * np.array([1.0, 0.8, 0.6])
    write(folder / "clean.0001.exr", wall + 0.002 * rng.standard_normal(wall.shape), tuple("RGB"))
    for frame in (1, 2):
        radius = np.hypot(y - 36, x - 44 - 2 * frame)
        alpha = np.clip((22 - radius) / 6 + 0.5, 0, 1)[..., None]
        premultiplied = alpha * [0.05, 0.1, 0.5]
        plate = premultiplied + (1 - alpha) * wall
        plate += 0.002 * rng.standard_normal(plate.shape)
        write(folder / f"plate.{frame:04d}.exr", plate, tuple("RGB"))
        write(folder / f"gt/alpha.{frame:04d}.exr", alpha, ("A",))
        rgba = np.concatenate([premultiplied, alpha], axis=2)
        write(folder / f"gt/fg.{frame:04d}.exr", rgba, tuple("RGBA"))
    return folder


def run(script, *arguments):
    command = [sys.executable, str(BENCH / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(tmp_path, name):
    path = tmp_path / "page.md"
    path.write_text(f"before\n<!-- {name}:begin -->\nlast year\n<!-- {name}:end -->\nafter\n")
    return path


def test_compare_writes_its_table_and_every_figure(shot, tmp_path):
    target, figures = page(tmp_path, "compare"), tmp_path / "compare.json"
    run("compare.py", "--shots", shot, "--page", target, "--json", figures)
    text = target.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "last year" not in text
    assert "| disc |" in text
    assert "closed-form, true trimap" in text
    methods = json.loads(figures.read_text())["disc"]["methods"]
    assert set(methods) == {"platekey", "difference", "ibk", "closed-form", "closed-form true"}
    assert 0 < methods["closed-form true"]["whole"]["mad"] < 50
    assert methods["platekey"]["whole"]["mad"] < methods["difference"]["whole"]["mad"]


def test_sweep_draws_its_plot_and_error_grows_with_the_shift(shot, tmp_path):
    target, plot, figures = page(tmp_path, "sweep"), tmp_path / "s.png", tmp_path / "s.json"
    choice = ["--methods", "difference", "--sweeps", "shift", "noise"]
    run("sweep.py", "--shots", shot, *choice, "--page", target, "--plot", plot, "--json", figures)
    assert plot.read_bytes()[:4] == b"\x89PNG"
    assert "clean plate shift, pixels: 40" in target.read_text()
    shift = [item["mad"] for item in json.loads(figures.read_text()) if item["sweep"] == "shift"]
    assert shift[0] < shift[4]


def test_a_page_without_markers_is_refused(tmp_path):
    spec = importlib.util.spec_from_file_location("fragments", BENCH / "fragments.py")
    fragments = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fragments)
    (tmp_path / "page.md").write_text("nothing\n")
    with pytest.raises(SystemExit, match="has no markers"):
        fragments.replace_fragment(tmp_path / "page.md", "speed", "text")
