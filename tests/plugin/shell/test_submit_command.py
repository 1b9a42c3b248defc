"""`platekey submit` without a farm; tests/farm has jobs run by real engines."""

import json
import os
import sys
from pathlib import Path

import pytest

from platekey.plugin.shell.main import main

SAMPLE = Path(__file__).parents[2] / "data/sample"


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def solve():
    """The words of a solve of the sample shot."""
    plates = (str(SAMPLE / "plate.####.exr"), str(SAMPLE / "clean.1001.exr"))
    return ["submit", "solve", *plates, "-o", "out/matte.####.exr", "--folder", "job"]


@pytest.fixture
def listed(tmp_path):
    def write(**columns):
        row = {
            "name": "sh010",
            "plate": str(SAMPLE / "plate.####.exr"),
            "clean_plate": str(SAMPLE / "clean.1001.exr"),
            "output": "out/matte.####.exr",
            **columns,
        }
        (tmp_path / "list.json").write_text(json.dumps([row]))
        return ["submit", "shot", "list.json", "--folder", "job", "--dry-run"]

    return write


def template(folder="job"):
    return json.loads(Path(folder, "template.json").read_text())


def steps(folder="job"):
    return [step["name"] for step in template(folder)["steps"]]


def values(folder="job"):
    return json.loads(Path(folder, "openjd-parameters.json").read_text())


@pytest.mark.parametrize("engine", ["openjd", "deadline-cloud", "slurm", "opencue", "deadline"])
def test_a_dry_run_writes_the_job_and_says_how_to_send_it(solve, engine, capsys):
    assert main([*solve, "--to", engine, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"1 steps are written to {Path('job').absolute()}" in told
    assert "nothing is sent; send it with: " in told
    assert list(Path("job").iterdir())


def test_paths_are_whole_and_frames_those_that_are_there(solve, tmp_path):
    assert main([*solve, "--to", "openjd", "--dry-run", "--chunk", "2"]) == 0
    assert values()["Output"] == str(tmp_path / "out/matte.####.exr")
    assert values()["ChunkSize"] == 2
    (step,) = template()["steps"]
    (frames,) = step["parameterSpace"]["taskParameterDefinitions"]
    assert frames["range"] == "1001-1003"
    carried = json.loads(Path("job/asset_references.json").read_text())["assetReferences"]
    assert carried["inputs"]["filenames"] == [
        str(SAMPLE / "clean.1001.exr"),
        *(str(SAMPLE / f"plate.{frame}.exr") for frame in (1001, 1002, 1003)),
    ]


def test_the_farm_calls_this_very_platekey_unless_it_is_elsewhere(solve):
    assert main([*solve, "--to", "openjd", "--dry-run"]) == 0
    assert values()["Platekey"] == str(Path(sys.executable).with_name("platekey"))
    assert main([*solve, "--to", "deadline-cloud", "--dry-run", "--folder", "cloud"]) == 0
    assert values("cloud")["Platekey"] == "platekey"


def test_settings_are_those_of_the_node(solve, capsys):
    words = ["--to", "openjd", "--dry-run", "--tolerance", "4.5", "--no-align"]
    assert main([*solve, *words]) == 0
    assert (values()["SolveTolerance"], values()["SolveAlign"]) == (4.5, "--no-align")
    assert main([*solve, "--to", "openjd", "--tolerance", "99", "--folder", "other"]) == 2
    assert "tolerance is 99" in capsys.readouterr().err
    assert not Path("other").exists()


def test_a_list_names_settings_by_their_step(listed):
    words = listed(background=str(SAMPLE / "background.exr"), comp="out/comp.####.exr")
    words += ["--to", "openjd", "--solve-tolerance", "4.5", "--comp-wrap", "1001:0.2,1003:0.8"]
    assert main(words) == 0
    assert steps() == ["solve_sh010", "comp_sh010", "review_sh010", "report"]
    assert values()["SolveTolerance"] == 4.5
    assert values()["CompWrap"] == "1001:0.2,1003:0.8"
    assert values()["Report"] == str(Path("job/report").absolute())


def test_only_the_wanted_steps_are_made(listed, capsys):
    words = listed(background=str(SAMPLE / "background.exr"), comp="out/comp.####.exr")
    assert main([*words, "--to", "openjd", "--steps", "solve", "--report", "none"]) == 0
    assert steps() == ["solve_sh010"]
    assert main([*words, "--to", "openjd", "--steps", "solve,paint"]) == 2
    assert "steps has 'paint'; known are clean, tune, solve, comp" in capsys.readouterr().err


def test_what_a_step_makes_need_not_be_there_yet(listed):
    words = listed(clean_plate="made/clean.exr", clean=True)
    assert main([*words, "--to", "openjd"]) == 0
    assert steps()[:2] == ["clean_sh010", "solve_sh010"]


def test_a_tune_comes_before_the_solve_that_takes_its_weights(listed, tmp_path):
    (tmp_path / "base.safetensors").write_bytes(b"")
    words = listed(tune=True, weights="w/sh010.safetensors")
    assert main([*words, "--to", "openjd", "--tune-weights", "base.safetensors"]) == 0
    assert steps()[:2] == ["tune_sh010", "solve_sh010"]
    assert values()["TuneWeights"] == str(tmp_path / "base.safetensors")
    assert values()["Weights"] == str(tmp_path / "w/sh010.safetensors")
    assert values()["SolveMethod"] == "network"


@pytest.mark.parametrize(
    ("columns", "code", "said"),
    [
        ({"plate": "none.####.exr"}, 3, "no file matches"),
        ({"clean_plate": "none.exr"}, 3, "does not exist"),
        ({"frames": "1001-1009"}, 3, "the plate of sh010, .* has no frames 1004-1009"),
        ({"frames": "all"}, 2, "'all' is no frame range"),
        ({"output": "matte.####.tif"}, 2, "must end in .exr"),
        ({"weights": "none.safetensors"}, 2, "do not exist"),
        ({"output": "a\nb.####.exr"}, 2, "line break"),
    ],
)
def test_what_a_farm_would_find_at_night_is_refused_now(listed, columns, code, said, capsys):
    import re

    assert main([*listed(**columns), "--to", "openjd"]) == code
    assert re.search(said, capsys.readouterr().err)
    assert not Path("job").exists()


def test_a_folder_that_is_there_is_never_written_over(solve, capsys):
    Path("job").mkdir()
    assert main([*solve, "--to", "openjd", "--dry-run"]) == 2
    assert "job is there; name another folder" in capsys.readouterr().err


def test_a_missing_engine_is_told_with_the_way_to_send_the_job(solve, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    assert main([*solve, "--to", "slurm"]) == 3
    told = capsys.readouterr().err
    assert "bash cannot be started" in told
    assert "send it with: bash " in told
    assert Path("job/submit.sh").exists()


def test_an_engine_that_fails_is_told(solve, tmp_path, monkeypatch, capsys):
    program = tmp_path / "deadline"
    program.write_text("#!/bin/sh\necho refused >&2\nexit 7\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    assert main([*solve, "--to", "deadline-cloud"]) == 3
    assert "deadline ended with exit code 7, see above" in capsys.readouterr().err
