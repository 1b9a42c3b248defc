"""The Matte node in a real Blender, with the real worker: solve, save, reopen, cancel, traps."""

import os
import signal

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.core.errors import InputError, OptionError  # noqa: E402
from platekey.plugin.blender import (  # noqa: E402
    exr_header,
    matte,
    order,
    plain_group,
    resident,
    solving,
    sources,
    trees,
    versions,
)

pytestmark = pytest.mark.skipif(
    shots.worker_python() is None, reason="there is no worker's environment to solve with"
)
FIRST, LAST = shots.FRAMES


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return shots.make_shot(tmp_path_factory.mktemp("shot"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def blender(cache):
    with shots.blender(cache):
        yield


@pytest.fixture
def node(blender, shot):
    return shots.matte_scene(shot)


@pytest.fixture
def nodes(blender, shot):
    return shots.comp_scene(shot)


def solve_all(node):
    assert bpy.ops.platekey.solve_range(uid=node.uid) == {"FINISHED"}
    return {item.name: item.image for item in node.node_tree.nodes if hasattr(item, "image")}


def files_of(node, frame=FIRST):
    names = ("rgba", "fg", "alpha", "shadow", "confidence")
    return {name: f"{node.folder}/matte.{name}.{frame}.exr" for name in names}


def test_a_range_is_solved_and_its_composite_is_the_librarys(nodes, tmp_path, shot):
    node, comp = nodes
    solve_all(node)
    assert node.status == f"solved {FIRST}-{LAST}"
    comp.inputs["Shadow"].default_value = 0.0  # the library cleans the pass first
    inputs = {"background": str(shot / "background.exr")}
    if versions.is_at_least(4, 5):
        inputs["clean_plate"] = str(shot / "clean.1001.exr")
    for frame, amount in ((FIRST, 1.0), (LAST, 0.0)):
        inputs["foreground"] = shots.one_file(files_of(node, frame), tmp_path / "whole.exr")
        inputs["output"] = str(tmp_path / f"library.{frame}.exr")
        options = {"shadow": 0.0, "depth": "float", "despill_amount": amount}
        shots.ask_worker("comp", {**inputs, "options": options})
        if "Despill amount" in comp.inputs:
            comp.inputs["Despill amount"].default_value = amount
        wanted = shots.colour(inputs["output"])
        assert 0.05 < shots.read(inputs["output"])["fg.A"].mean() < 0.95
        error = np.abs(shots.render(tmp_path / "shown.exr", frame) - wanted) / (1 + np.abs(wanted))
        assert np.quantile(error, 0.998) < 1e-4
        # where the solve knows nothing, the despill asks more of 32 bits than the library has
        assert error.max() < (1e-3 if amount else 1e-5)


def test_every_pass_comes_out_of_the_node_as_it_is_in_its_file(node, tmp_path):
    solve_all(node)
    for name, letters in (("rgba", "RGBA"), ("fg", "RGB"), ("shadow", "RGB"), ("confidence", "Y")):
        label = next(item.label for item in matte.MATTE.outputs if item.name == name)
        shown = shots.render(tmp_path / "pass.exr", output=node.outputs[label])
        wanted = shots.colour(files_of(node)[name], letters)
        assert np.abs(shown[..., : len(letters)] - wanted).max() < 1e-6, name


def test_before_a_solve_the_plate_goes_through(node, tmp_path, shot):
    shown = shots.render(tmp_path / "plate.exr", output=node.outputs["Foreground and alpha"])
    assert np.abs(shown[..., :3] - shots.colour(shot / "plate.1001.exr", "RGB")).max() < 1e-6


def test_results_are_single_layer_files_in_spaces_that_are_set_and_not_guessed(node):
    images = solve_all(node)
    spaces = {name: image.colorspace_settings.name for name, image in images.items()}
    data = dict.fromkeys(("alpha", "shadow", "confidence"), "Non-Color")
    assert spaces == {"rgba": shots.LINEAR, "fg": shots.LINEAR, **data}
    for name, image in images.items():  # a file of mixed layers has no size and no pixels
        assert tuple(image.size) == (shots.WIDTH, shots.HEIGHT), name
        assert image.type == "IMAGE"
        assert image.source == "SEQUENCE"


def test_a_plate_in_another_linear_space_is_solved_and_shown_in_it(node, tmp_path):
    for item in trees.nodes_of("CompositorNodeImage"):
        if item[2].image and "background" not in item[2].image.name:
            item[2].image.colorspace_settings.name = "ACEScg"
    found = order.order_of(node, FIRST, FIRST)
    assert found.arguments["options"]["colorspace"] == "lin_ap1_scene"
    assert found.space == "ACEScg"
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    assert node.node_tree.nodes["rgba"].image.colorspace_settings.name == "ACEScg"


def test_a_rendered_input_is_written_linear_and_unclamped(blender, tmp_path):
    values = np.full((16, 24), 3.0, np.float32)
    values[:8] = -0.125
    source = shots.write(tmp_path / "bright.exr", {"R": values, "G": values / 2, "B": values})
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 24, 16
    scene.render.resolution_percentage = 100
    tree = versions.make_scene_tree(scene)
    image = shots.image_node(tree, source)
    # the trap: Blender's own way to save a picture encodes it
    copy = bpy.data.images.new("copy", 24, 16, float_buffer=True)
    copy.pixels.foreach_set(np.full(24 * 16 * 4, 3.0, np.float32))
    copy.file_format, copy.filepath_raw = "OPEN_EXR", str(tmp_path / "trap.exr")
    copy.save()
    assert abs(shots.colour(tmp_path / "trap.exr", "R").max() - 3.0) > 1
    for is_matte in (False, True):
        path = str(tmp_path / f"rendered{is_matte}.exr")
        sources.render(scene, tree, image.outputs[0], {1: path}, is_matte=is_matte)
        assert ("A" in shots.read(path)) is not is_matte
        assert np.abs(shots.colour(path, "RGB")[..., 1] - values / 2).max() == 0
    assert not versions.result_socket(tree).is_linked


def test_inputs_that_blender_changes_are_rendered_and_plain_files_are_not(node):
    plain = order.order_of(node, FIRST, LAST)
    assert not plain.rendered
    assert plain.arguments["plate"].endswith("/plate.%04d.exr")
    tree = node.id_data
    (link,) = node.inputs["Clean plate"].links
    blur = versions.new_node(tree, "Blur")
    tree.links.new(link.from_socket, blur.inputs[0])
    tree.links.new(blur.outputs[0], node.inputs["Clean plate"])
    changed = order.order_of(node, FIRST, LAST)
    assert set(changed.rendered) == {"clean_plate"}
    assert changed.signature != plain.signature
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    assert os.path.exists(f"{changed.folder}/clean_plate.{FIRST}.exr")
    assert tree.links  # and the scene's own result is connected again
    assert versions.result_socket(tree).links[0].from_node == node


def test_a_garbage_matte_counts_as_blender_shows_it(node, shot, tmp_path):
    left = np.zeros((shots.HEIGHT, shots.WIDTH), np.float32)
    left[:, :70] = 1
    path = shots.write(shot / "garbage.exr", {c: left for c in "RGB"})
    image = shots.image_node(node.id_data, path, "Non-Color")
    node.id_data.links.new(image.outputs["Image"], node.inputs["Garbage matte"])
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    alpha = shots.colour(files_of(node)["rgba"])[..., 3]
    assert alpha[:, :70].max() == 0
    assert alpha[:, 70:].max() > 0.9


def test_a_dropped_display_window_is_told_and_the_result_lies_on_it(node, shot, tmp_path):
    display = ((0, 0), (shots.WIDTH + 19, shots.HEIGHT + 9))
    offset = ((10, 5), (10 + shots.WIDTH - 1, 5 + shots.HEIGHT - 1))
    attributes = {
        "displayWindow": tuple(np.array(item, np.int32) for item in display),
        "dataWindow": tuple(np.array(item, np.int32) for item in offset),
    }
    for name in ("plate.1001", "clean.1001"):
        channels = shots.read(shot / f"{name}.exr")
        shots.write(tmp_path / f"{name}.exr", channels, attributes)
    data, whole = exr_header.windows(str(tmp_path / "plate.1001.exr"))
    assert (data, whole) == ((10, 5, 150, 97), (0, 0, 160, 102))
    for socket, name in (("Plate", "plate.1001"), ("Clean plate", "clean.1001")):
        image = shots.image_node(node.id_data, tmp_path / f"{name}.exr")
        assert tuple(image.image.size) == (shots.WIDTH, shots.HEIGHT)  # the trap
        node.id_data.links.new(image.outputs["Image"], node.inputs[socket])
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    assert "display window" in node.status
    result = node.node_tree.nodes["rgba"].image
    assert tuple(result.size) == (shots.WIDTH + 20, shots.HEIGHT + 10)


def test_what_was_solved_survives_saving_and_opening(nodes, tmp_path):
    node, _ = nodes
    solve_all(node)
    before = shots.render(tmp_path / "before.exr")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    ((_, _, again),) = trees.nodes_of(matte.NODE)
    assert again.status == f"solved {FIRST}-{LAST}"
    assert np.array_equal(shots.render(tmp_path / "after.exr"), before)
    assert bpy.ops.platekey.solve_range(uid=again.uid) == {"FINISHED"}  # all of it is reused


def test_a_plain_group_renders_the_same_without_the_add_on(nodes, tmp_path):
    node, comp = nodes
    solve_all(node)
    comp.inputs["Alpha gamma"].default_value = 2.0
    comp.inputs["Choke"].default_value = 0.0
    comp.inputs["Choke"].keyframe_insert("default_value", frame=FIRST)
    comp.inputs["Choke"].default_value = 1.0
    comp.inputs["Choke"].keyframe_insert("default_value", frame=LAST)
    before = [shots.render(tmp_path / "before.exr", frame) for frame in shots.FRAMES]
    assert np.abs(before[0] - before[1]).max() > 0
    assert plain_group.convert_all() == 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "farm.blend"))
    shots.without_the_add_on(tmp_path / "farm.blend", tmp_path / "after_####", shots.FRAMES)
    after = [shots.colour(tmp_path / f"after_{frame}.exr") for frame in shots.FRAMES]
    assert np.array_equal(after, before)


