"""The comp benchmark measures what it says; what it finds is in docs/comp.md."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from platekey.core.comp.inputs import CompInputs

BENCH = Path(__file__).parent


@pytest.fixture
def bench(monkeypatch):
    pytest.importorskip("pymatting", reason="the benchmarks' peer is not installed")
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location("comp_bench", BENCH / "comp.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_perfect_matte_has_no_error_until_a_classic_despill_takes_its_green(bench):
    alpha = np.zeros((12, 16))
    alpha[3:9, 4:12] = 1
    colour = np.array([0.2, 0.6, 0.4])
    premultiplied = alpha[..., None] * colour
    truth = SimpleNamespace(alpha=alpha, premultiplied=premultiplied)
    matte = torch.from_numpy(alpha).float()[None, None]
    foreground = torch.from_numpy(colour).float().view(1, 3, 1, 1).expand(1, 3, 12, 16)
    wall = torch.full((1, 3, 12, 16), 0.3)
    inputs = CompInputs(foreground, matte, wall, clean_plate=wall + wall * foreground)
    errors = bench.frame_errors(SimpleNamespace(truth=truth), inputs, [np.full((5, 5, 3), 0.5)])
    assert errors["off"] == pytest.approx(0, abs=1e-3)
    assert errors["clean_plate"] == pytest.approx(0, abs=1e-3)
    # green falls from 0.6 to 0.3 in one channel of three, on a quarter of the picture
    assert errors["average"] == pytest.approx(1e3 * 0.3 / 3 * 0.25, rel=1e-3)


def test_the_table_marks_the_lowest_error_and_shows_later_frames_apart(bench):
    frames = {str(n): dict.fromkeys(bench.DESPILLS, float(n)) for n in (1, 2)}
    frames["2"]["clean_plate"] = 0.5
    lines = bench.despill_table({"shot": {"group": "dev", "frames": frames}}).splitlines()
    assert lines[2].startswith("| shot | 1.50 | **0.75** | 1.50 |")
    assert lines[3].startswith("| shot, later frames | 2.00 | **0.50** |")
