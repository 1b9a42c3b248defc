"""The clean plates' benchmark on a shot of a few pixels."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame

BENCH = Path(__file__).parent


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location("clean_bench", BENCH / "clean_plates.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "clean_bench", module)  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def material(tmp_path, bench):
    """A red box before a patchwork."""
    height, width = 180, 300
    rng = np.random.default_rng(3)
    patches = rng.uniform(0.05, 0.6, (height // 6, width // 6, 3)).repeat(6, 0).repeat(6, 1)
    alpha = np.zeros((height, width, 1))
    alpha[60:, 130:170] = 1
    colour = alpha * np.array([0.8, 0.1, 0.1])
    (tmp_path / "gt").mkdir()

    def write(name, pixels, channels):
        window = Window(0, 0, width, height)
        write_frame(
            Frame(pixels.astype(np.float32), channels, window, window), str(tmp_path / name)
        )

    write("gt/fg.0001.exr", colour, tuple("RGB"))
    write("gt/alpha.0001.exr", alpha, ("A",))
    write("clean.exr", patches, tuple("RGB"))
    return bench.Material(tmp_path, tmp_path / "clean.exr")


def test_the_noise_table_has_theory_and_measurement_side_by_side(bench, material, tmp_path):
    with torch.inference_mode():
        rows, panels = bench.burst(material)
    for frames, theory, measured, reported, _ in rows:
        assert float(theory) == pytest.approx(np.sqrt(int(frames)), abs=0.01)
        assert float(measured) == pytest.approx(float(theory), rel=0.1)
        assert float(reported) == pytest.approx(float(theory), rel=0.15)
    bench.draw(panels, tmp_path / "row.jpg")
    assert (tmp_path / "row.jpg").stat().st_size > 2000


def test_a_row_has_the_share_never_seen_and_the_errors(bench, material):
    with torch.inference_mode():
        case = bench.from_shot(material, 0.6, mattes=True, count=5)
        case.judge()
    name, never_seen, perfect, built, ratio = case.row()
    assert name.endswith("60 % of the width, with mattes")
    assert never_seen == "0.0 %"
    assert float(ratio) == pytest.approx(float(built) / float(perfect), abs=0.1)


def test_a_view_is_the_crop_where_the_camera_looks(bench):
    place = torch.arange(400.0).view(1, 1, 20, 20).expand(1, 3, 20, 20)
    seen = bench.look(place, 3, 5, 0.0, 1.0, 6, 8)
    assert torch.allclose(seen, place[..., 5:11, 3:11])
