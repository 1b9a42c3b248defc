import json
from dataclasses import replace
from pathlib import Path

import pytest

from platekey.core.errors import OptionError
from platekey.core.lightstage.shots.recipes import (
    HELD_BACK,
    LIGHTS,
    OUTDOORS,
    ROOMS,
    SCREENS,
    SHOTS,
    SUBJECTS,
    Quality,
    find,
    missing_passes,
    settings,
)


def test_there_are_twenty_shots_with_names_and_seeds_of_their_own():
    assert len(SHOTS) == 20
    assert len({shot.name for shot in SHOTS}) == 20
    assert len({shot.seed for shot in SHOTS}) == 20


def test_every_shot_is_held_back_from_training():
    assert min(shot.seed for shot in SHOTS) >= HELD_BACK == 900_000
    with pytest.raises(OptionError, match="seed of shot"):
        replace(SHOTS[0], seed=HELD_BACK - 1)


def test_the_table_uses_every_set_subject_and_light():
    assert {shot.set for shot in SHOTS} == {*ROOMS, *SCREENS, *OUTDOORS}
    assert {shot.subject for shot in SHOTS} == set(SUBJECTS)
    assert {shot.light for shot in SHOTS} == set(LIGHTS)


def test_the_table_has_every_difficulty():
    assert any(shot.handheld for shot in SHOTS)
    assert any(shot.clean_moved for shot in SHOTS)
    assert any(shot.f_stop for shot in SHOTS)
    assert any(shot.shutter for shot in SHOTS)
    assert any(shot.alike for shot in SHOTS)
    assert any(shot.clean_gain != (1.0, 1.0, 1.0) for shot in SHOTS)
    assert any(shot.noise > 1.0 for shot in SHOTS)
    assert all(shot.tags for shot in SHOTS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"set": "moon"}, "set of shot"),
        ({"subject": "ghost"}, "subject of shot"),
        ({"motion": "fly"}, "motion of shot"),
        ({"frames": 0}, "frames of shot"),
        ({"shutter": 1.5}, "shutter of shot"),
        ({"set": "park"}, "sky belongs to"),
        ({"light": "sky"}, "sky belongs to"),
    ],
)
def test_what_cannot_be_rendered_is_refused(change, message):
    with pytest.raises(OptionError, match=message):
        replace(SHOTS[0], **change)


def test_quality_is_checked():
    with pytest.raises(OptionError, match="samples is 0"):
        Quality(samples=0)


def test_shots_are_found_by_name():
    assert find([]) == SHOTS
    assert [shot.name for shot in find(["wall_shadow", "room_turn"])] == [
        "wall_shadow",
        "room_turn",
    ]
    with pytest.raises(OptionError, match="no shot 'nowhere'"):
        find(["nowhere"])


def test_a_locked_clean_plate_is_rendered_once_and_first(tmp_path):
    shot = replace(SHOTS[0], frames=2)
    every = ["clean.0001.exr", "fg.0001.exr", "bgs.0001.exr", "fg.0002.exr", "bgs.0002.exr"]
    assert list(shot.passes) == every
    (tmp_path / "fg.0001.exr").touch()
    assert missing_passes(tmp_path, shot) == [name for name in every if name != "fg.0001.exr"]


def test_settings_are_what_json_gives_back():
    for shot in SHOTS:
        stored = settings(shot, Quality())
        assert json.loads(json.dumps(stored)) == stored


def test_the_page_names_every_shot():
    page = (Path(__file__).parents[4] / "docs" / "shots.md").read_text(encoding="utf-8")
    assert [shot.name for shot in SHOTS if f"| `{shot.name}` | {shot.set} |" not in page] == []
