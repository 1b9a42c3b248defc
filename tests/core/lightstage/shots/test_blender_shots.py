"""Renders tiny shots; needs Blender's bpy, which has a Python environment of its own."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import bpy  # noqa: E402

from platekey.core.errors import Cancelled, MissingFrame, OptionError  # noqa: E402
from platekey.core.lightstage.shots.recipes import SHOTS, Quality, missing_passes  # noqa: E402
from platekey.core.lightstage.shots.render import build_scene, render_shot, render_shots  # noqa: E402

TINY = Quality(32, 18, samples=1, set_samples=1)
TABLE = {shot.name: shot for shot in SHOTS}


def test_a_shot_is_rendered_pass_by_pass_and_then_skipped(tmp_path):
    shot = replace(TABLE["wall_bounce"], frames=1)
    assert render_shot(tmp_path, shot, TINY, 1, None, None) == 3
    folder = tmp_path / shot.name / "passes"
    names = {path.name for path in folder.iterdir()}
    assert names == {"clean.0001.exr", "fg.0001.exr", "bgs.0001.exr", "settings.json"}
    assert json.loads((folder / "settings.json").read_text())["recipe"]["seed"] == shot.seed
    assert render_shot(tmp_path, shot, TINY, 1, None, None) == 0
    (folder / "bgs.0001.exr").unlink()
    assert missing_passes(folder, shot) == ["bgs.0001.exr"]
    assert render_shot(tmp_path, shot, TINY, 1, None, None) == 1


def test_passes_of_other_settings_are_not_mixed(tmp_path):
    shot = replace(TABLE["green_veil"], frames=1)
    render_shot(tmp_path, shot, TINY, 1, None, None)
    with pytest.raises(OptionError, match="other settings"):
        render_shot(tmp_path, shot, replace(TINY, samples=2), 1, None, None)


@pytest.mark.parametrize("name", ["blue_creature", "kitchen_glass", "kitchen_smoke", "living_net"])
def test_subjects_of_code_alone_stand_before_their_sets(name):
    root, camera, look = build_scene(TABLE[name], TINY, None, None)
    assert root.children_recursive
    assert camera.location.y < 0.0 < look


def test_a_person_needs_assets_and_the_outdoors_a_panorama(tmp_path):
    with pytest.raises(OptionError, match="needs assets"):
        build_scene(TABLE["room_turn"], TINY, None, None)
    with pytest.raises(OptionError, match="needs panoramas"):
        build_scene(TABLE["forest_branch"], TINY, None, None)
    with pytest.raises(MissingFrame, match="name the folder"):
        build_scene(TABLE["forest_branch"], TINY, None, tmp_path)


def test_every_frame_has_a_pose_of_its_own():
    root, _, _ = build_scene(TABLE["wall_feathers"], TINY, None, None)
    places = []
    for frame in range(1, 4):
        bpy.context.scene.frame_set(frame)
        places.append(tuple(root.location))
    assert len(set(places)) == 3


def test_rendering_stops_between_shots(tmp_path):
    shots = [replace(TABLE[name], frames=1) for name in ("wall_bounce", "green_veil")]

    def first_is_there():
        return (tmp_path / "wall_bounce" / "passes" / "bgs.0001.exr").exists()

    with pytest.raises(Cancelled):
        render_shots(
            tmp_path,
            shots,
            TINY,
            threads=1,
            assets=None,
            panoramas=None,
            should_stop=first_is_there,
        )
    assert not (tmp_path / "green_veil").exists()