def test_a_file_saved_by_somebody_without_the_add_on_keeps_its_nodes(node, tmp_path):
    solve_all(node)
    before = shots.render(tmp_path / "before.exr")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    shots.without_the_add_on(tmp_path / "shot.blend", tmp_path / "other_####", ())
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    ((_, _, again),) = trees.nodes_of(matte.NODE)
    assert again.status == f"solved {FIRST}-{LAST}"
    assert np.array_equal(shots.render(tmp_path / "after.exr"), before)


def test_a_copy_of_a_node_solves_by_itself(node):
    tree = node.id_data
    copy = tree.nodes.new(matte.NODE)
    copy.copy(node)
    assert copy.uid != node.uid
    assert copy.node_tree != node.node_tree


def test_a_cancelled_solve_ends_and_says_so(node):
    node.tolerance = 3.5  # nothing of it is there yet
    solve = solving.Solve(node.uid, FIRST, LAST)
    assert solving.is_running(node.uid)
    with pytest.raises(InputError, match="being solved"):
        solving.Solve(node.uid, FIRST, LAST)
    assert solving.cancel(node.uid)
    while solve.follow(0.5):
        pass
    assert solve.job.is_cancelled
    assert node.status == "cancelled"
    assert node.progress < 0
    assert not solving.cancel(node.uid)


