"""Clean plates for every frame of a moving camera, from files."""

import json

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.clean.options import CleanOptions, Mode
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job.clean import run_clean
from platekey.core.job.clean_request import CleanRequest

WIDTH, HEIGHT = 160, 100


def large():
    rng = np.random.default_rng(5)
    picture = np.zeros((HEIGHT + 40, 520, 3))
    for cell in (4, 12, 30):
        rough = rng.uniform(0.05, 0.6, (-(-picture.shape[0] // cell), -(-520 // cell), 3))
        picture += rough.repeat(cell, 0).repeat(cell, 1)[: picture.shape[0], :520] / 3
    return picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A pan without the subject, and a plate that is six frames behind it."""
    folder = tmp_path_factory.mktemp("pan")
    place, rng = large(), np.random.default_rng(6)

    def write(name, left, top, subject=False):
        pixels = place[top : top + HEIGHT, left : left + WIDTH].copy()
        if subject:
            pixels[30:, 70:95] = (0.7, 0.2, 0.1)
        pixels = (pixels + rng.normal(0, 0.002, pixels.shape)).astype(np.float32)
        window = Window(0, 0, WIDTH, HEIGHT)
        frame = Frame(pixels, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
        write_frame(frame, str(folder / name))

    for number in range(1, 15):
        write(f"pass.{number:04d}.exr", 20 + 20 * number, 20)
    for number in range(1, 6):
        write(f"plate.{1000 + number}.exr", 20 + 20 * (number + 6), 20, subject=True)
    return folder


def build(folder, output, options=None, **changes):
    events = []
    request = CleanRequest(
        str(folder / "plate.####.exr"),
        str(output / "clean.####.exr"),
        **{"source": str(folder / "pass.####.exr"), **changes},
        options=CleanOptions(device="cpu", **(options or {})),
    )
    result = run_clean(request, events.append, lambda: False)
    return result, events


def test_a_re_take_gives_a_clean_plate_for_each_plate_frame(folder, tmp_path):
    result, _ = build(folder, tmp_path)
    assert (result.exit_code, result.written) == (0, [1001, 1002, 1003, 1004, 1005])
    place = large()
    for number in (1, 5):
        clean = read_frame(str(tmp_path / f"clean.{1000 + number}.exr"))
        report = json.loads(clean.attributes["platekey:clean"])
        assert (report["mode"], report["same_time"]) == ("retake", number + 6)
        left = 20 + 20 * (number + 6)
        truth = place[20 : 20 + HEIGHT, left : left + WIDTH]
        error = np.abs(clean.select("R", "G", "B") - truth) * clean.select("valid.Y")
        assert np.median(error) < 0.003
        assert np.median(error[40:, 75:90]) < 0.005
    again, _ = build(folder, tmp_path, frames="1002-1003")
    assert (again.skipped, again.written) == ([1002, 1003], [])


def test_a_plate_frame_that_shows_another_place_fails_alone(folder, tmp_path):
    for name in folder.iterdir():
        (tmp_path / name.name).symlink_to(name)
    (tmp_path / "plate.1002.exr").unlink()
    frame = read_frame(str(folder / "plate.1001.exr"))
    noise = np.random.default_rng(1).uniform(0, 1, frame.pixels.shape).astype(np.float32)
    write_frame(frame.with_pixels(noise, frame.channels), str(tmp_path / "plate.1002.exr"))
    result, events = build(tmp_path, tmp_path / "out", {"mode": Mode.MOSAIC}, frames="1001-1003")
    (failed,) = [event for event in events if isinstance(event, protocol.FrameFailed)]
    assert (result.exit_code, result.failed, result.written) == (4, [1002], [1001, 1003])
    assert "plate frame 1002 shows nothing that the footage shows too" in failed.message


def test_a_move_that_is_another_is_refused_as_a_re_take_and_taken_as_a_mosaic(folder, tmp_path):
    few = {"clean_frames": "1-3", "frames": "1001-1002"}
    refused, events = build(folder, tmp_path / "a", {"mode": Mode.RETAKE}, **few)
    assert refused.exit_code == 3
    assert any(isinstance(event, protocol.FrameFailed) for event in events)
