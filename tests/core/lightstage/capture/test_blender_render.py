"""Renders tiny captures; needs Blender's bpy, which has a Python environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

from platekey.core.errors import Cancelled, OptionError  # noqa: E402
from platekey.core.lightstage.capture.recipe import SUBJECTS, CaptureOptions, is_whole  # noqa: E402
from platekey.core.lightstage.capture.render import capture, render_all, sweep_leftovers  # noqa: E402

REAL = Path(__file__).parents[4] / "../shared/data/makehuman_cc0"


@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name != "person"])
def test_every_subject_of_code_alone_gives_a_whole_capture(tmp_path, subject):
    options = CaptureOptions(subject, seed=2, size=32, lights=4, samples=1)
    capture(tmp_path, options, None)
    assert is_whole(tmp_path, options)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".exr", ".json"]


def test_whole_captures_are_skipped(tmp_path):
    wanted = [CaptureOptions("glass", seed=n, size=32, lights=4, samples=1) for n in range(2)]
    assert render_all(tmp_path, wanted, None) == 2
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert render_all(tmp_path, wanted, None) == 0
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_person_needs_assets(tmp_path):
    with pytest.raises(OptionError, match="assets"):
        capture(tmp_path, CaptureOptions("person"), None)
    assert not list(tmp_path.iterdir())


def test_rendering_stops_between_captures(tmp_path):
    wanted = [CaptureOptions("glass", seed=n, size=32, lights=4, samples=1) for n in range(3)]
    with pytest.raises(Cancelled):
        render_all(tmp_path, wanted, None, lambda: is_whole(tmp_path, wanted[0]))
    assert [is_whole(tmp_path, one) for one in wanted] == [True, False, False]


def test_what_a_killed_renderer_left_is_removed_and_a_running_one_keeps_its_own(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = tmp_path / f".glass_000000.{dead.pid}.exr"
    kept = tmp_path / f".glass_000001.{os.getpid()}.exr"
    gone.write_bytes(b"half")
    kept.write_bytes(b"half")
    sweep_leftovers(tmp_path)
    assert not gone.exists()
    assert kept.exists()


def test_the_sidecar_tells_what_chance_decided(tmp_path):
    capture(tmp_path, CaptureOptions("foliage", size=32, lights=4, samples=1), None)
    stored = json.loads((tmp_path / "foliage_000000.json").read_text())
    assert stored["subject"]["leaves"] > 0
    assert stored["subject"]["camera"]["lens"] > 0


def test_a_person_is_captured_with_hair(tmp_path):
    if not REAL.exists():
        pytest.skip("no MakeHuman assets beside the repository")
    options = CaptureOptions("person", seed=3, size=32, lights=4, samples=1)
    capture(tmp_path, options, REAL)
    stored = json.loads((tmp_path / "person_000003.json").read_text())
    assert is_whole(tmp_path, options)
    assert stored["subject"]["hair"]["length"] > 0.0
