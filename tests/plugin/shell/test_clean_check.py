"""`platekey clean --check` from a shell: sentences, JSON, a picture, and faults."""

import json

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.plugin.shell.main import main

NAMES = [
    "same view",
    "exposure",
    "white balance",
    "shift",
    "focus",
    "noise",
    "clipping",
    "shadow",
    "colour coincidence",
    "background",
]


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))


@pytest.fixture
def pair(tmp_path):
    """A disc before a striped wall, half a stop darker than its clean plate."""
    rng = np.random.default_rng(5)
    y, x = np.indices((90, 140))
    wall = (0.2 + 0.1 * ((x // 7 + y // 9) % 2))[..., None] * np.array([1.0, 0.8, 0.6])
    alpha = np.clip((25 - np.hypot(y - 45, x - 70)) / 3 + 0.5, 0, 1)[..., None]
    pictures = {"plate": 0.7 * (alpha * [0.6, 0.1, 0.05] + (1 - alpha) * wall), "clean": wall}
    window = Window(0, 0, 140, 90)
    paths = []
    for name, picture in pictures.items():
        noisy = (picture + 0.002 * rng.standard_normal(picture.shape)).astype(np.float32)
        frame = Frame(noisy, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
        paths.append(str(tmp_path / f"{name}.exr"))
        write_frame(frame, paths[-1])
    return paths


def test_the_pair_is_judged_in_sentences_and_a_picture(pair, tmp_path, capsys):
    picture = tmp_path / "check.png"
    assert main(["clean", "--check", *pair, "-o", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "usable  exposure            The plate is -0.5" in told
    assert "-> Lock exposure, ISO, aperture and shutter by hand" in told
    assert "see exposure" in told
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_json_has_a_line_a_finding_and_one_for_the_pair(pair, capsys):
    assert main(["clean", "--check", *pair, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["finding"] for line in lines[:-1]] == NAMES
    exposure = lines[1]
    assert exposure["verdict"] == "usable"
    assert exposure["figure"] == pytest.approx(0.51, abs=0.05)
    assert exposure["unit"] == "stops"
    assert lines[-1]["verdict"] in ("usable", "bad")


def test_a_check_without_a_clean_plate_says_what_to_give(pair, capsys):
    assert main(["clean", "--check", pair[0]]) == 2
    assert "--check needs two pictures" in capsys.readouterr().err


def test_a_picture_of_another_format_is_refused(pair, capsys):
    assert main(["clean", "--check", *pair, "-o", "check.exr"]) == 2
    assert "its name must end in .png" in capsys.readouterr().err


def test_a_missing_file_is_named(pair, capsys):
    assert main(["clean", "--check", pair[0], "nowhere.exr"]) == 3
    assert "nowhere.exr" in capsys.readouterr().err
