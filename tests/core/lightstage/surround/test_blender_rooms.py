"""Rooms all around; needs Blender's bpy, which has a Python environment of its own."""

import numpy as np
import pytest

pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")
OpenEXR = pytest.importorskip("OpenEXR", reason="OpenEXR is not in this environment")

from platekey.core.errors import Cancelled, OptionError  # noqa: E402
from platekey.core.lightstage.surround.render import render_rooms  # noqa: E402


def pixels(path):
    with OpenEXR.File(str(path)) as file:
        return next(iter(file.parts[0].channels.values())).pixels.astype(np.float32)


def test_a_room_is_a_whole_panorama_with_light_in_it(tmp_path):
    assert render_rooms(tmp_path, range(3), height=24, samples=8) == 3
    rooms = [pixels(path) for path in sorted(tmp_path.glob("room_*.exr"))]
    assert [room.shape for room in rooms] == [(24, 48, 3)] * 3
    for room in rooms:
        assert np.isfinite(room).all()
        assert room.max() > 1.0
        assert (room.max(axis=-1) > 0.0).mean() > 0.95  # closed: nothing is left out
    assert np.abs(rooms[0] - rooms[1]).mean() > 0.01


def test_rooms_that_are_there_are_skipped_and_leave_nothing_else(tmp_path):
    render_rooms(tmp_path, range(2), height=4, samples=1)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert sorted(before) == ["room_000000.exr", "room_000001.exr"]
    assert render_rooms(tmp_path, range(2), height=4, samples=1) == 0
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_rendering_rooms_stops_when_it_is_told_to(tmp_path):
    with pytest.raises(Cancelled):
        render_rooms(tmp_path, range(2), height=4, samples=1, should_stop=lambda: True)
    assert not list(tmp_path.iterdir())


def test_an_impossible_size_is_refused(tmp_path):
    with pytest.raises(OptionError, match="height is 1"):
        render_rooms(tmp_path / "new", range(1), height=1)
