import json

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.plugin.shell.main import main


def write(path, pixels, channels):
    pixels = np.asarray(pixels, dtype=np.float32)
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path))
    return str(path)


@pytest.fixture
def shot(tmp_path):
    for frame, error in ((1, 0.0), (2, 0.25)):
        alpha = np.full((8, 12, 1), 0.5)
        colour = alpha * [0.25, 0.5, 1.0]
        truth = np.concatenate([colour, alpha], axis=2)
        write(tmp_path / f"truth.{frame:04d}.exr", alpha, ("A",))
        write(tmp_path / f"truth_fg.{frame:04d}.exr", truth, ("R", "G", "B", "A"))
        write(tmp_path / f"matte.{frame:04d}.exr", truth + error, ("R", "G", "B", "A"))
    return tmp_path


def test_json_has_a_line_a_frame_and_a_summary(shot, capsys):
    arguments = ["score", f"{shot}/matte.####.exr", f"{shot}/truth.####.exr", "--json"]
    assert main([*arguments, "--truth-foreground", f"{shot}/truth_fg.####.exr"]) == 0
    first, second, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [first["type"], first["frame"], second["frame"]] == ["frame_score", 1, 2]
    assert first["whole"]["mad"] == 0
    assert second["whole"]["mad"] == 250
    assert second["band"]["mse"] == 62.5
    assert second["whole"]["comp_grey_mad"] == pytest.approx(250 * (1 - 0.18))
    assert [summary["type"], summary["frames"]] == ["score_summary", 2]
    assert summary["whole"]["mad"] == 125
    assert summary["band_pixels"] == 2 * 8 * 12


def test_without_true_colour_json_says_null(shot, capsys):
    assert main(["score", f"{shot}/matte.0001.exr", f"{shot}/truth.0001.exr", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["whole"]["fg_mse"] is None
    assert first["band"]["comp_mad"] is None


def test_the_table_has_every_digit_in_a_log(shot, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    arguments = ["score", f"{shot}/matte.####.exr", f"{shot}/truth.####.exr"]
    assert main([*arguments, "--truth-foreground", f"{shot}/truth_fg.####.exr"]) == 0
    out = capsys.readouterr().out
    assert "Whole frame" in out
    assert "Unknown band" in out
    assert "250.0" in out
    assert "mean" in out
    assert "…" not in out
    assert "3x3 cross" in out


def test_frames_choose_what_is_scored(shot, capsys):
    arguments = ["score", f"{shot}/matte.####.exr", f"{shot}/truth.####.exr", "--frames", "2"]
    assert main([*arguments, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("frame") for line in lines] == [2, None]


def test_the_background_changes_the_composites_error_alone(shot, capsys):
    background = write(shot / "black.exr", np.zeros((3, 3, 3)), ("R", "G", "B"))
    arguments = ["score", f"{shot}/matte.0002.exr", f"{shot}/truth.0002.exr", "--json"]
    arguments += ["--truth-foreground", f"{shot}/truth_fg.0002.exr", "--background", background]
    assert main(arguments) == 0
    score = json.loads(capsys.readouterr().out.splitlines()[0])
    assert score["whole"]["comp_mad"] == 250
    assert score["whole"]["comp_grey_mad"] < 250


def test_another_size_ends_with_exit_code_3(shot, capsys):
    write(shot / "small.exr", np.zeros((4, 4, 1)), ("A",))
    assert main(["score", f"{shot}/matte.0001.exr", f"{shot}/small.exr"]) == 3
    assert "12x8" in capsys.readouterr().err


def test_nan_and_missing_files_end_with_exit_code_3(shot, capsys):
    write(shot / "nan.exr", np.full((8, 12, 1), np.nan), ("A",))
    assert main(["score", f"{shot}/nan.exr", f"{shot}/truth.0001.exr"]) == 3
    assert "NaN" in capsys.readouterr().err
    assert main(["score", f"{shot}/none.####.exr", f"{shot}/truth.0001.exr"]) == 3
