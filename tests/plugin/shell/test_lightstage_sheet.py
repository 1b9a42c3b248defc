"""The sheet of captures, and the captures that are committed for it."""

from pathlib import Path

import numpy as np
import pytest

from platekey.core.errors import MissingFrame, OptionError
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.lightstage.training.pack import Pieces
from platekey.plugin.shell.main import main

PIECES = Path(__file__).parents[2] / "data" / "captures"
SUBJECTS = {"cloth", "creature", "feathers", "foliage", "glass", "smoke"}


@pytest.fixture
def panorama(tmp_path):
    """A red lamp to the left of who looks along +X, in a dim room."""
    pixels = np.full((32, 64, 3), 0.05, np.float32)
    pixels[12:20, 12:20] = (40.0, 1.0, 1.0)
    window = Window(0, 0, 64, 32)
    path = tmp_path / "panorama.exr"
    frame = Frame(pixels, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path))
    return str(path)


def test_the_committed_captures_are_of_every_kind_that_is_made_of_code_alone():
    pieces = Pieces(PIECES)
    assert {entry.subject for entry in pieces.entries} == SUBJECTS
    for index, entry in enumerate(pieces.entries):
        capture = pieces.load(index)
        assert (entry.width, entry.frames) == (256, 3 if entry.subject == "cloth" else 1)
        assert 0.01 < capture.alpha.mean() < 0.9
        np.testing.assert_allclose(capture.shares.sum(axis=1), 1.0, atol=1e-4)
        seen = capture.foreground[capture.alpha > 0.9]
        assert 0.005 < seen.mean() < 2.0


def test_a_sheet_shows_captures_and_relights_them(tmp_path, panorama, capsys):
    sheet = tmp_path / "sheet.png"
    command = ["lightstage", "sheet", str(PIECES), "-o", str(sheet), "--count", "2"]
    assert main([*command, "--panoramas", panorama]) == 0
    assert capsys.readouterr().out.strip() == str(sheet)
    pixels = read_frame(str(sheet)).select("R", "G", "B")
    plain = tmp_path / "plain.png"
    assert main([*command[:3], "-o", str(plain), "--count", "2"]) == 0
    assert pixels.shape[1] > read_frame(str(plain)).pixels.shape[1]
    relit = pixels[:, -200:]
    assert relit[..., 0].mean() > 1.1 * relit[..., 1].mean()  # the lamp is red


def test_captures_that_are_not_there_are_named(tmp_path, capsys):
    command = ["lightstage", "sheet", str(PIECES), "-o", str(tmp_path / "sheet.png")]
    assert main([*command, "--names", "person_999999"]) == MissingFrame.exit_code
    assert "person_999999" in capsys.readouterr().err
    assert main([*command, "--count", "0"]) == OptionError.exit_code
    assert main(["lightstage", "sheet", str(PIECES), "-o", "sheet.tif"]) == OptionError.exit_code


def test_rendering_without_blender_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for task in (["capture", "--subject", "glass"], ["rooms"], ["shots"]):
        assert main(["lightstage", task[0], str(tmp_path), *task[1:]]) == OptionError.exit_code
        message = capsys.readouterr().err
        assert "bpy" in message
        assert message.count("\n") == 1


def test_shots_are_assembled_or_named(tmp_path, capsys):
    command = ["lightstage", "assemble", str(tmp_path), "--shot"]
    assert main([*command, "nowhere"]) == OptionError.exit_code
    assert "room_turn" in capsys.readouterr().err
    assert main([*command, "room_turn"]) == MissingFrame.exit_code
