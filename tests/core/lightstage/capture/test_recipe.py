import json

import numpy as np
import pytest

from platekey.core.errors import OptionError
from platekey.core.lightstage.capture.recipe import (
    CaptureOptions,
    is_whole,
    lamp_directions,
    lamp_name,
    sidecar,
    write_sidecar,
)


@pytest.mark.parametrize(
    ("field", "value"), [("subject", "cat"), ("lights", 0), ("size", 3), ("seed", -1)]
)
def test_what_cannot_be_rendered_is_refused(field, value):
    with pytest.raises(OptionError, match=str(value)):
        CaptureOptions(**{field: value})


@pytest.mark.parametrize("count", [1, 16, 32, 64])
def test_lamps_are_unit_vectors_spread_over_the_sphere(count):
    directions = lamp_directions(count)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0)
    if count > 1:
        np.testing.assert_allclose(directions.mean(axis=0), 0.0, atol=0.05)
        # Even light: the mean of the outer products is a third of the identity.
        moment = directions.T @ directions / count
        np.testing.assert_allclose(moment, np.eye(3) / 3.0, atol=0.03)
        apart = directions @ directions.T - 2.0 * np.eye(count)
        assert np.degrees(np.arccos(apart.max())) > 120.0 / np.sqrt(count)


def test_a_capture_is_whole_with_both_files_and_the_same_settings(tmp_path):
    options = CaptureOptions("cloth", seed=4, lights=8)
    assert not is_whole(tmp_path, options)
    write_sidecar(tmp_path / f"{options.name}.json", sidecar(options, "Blender", {"kind": "net"}))
    assert not is_whole(tmp_path, options)
    (tmp_path / f"{options.name}.exr").write_bytes(b"")
    assert is_whole(tmp_path, options)
    assert is_whole(tmp_path, CaptureOptions("cloth", seed=4, lights=8, threads=2))
    assert not is_whole(tmp_path, CaptureOptions("cloth", seed=4, lights=8, samples=64))
    (tmp_path / f"{options.name}.json").write_text("{")
    assert not is_whole(tmp_path, options)


def test_a_clip_is_whole_with_every_frame(tmp_path):
    options = CaptureOptions("cloth", seed=4, lights=8, frames=3)
    write_sidecar(tmp_path / f"{options.name}.json", sidecar(options, "Blender", {}))
    assert options.files[0] == "cloth_000004.0001.exr"
    for name in options.files:
        assert not is_whole(tmp_path, options)
        (tmp_path / name).write_bytes(b"")
    assert is_whole(tmp_path, options)


def test_the_sidecar_names_every_lamp_and_its_share_of_the_sphere(tmp_path):
    options = CaptureOptions(lights=16)
    write_sidecar(tmp_path / "one.json", sidecar(options, "Blender 5", {}))
    stored = json.loads((tmp_path / "one.json").read_text())
    assert [light["name"] for light in stored["lights"]] == [lamp_name(i) for i in range(16)]
    assert stored["light_steradian"] * 16 == pytest.approx(4.0 * np.pi)
    assert stored["settings"]["size"] == options.size
    assert stored["software"] == "Blender 5"
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
