"""The command line for the farm, as Blender runs it: on an opened file, in a process of its own."""

import os
import subprocess
import sys

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.plugin.blender import farm  # noqa: E402

pytestmark = pytest.mark.skipif(
    shots.worker_python() is None, reason="there is no worker's environment to solve with"
)
RUN = """
import runpy, sys, bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
runpy.run_path(sys.argv[2], run_name="__main__")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("farm")
    shots.make_shot(folder)
    with shots.blender(folder / "cache"):
        shots.matte_scene(folder)
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


def run(folder, *words):
    environ = {**os.environ, "PLATEKEY_PYTHON": shots.worker_python()}
    environ["PLATEKEY_CACHE"] = str(folder / "cache")
    command = [sys.executable, "-c", RUN, str(folder / "shot.blend"), farm.__file__, "--", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def test_a_range_is_solved_and_rendered(saved):
    done = run(saved, "--frames", "1001-1002", "--output", str(saved / "out_####"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "solving Plate Key Matte" in done.stdout
    assert "Progress: 0%" in done.stdout
    assert sorted(path.name[:8] for path in saved.glob("out_*")) == ["out_1001", "out_1002"]
    assert len(list(saved.glob("cache/*/matte.rgba.*.exr"))) == 2


@pytest.mark.parametrize(("words", "exit_code", "sentence"), [
    (("--frames", "a-b"), 2, "give 1001-1100"),
    (("--node", "Other"), 3, "no Matte node called 'Other'"),
    (("--frames", "1007", "--node", "Other", "--colour"), 2, "unrecognized"),
])  # fmt: skip
def test_what_is_wrong_ends_with_a_sentence_and_its_code(saved, words, exit_code, sentence):
    done = run(saved, *words)
    assert done.returncode == exit_code
    assert sentence in done.stderr
