"""Renders tiny captures; needs Blender's bpy, which has a Python environment of its own."""

import json
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

from platekey.core.errors import OptionError  # noqa: E402
from platekey.core.lightstage.capture.recipe import SUBJECTS, CaptureOptions, is_whole  # noqa: E402
from platekey.core.lightstage.capture.render import capture, main  # noqa: E402

REAL = Path(__file__).parents[4] / "../shared/data/makehuman_cc0"
SIZE = ["--size", "32", "--lights", "4", "--samples", "1"]


@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name != "person"])
def test_every_subject_of_code_alone_gives_a_whole_capture(tmp_path, subject):
    options = CaptureOptions(subject, seed=2, size=32, lights=4, samples=1)
    capture(tmp_path, options, None)
    assert is_whole(tmp_path, options)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".exr", ".json"]


def test_whole_captures_are_skipped(tmp_path):
    arguments = [str(tmp_path), "--subject", "glass", "--count", "2", *SIZE]
    assert main(arguments) == 0
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert main(arguments) == 0
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_person_needs_assets(tmp_path):
    with pytest.raises(OptionError, match="assets"):
        capture(tmp_path, CaptureOptions("person"), None)
    assert main([str(tmp_path), "--subject", "person", *SIZE]) == OptionError.exit_code


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