def test_a_worker_that_is_killed_is_told_on_the_node_and_the_next_solve_has_a_new_one(node):
    node.tolerance = 4.5
    solve = solving.Solve(node.uid, FIRST, LAST)
    os.kill(solve.job._client._process._process.pid, signal.SIGKILL)
    while solve.follow(0.5):
        pass
    assert node.failed
    assert "ended with exit code" in node.status
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    assert not node.failed


def test_a_setting_that_changes_marks_the_result_and_solving_goes_back_to_the_old_one(node):
    solve_all(node)
    folder = node.folder
    node.tolerance = 3.25
    assert "solve again" in node.status
    node.tolerance = 3.0
    solve_all(node)
    assert node.folder == folder


def test_what_is_missing_or_wrong_is_said_in_a_sentence(node):
    node.device = "gpu"
    with pytest.raises(OptionError, match="device is 'gpu'"):
        order.order_of(node, FIRST, FIRST)
    node.device = "auto"
    node.id_data.links.remove(node.inputs["Clean plate"].links[0])
    with pytest.raises(RuntimeError, match="Clean plate is not connected"):
        bpy.ops.platekey.solve_frame(uid=node.uid)
    assert node.failed


def test_frames_outside_of_an_image_nodes_range_are_rendered_as_blender_holds_them(node):
    assert set(order.order_of(node, FIRST, LAST + 3).rendered) == {"plate"}


def test_clearing_deletes_the_results_and_shows_the_plate(node, tmp_path):
    node.tolerance = 5.5
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    folder = node.folder
    assert bpy.ops.platekey.clear(uid=node.uid) == {"FINISHED"}
    assert not os.path.exists(folder)
    assert node.status == matte.NOT_SOLVED


def test_the_worker_is_found_by_itself(monkeypatch):
    monkeypatch.setenv("PLATEKEY_PYTHON", "/named")
    assert resident.worker_python() == "/named"
    assert resident.worker_python("/chosen") == "/chosen"
