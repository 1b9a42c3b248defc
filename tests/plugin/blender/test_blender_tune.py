"""The Tune node in a real Blender, with the real worker: tune, stop, resume, use the weights."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.core.errors import InputError, OptionError  # noqa: E402
from platekey.nodes.tune import TUNE  # noqa: E402
from platekey.plugin.blender import (  # noqa: E402
    matte,
    panels,
    preferences,
    resident,
    trees,
    tune_node,
    tune_order,
    tuning,
    versions,
)
from platekey.plugin.tune_folder import TuneFolder  # noqa: E402

pytestmark = pytest.mark.skipif(
    shots.worker_python() is None, reason="there is no worker's environment to tune with"
)
FIRST, LAST = 1001, 1002
HEIGHT, WIDTH = 96, 112  # the least that a tune takes
SETTINGS = {"steps": 2, "crop": 96, "windows": 1, "moved": 0, "align": False, "adversarial": 0.0}


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    """A soft disc of its own texture that moves over a textured wall, and its alphas."""
    folder = tmp_path_factory.mktemp("shot")
    random = np.random.default_rng(5)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    wall = 0.2 + 0.08 * np.sin(x / 2.3)[..., None] * np.cos(y[..., None] / 3 - np.arange(3))

    def write(name, pixels, letters="RGB"):
        noisy = pixels + random.normal(0, 0.002, pixels.shape)
        channels = {c: noisy[..., i].astype(np.float32) for i, c in enumerate(letters)}
        shots.write(folder / name, channels)

    write("clean.exr", wall)
    for frame in (FIRST, LAST):
        moved = 3 * (frame - FIRST)
        alpha = np.clip((28 - np.hypot(y - 50, x - 45 - moved)) / 8, 0, 1)[..., None]
        subject = np.array([0.9, 0.5, 0.15]) * (1 + 0.2 * np.sin((x - moved) / 4)[..., None])
        write(f"plate.{frame}.exr", subject * alpha + wall * (1 - alpha))
        channels = {letter: alpha[..., 0].astype(np.float32) for letter in "RGB"}
        shots.write(folder / f"key.{frame}.exr", channels)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def nodes(shot, cache):
    """A Tune and a Matte node of the same plate."""
    with shots.blender(cache):
        scene = bpy.context.scene
        scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
        scene.render.resolution_percentage = 100
        scene.frame_start, scene.frame_end = FIRST, LAST
        scene.frame_set(FIRST)
        tree = versions.make_scene_tree(scene)
        plate = shots.image_node(tree, shot / "plate.1001.exr", frames=(FIRST, LAST))
        clean = shots.image_node(tree, shot / "clean.exr")
        found = [tree.nodes.new(kind) for kind in (tune_node.NODE, matte.NODE)]
        for node in found:
            tree.links.new(plate.outputs["Image"], node.inputs["Plate"])
            tree.links.new(clean.outputs["Image"], node.inputs["Clean plate"])
            node.align = False
        for name, value in SETTINGS.items():
            setattr(found[0], name, value)
        tree.links.new(found[1].outputs[0], versions.result_socket(tree))
        yield found


def connect_keys(node, shot, frames):
    keys = shots.image_node(node.id_data, shot / "key.1001.exr", "Non-Color", (FIRST, LAST))
    node.id_data.links.new(keys.outputs["Image"], node.inputs["Keys"])
    node.key_frames = frames


def until(is_so, seconds=60.0):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_it_has_the_inputs_and_settings_that_are_declared(nodes):
    tune, _ = nodes
    assert [socket.name for socket in tune.inputs] == [item.label for item in TUNE.inputs]
    for parameter in TUNE.parameters:
        if parameter.name not in SETTINGS:
            value = getattr(tune, parameter.name)
            assert value == pytest.approx(parameter.default), parameter.name
    copy = tune.id_data.nodes.new(tune_node.NODE)
    assert copy.node_tree == tune.node_tree
    assert copy.uid != tune.uid


def test_a_tune_is_stopped_goes_on_and_a_matte_solves_with_its_weights(nodes, shot):
    tune, solve = nodes
    connect_keys(tune, shot, "1002")
    tune.steps = 1000
    running = tuning.Tune(tune.uid, resume=False)
    keys = Path(running._order.arguments["keys"] % LAST)
    assert [path.name for path in keys.parent.glob("*.exr")] == ["keys.1002.exr"]
    assert shots.read(keys)["R"].max() == 1
    with pytest.raises(InputError, match="being tuned"):
        tuning.Tune(tune.uid, resume=True)
    while "score" not in running.job.message:
        assert running.follow(0.5)
    # the mattes' worker is another one, and free
    assert resident.worker(preferences.python()).status().running is None
    assert bpy.ops.platekey.use_tuned(uid=solve.uid) == {"CANCELLED"}
    assert bpy.ops.platekey.stop_tune(uid=tune.uid) == {"FINISHED"}
    while running.follow(0.5):
        assert tune.progress >= 0
    assert tune.status == "stopped: Resume goes on"
    assert not tune.failed
    assert tune.progress < 0
    sheets = [image for image in bpy.data.images if image.name.startswith("sheet")]
    assert len(sheets) == 1
    width = sheets[0].size[0]
    assert width > 0

    checkpoints = Path(TuneFolder(tune.tuned).folder).glob("checkpoint-*")
    tune.steps = max(int(path.name[11:]) for path in checkpoints) + 2
    with pytest.raises(RuntimeError, match="press Resume"):
        bpy.ops.platekey.start_tune(uid=tune.uid)
    written = os.stat(keys).st_mtime_ns
    assert bpy.ops.platekey.resume_tune(uid=tune.uid) == {"FINISHED"}
    assert os.stat(keys).st_mtime_ns == written  # the same tune has the same keys
    assert tune.status.startswith("tuned: ")
    assert TuneFolder(tune.tuned).is_finished()
    rows = Path(TuneFolder(tune.tuned).log).read_text().splitlines()
    assert json.loads(rows[-1])["step"] == tune.steps
    assert [image for image in bpy.data.images if image.name.startswith("sheet")] == sheets
    assert sheets[0].size[0] > width  # a column more

    weights = tune.tuned
    assert solve.tuned == weights
    assert bpy.ops.platekey.use_tuned(uid=solve.uid) == {"FINISHED"}
    assert (solve.method, solve.weights, solve.tuned) == ("network", weights, "")
    assert bpy.ops.platekey.solve_frame(uid=solve.uid) == {"FINISHED"}
    alpha = shots.read(f"{solve.folder}/matte.alpha.{FIRST}.exr")
    (values,) = alpha.values()
    assert values[50, 45] > 0.9
    assert values[5, 5] < 0.1


def test_a_tune_that_nobody_follows_any_more_keeps_what_it_has(nodes, tmp_path):
    tune, _ = nodes
    tune.output, tune.steps = str(tmp_path / "own.safetensors"), 1000
    running = tuning.Tune(tune.uid, resume=False)
    while "score" not in running.job.message:
        assert running.follow(0.5)
    tuning.stop_all()
    assert not tuning.is_running(tune.uid)
    assert TuneFolder(tune.output).has_checkpoint()
    assert (tmp_path / "own.safetensors").is_file()


class Layout:
    """What is drawn: the buttons."""

    def __init__(self):
        self.buttons = []

    def operator(self, name, **_):
        self.buttons.append(name)
        return self

    def row(self, **_):
        return self

    def label(self, **_):
        return self


def test_a_file_saved_during_a_tune_goes_on_with_resume(nodes, tmp_path):
    tune, _ = nodes
    tune.status, tune.tuned = tuning._UNFINISHED, "/there/hair.safetensors"
    tune.progress, tune.message = 0.5, "step 3"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    shots.without_the_add_on(tmp_path / "shot.blend", tmp_path / "other_####", ())
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    ((_, _, again),) = trees.nodes_of(tune_node.NODE)
    layout = Layout()
    panels.draw_tune(layout, again)
    assert layout.buttons == [
        "platekey.start_tune",
        "platekey.resume_tune",
        "platekey.show_sheet",
    ]
    assert again.status == "not finished: Resume goes on"
    assert again.tuned == "/there/hair.safetensors"
    assert again.steps == SETTINGS["steps"]


def test_what_is_missing_or_wrong_is_said_in_a_sentence(nodes, shot):
    tune, _ = nodes
    with pytest.raises(RuntimeError, match="press Start"):
        bpy.ops.platekey.resume_tune(uid=tune.uid)
    assert tune.failed
    tune.output = "/there/hair.pt"
    with pytest.raises(OptionError, match="NAME.safetensors"):
        tune_order.tune_order_of(tune, FIRST, LAST)
    tune.output = ""
    with pytest.raises(InputError, match="two or more"):
        tune_order.tune_order_of(tune, FIRST, FIRST)
    connect_keys(tune, shot, "the good ones")
    with pytest.raises(OptionError, match="1001,1042-1044"):
        tune_order.tune_order_of(tune, FIRST, LAST)
    assert bpy.ops.platekey.stop_tune(uid=tune.uid) == {"FINISHED"}
    assert bpy.ops.platekey.show_sheet(uid=tune.uid) == {"CANCELLED"}


def test_the_end_of_a_tune_may_change_and_it_is_still_the_same(nodes):
    tune, _ = nodes
    before = tune_order.tune_order_of(tune, FIRST, LAST)
    tune.steps, tune.hours = 500, 8.0
    assert tune_order.tune_order_of(tune, FIRST, LAST).output == before.output
    tune.leak = 0.75
    assert tune_order.tune_order_of(tune, FIRST, LAST).output != before.output


def test_key_frames_are_read_as_artists_write_them():
    assert tune_order.key_frames("1001, 1042-1044") == [1001, 1042, 1043, 1044]


def test_what_all_hosts_share_is_taken_where_the_add_on_says_nothing(nodes, tmp_path, monkeypatch):
    shared = {"worker_python": "/shared/python", "cache_folder": "/shared/cache", "device": "cpu"}
    monkeypatch.setenv("PLATEKEY_PREFERENCES", str(tmp_path / "shared.json"))
    assert preferences.python() == shots.worker_python()
    (tmp_path / "shared.json").write_text(json.dumps(shared))
    assert preferences.python() == "/shared/python"
    found = tune_order.tune_order_of(nodes[0], FIRST, LAST)
    assert found.output.startswith("/shared/cache/")
    assert found.arguments["options"]["device"] == "cpu"
