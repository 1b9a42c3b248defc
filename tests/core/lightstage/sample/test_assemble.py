from pathlib import Path

import numpy as np
import pytest

from platekey.core.errors import MissingFrame
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.lightstage.sample.assemble import assemble, main
from platekey.core.lightstage.shots.plates import SensorNoise, combine
from platekey.core.options import Depth

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
FRAMES = (1001, 1002, 1003)
SILENT = SensorNoise(gain=0.0, read=0.0)


def read(path, channels="RGB"):
    return read_frame(str(path)).select(*channels)


def put(path, pixels, channels):
    height, width, _ = pixels.shape
    window = Window(0, 0, width, height)
    write_frame(Frame(pixels, tuple(channels), window, window), str(path), depth=Depth.FLOAT)


@pytest.fixture
def passes(tmp_path):
    """Two frames of 48x32: smooth, so that DWAA keeps them, and brighter than 1."""
    folder = tmp_path / "passes"
    folder.mkdir()
    ramp = np.linspace(0.2, 3.0, 48, dtype=np.float32)
    background = np.broadcast_to(ramp[None, :, None], (32, 48, 3)).copy()
    alpha = np.linspace(0.0, 1.0, 32, dtype=np.float32)[:, None, None]
    colour = np.array([0.5, 0.2, 0.1], np.float32)
    alpha = np.broadcast_to(alpha, (32, 48, 1))
    foreground = np.concatenate([alpha * colour, alpha], axis=-1)
    for frame in (7, 8):
        put(folder / f"fg.{frame:04d}.exr", foreground, "RGBA")
        put(folder / f"bgs.{frame:04d}.exr", background * 0.9, "RGBA"[:3])
    put(folder / "clean.0007.exr", background, "RGB")
    put(folder / "background.exr", background * 2.0, "RGB")
    return folder


def test_plate_without_noise_is_what_its_truth_says(passes, tmp_path):
    shot = tmp_path / "shot"
    assert assemble(passes, shot, 3, SILENT) == [7, 8]
    truth = read(shot / "gt" / "fg.0008.exr", "RGBA")
    np.testing.assert_array_equal(truth[..., 3:], read(shot / "gt" / "alpha.0008.exr", "A"))
    expected = combine(truth, read(passes / "bgs.0008.exr"))
    np.testing.assert_allclose(read(shot / "plate.0008.exr"), expected, atol=0.02)
    np.testing.assert_allclose(
        read(shot / "clean.0007.exr"), read(passes / "clean.0007.exr"), atol=0.02
    )
    assert read(shot / "background.exr").max() > 5.0
    assert read_frame(str(shot / "plate.0007.exr")).colour_space == "lin_rec709_scene"


def test_frames_and_clean_plate_have_noise_of_their_own(passes, tmp_path):
    main([str(passes), str(tmp_path / "noisy"), "--seed", "3", "--gain", "0", "--read", "0.1"])
    assemble(passes, tmp_path / "silent", 3, SILENT)
    names = ("plate.0007.exr", "plate.0008.exr", "clean.0007.exr")
    noise = [read(tmp_path / "noisy" / n) - read(tmp_path / "silent" / n) for n in names]
    assert all(part.std() > 0.05 for part in noise)
    correlation = np.corrcoef([part.ravel() for part in noise])
    assert np.abs(correlation - np.eye(3)).max() < 0.1


def test_missing_passes_are_named(tmp_path):
    with pytest.raises(MissingFrame, match="render the passes first"):
        assemble(tmp_path, tmp_path / "shot", 1, SILENT)


@pytest.mark.parametrize("frame", FRAMES)
def test_sample_plate_is_its_truth_within_its_noise(frame):
    truth = combine(
        read(SAMPLE / "gt" / f"fg.{frame}.exr", "RGBA"), read(SAMPLE / "gt" / f"bgs.{frame}.exr")
    )
    noise = SensorNoise()
    deviation = np.sqrt(noise.gain * np.maximum(truth, 0.0) + noise.read**2)
    error = (read(SAMPLE / f"plate.{frame}.exr") - truth) / deviation
    assert abs(error.mean()) < 0.1
    assert 0.5 < np.sqrt(np.median(error**2)) / 0.6745 < 1.5
    assert (np.abs(error) > 12.0).mean() < 1e-3


@pytest.mark.parametrize("frame", FRAMES)
def test_sample_clean_plate_is_the_plate_far_from_the_subject(frame):
    clean_plate = read(SAMPLE / "clean.1001.exr")
    plate = read(SAMPLE / f"plate.{frame}.exr")
    corner = np.abs(plate - clean_plate)[:60, :120]
    assert np.median(corner) < 0.01
    assert corner.max() > 0.0  # noise of its own


def test_sample_has_hair_and_light_above_white():
    alpha = read(SAMPLE / "gt" / "alpha.1001.exr", "A")
    assert ((alpha > 0.05) & (alpha < 0.95)).mean() > 0.03
    assert read(SAMPLE / "plate.1001.exr").max() > 2.0
    assert read(SAMPLE / "background.exr").max() > 2.0
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.exr")) < 8_000_000
