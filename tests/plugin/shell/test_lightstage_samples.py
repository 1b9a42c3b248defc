import sys
from types import ModuleType

import cv2
import numpy as np
import pytest

from platekey.core.errors import MissingFrame
from platekey.core.lightstage.training.pack import Pieces, write_pieces
from platekey.core.lightstage.training.stored import StoredCapture
from platekey.plugin.shell.main import main


def disc(name):
    y, x = np.indices((32, 32), np.float32)
    alpha = np.clip(10.5 - np.hypot(y - 16, x - 16), 0, 1)[None]
    return StoredCapture(
        name=name,
        facts={},
        foreground=np.full((1, 32, 32, 3), 0.4, np.float32),
        alpha=alpha,
        shares=np.full((1, 2, 8, 8), 0.5, np.float32),
        directions=np.array([[0, 1, 0], [0, -1, 0]], np.float32),
        depth=np.full((1, 8, 8), np.inf, np.float32),
        motion=np.zeros((1, 8, 8, 2), np.float32),
    )


@pytest.fixture
def read_disc(monkeypatch):
    """Captures are read as discs, by the name of their files."""
    module = ModuleType("compact")
    module.read_capture = lambda stem: disc(stem.name)
    monkeypatch.setitem(sys.modules, "platekey.core.lightstage.capture.compact", module)


def test_pack_makes_pieces_of_every_capture_in_a_folder(read_disc, tmp_path, capsys):
    folder = tmp_path / "captures"
    folder.mkdir()
    for name in ("person_000001.json", "person_000000.json", "person_000000.exr", "clip.0001.exr"):
        (folder / name).write_text("{}")
    output = tmp_path / "pieces"
    command = ["lightstage", "pack", str(folder), "-o", str(output)]
    assert main([*command, "--set", "all"]) == 0
    assert capsys.readouterr().out.split() == [str(output / "captures_000.zip")]
    names = [entry.name for entry in Pieces(output).entries]
    assert names == ["person_000000", "person_000001"]


def test_what_is_held_back_is_packed_only_when_asked_for(read_disc, tmp_path):
    for name in ("person_000001.json", "person_000105.json", "mine.json"):
        (tmp_path / name).write_text("{}")
    packed = {}
    for kind in ("training", "validation"):
        output = tmp_path / kind
        assert main(["lightstage", "pack", str(tmp_path), "-o", str(output), "--set", kind]) == 0
        packed[kind] = [entry.name for entry in Pieces(output).entries]
    assert packed == {"training": ["mine", "person_000105"], "validation": ["person_000001"]}


def test_a_folder_without_captures_is_told(tmp_path, capsys):
    command = ["lightstage", "pack", str(tmp_path), "-o", str(tmp_path / "pieces")]
    assert main(command) == MissingFrame.exit_code
    assert "holds no NAME.json" in capsys.readouterr().err


@pytest.mark.parametrize("framing", ["whole", "edges"])
def test_samples_draws_a_sheet(tmp_path, capsys, framing):
    write_pieces([disc("a"), disc("b")], tmp_path)
    sheet = tmp_path / "sheet.png"
    command = ["lightstage", "samples", str(tmp_path), "-o", str(sheet)]
    assert main([*command, "--count", "2", "--size", "32", "--framing", framing]) == 0
    assert capsys.readouterr().out.split() == [str(sheet)]
    picture = cv2.imread(str(sheet))
    assert picture.shape[1] > 7 * 200
    assert picture.std() > 20


def test_samples_stand_before_the_given_backgrounds(tmp_path):
    write_pieces([disc("a")], tmp_path)
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/red.png"), np.full((40, 40, 3), (0, 0, 255), np.uint8))
    sheet = tmp_path / "sheet.png"
    command = ["lightstage", "samples", str(tmp_path), "-o", str(sheet), "--count", "3"]
    assert main([*command, "--size", "32", "--backgrounds", str(tmp_path / "pictures")]) == 0
    blue, green, red = cv2.imread(str(sheet)).reshape(-1, 3).astype(int).T
    assert ((red > 80) & (green < 40) & (blue < 40)).mean() > 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "sheet.exr"], "must end in .png"),
        (["-o", "sheet.png", "--count", "0"], "1 to 64 samples"),
        (["-o", "sheet.png", "--first", "-1"], "start at 0"),
        (["-o", "sheet.png", "--size", "3"], "size is 3"),
        (["-o", "sheet.png", "--backgrounds", "nowhere"], "holds no pictures"),
    ],
)
def test_what_cannot_be_drawn_is_told(tmp_path, capsys, arguments, message):
    write_pieces([disc("a")], tmp_path)
    assert main(["lightstage", "samples", str(tmp_path), *arguments]) != 0
    assert message in capsys.readouterr().err


def test_a_limit_that_cannot_be_is_told(tmp_path, capsys):
    command = ["lightstage", "pack", str(tmp_path), "-o", "x", "--limit", "0"]
    assert main(command) == 2
    assert "from 1 to 1024 MiB" in capsys.readouterr().err
