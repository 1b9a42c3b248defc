from dataclasses import replace

import numpy as np
import pytest

from platekey.core.errors import MissingFrame
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.frames.sequence import find_sequence
from platekey.core.lightstage.shots.assemble import assemble_all, assemble_shot
from platekey.core.lightstage.shots.recipes import SHOTS
from platekey.core.lightstage.shots.sheet import TILE, sheet
from platekey.core.options import Compression, Depth
from platekey.core.score.shot import score_shot


def put(path, pixels, channels):
    height, width, _ = pixels.shape
    window = Window(0, 0, width, height)
    frame = Frame(pixels, tuple(channels), window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path), depth=Depth.FLOAT)


@pytest.fixture
def shot():
    return replace(SHOTS[0], frames=3, noise=0.0)


@pytest.fixture
def out(tmp_path, shot):
    """Passes of three frames of 48x32: smooth, so that DWAA keeps them, and brighter than 1."""
    folder = tmp_path / shot.name / "passes"
    folder.mkdir(parents=True)
    ramp = np.linspace(0.2, 3.0, 48, dtype=np.float32)
    background = np.broadcast_to(ramp[None, :, None], (32, 48, 3)).copy()
    alpha = np.linspace(0.0, 1.0, 32, dtype=np.float32)[:, None, None]
    alpha = np.broadcast_to(alpha, (32, 48, 1))
    colour = np.array([0.5, 0.2, 0.1], np.float32)
    foreground = np.concatenate([alpha * colour, alpha], axis=-1)
    for frame in (1, 2, 3):
        put(folder / f"fg.{frame:04d}.exr", foreground, "RGBA")
        put(folder / f"bgs.{frame:04d}.exr", background * 0.9, "RGB")
    put(folder / "clean.0001.exr", background, "RGB")
    return tmp_path


def read(path, channels="RGB"):
    return read_frame(str(path)).select(*channels)


def test_plate_is_foreground_over_the_shadowed_background_to_half_precision(out, shot):
    assemble_shot(out / shot.name, shot, Compression.ZIP)
    folder = out / shot.name
    for frame in (1, 2, 3):
        truth = read(folder / "gt" / f"fg.{frame:04d}.exr", "RGBA")
        alpha = read(folder / "gt" / f"alpha.{frame:04d}.exr", "A")
        np.testing.assert_array_equal(truth[..., 3:], alpha)
        behind = read(folder / "gt" / f"bgs.{frame:04d}.exr")
        expected = truth[..., :3] + (1.0 - alpha) * behind
        np.testing.assert_allclose(
            read(folder / f"plate.{frame:04d}.exr"), expected, rtol=2.0**-9, atol=1e-6
        )
    assert not (folder / "clean.0002.exr").exists()


def test_the_clean_plate_drifts_by_its_gain(out, shot):
    assemble_shot(out / shot.name, replace(shot, clean_gain=(1.2, 1.0, 0.8)))
    clean_plate = read(out / shot.name / "clean.0001.exr")
    made_of = read(out / shot.name / "passes" / "clean.0001.exr")
    np.testing.assert_allclose(clean_plate, made_of * (1.2, 1.0, 0.8), rtol=5e-3, atol=5e-3)


def test_noise_is_the_same_again_and_independent_of_the_clean_plate(out, shot):
    folder = out / shot.name
    names = ("plate.0001.exr", "plate.0002.exr", "clean.0001.exr")
    assemble_shot(folder, shot)
    silent = [read(folder / name) for name in names]
    assemble_shot(folder, replace(shot, noise=40.0))
    noise = [read(folder / name) - quiet for name, quiet in zip(names, silent, strict=True)]
    assemble_shot(folder, replace(shot, noise=40.0))
    np.testing.assert_array_equal(read(folder / names[0]) - silent[0], noise[0])
    assert all(part.std() > 0.03 for part in noise)
    correlation = np.corrcoef([part.ravel() for part in noise])
    assert np.abs(correlation - np.eye(3)).max() < 0.1


def test_a_missing_pass_is_named_and_leaves_the_shot_out(out, shot, caplog):
    (out / shot.name / "passes" / "bgs.0002.exr").unlink()
    with pytest.raises(MissingFrame, match=r"bgs\.0002\.exr for one; render them first"):
        assemble_shot(out / shot.name, shot)
    caplog.set_level("INFO")
    assert assemble_all(out, [shot]) == 0
    assert "0 of 1 shots" in caplog.text
    assert not (out / shot.name / "gt").exists()


def test_score_takes_the_folder_as_it_is(out, shot):
    folder = out / shot.name
    assemble_shot(folder, shot)
    matte, truth = (find_sequence(f"{folder}/gt/{name}.####.exr") for name in ("fg", "alpha"))
    for score in score_shot(matte, truth, (1, 2, 3), reference_foreground=matte):
        assert score.whole["mad"] == 0.0
        assert score.whole["comp_mad"] == 0.0
    plates = find_sequence(f"{folder}/plate.%04d.exr")
    assert plates.frames == (1, 2, 3)


def test_the_sheet_shows_what_is_assembled(out, shot, tmp_path):
    with pytest.raises(MissingFrame, match="assemble"):
        sheet(out)
    assert assemble_all(out, [shot]) == 1
    sheet(out).save(str(tmp_path / "sheet.png"))
    assert read(tmp_path / "sheet.png").shape[1] > 3 * TILE
