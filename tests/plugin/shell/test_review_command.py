import json

import cv2
import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.plugin.shell.main import main


def write(path, pixels, channels=("R", "G", "B")):
    pixels = np.asarray(pixels, dtype=np.float32)
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path))


@pytest.fixture
def arguments(tmp_path):
    alpha = np.zeros((24, 32, 1))
    alpha[6:18, 8:20] = 0.75
    colour = alpha * [0.6, 0.3, 0.1]
    for frame in (1, 2):
        write(tmp_path / f"plate.{frame:04d}.exr", colour + (1 - alpha) * 0.2)
        rgba = np.concatenate([colour, alpha], axis=2)
        write(tmp_path / f"matte.{frame:04d}.exr", rgba, ("R", "G", "B", "A"))
    write(tmp_path / "clean.exr", np.full((24, 32, 3), 0.2))
    return [
        "review",
        f"{tmp_path}/matte.####.exr",
        "--plate",
        f"{tmp_path}/plate.####.exr",
        "--clean",
        f"{tmp_path}/clean.exr",
    ]


def test_sheet_and_pair_are_written(arguments, tmp_path, capsys):
    sheet, pair = str(tmp_path / "sheet.png"), str(tmp_path / "pair.png")
    assert main([*arguments, "-o", sheet, "--before-after", pair]) == 0
    assert capsys.readouterr().out.split() == [sheet, pair]
    assert cv2.imread(sheet).shape[1] == 1920
    assert cv2.imread(pair) is not None


def test_a_background_picture_of_any_kind_serves(arguments, tmp_path):
    red = np.zeros((5, 9, 3), np.uint8)
    red[..., 2] = 255  # cv2 writes B G R
    cv2.imwrite(str(tmp_path / "red.png"), red)
    pair = str(tmp_path / "pair.png")
    background = ["--background", str(tmp_path / "red.png"), "--frames", "1"]
    assert main([*arguments, *background, "--before-after", pair]) == 0
    assert (cv2.imread(pair) == [0, 0, 255]).all(axis=2).sum() == 24 * 32 - 12 * 12


def test_nothing_to_write_and_no_png_are_bad_usage(arguments, capsys):
    assert main(arguments) == 2
    assert "--before-after" in capsys.readouterr().err
    assert main([*arguments, "-o", "sheet.tif"]) == 2
    assert "must end in .png, .jpg, .jpeg" in capsys.readouterr().err


def test_a_missing_folder_ends_with_exit_code_3(arguments, tmp_path, capsys):
    assert main([*arguments, "--frames", "1", "-o", f"{tmp_path}/missing/sheet.png"]) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_findings_name_what_is_missing_of_the_expected_frames(arguments, tmp_path):
    findings = tmp_path / "new/findings.json"
    words = ["--expected", "1-4", "--findings", str(findings), "-o", str(tmp_path / "sheet.png")]
    assert main([*arguments, *words]) == 0
    found = json.loads(findings.read_text())
    assert found["missing"] == [3, 4]
    assert [item["frame"] for item in found["frames"]] == [1, 2]
    assert found["sheet"] == "sheet.png"


def test_none_of_the_expected_frames_is_bad_input(arguments, tmp_path, capsys):
    assert main([*arguments, "--expected", "7", "--findings", str(tmp_path / "f.json")]) == 3
    assert "has none of the frames 7" in capsys.readouterr().err
