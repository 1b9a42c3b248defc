import sys
from pathlib import Path

import pytest

from platekey.install import sample
from platekey.install.environment import SetupError

ROOT = Path(__file__).parents[2]


def test_the_sample_shot_ships_with_the_repository():
    names = {path.name for path in (ROOT / sample.SHOT).iterdir()}
    assert {f"plate.{frame}.exr" for frame in (1001, 1002, 1003)} <= names
    assert {"clean.1001.exr", "background.exr"} <= names


def test_it_is_solved_and_then_looked_at(monkeypatch, capsys, tmp_path):
    asked = []
    monkeypatch.setattr(sample, "_run", lambda root, python, *words: asked.append(words))
    sample.run(tmp_path, Path(sys.executable))
    solve, review = asked
    assert solve[0] == "solve"
    assert review[0] == "review"
    matte = solve[solve.index("-o") + 1]
    assert matte in review
    out = capsys.readouterr().out
    assert str(tmp_path / matte) in out
    assert str(tmp_path / "out" / "sample" / "before_after.png") in out


def test_a_step_that_fails_ends_with_its_exit_code(tmp_path):
    with pytest.raises(SetupError, match="ended with exit code 3") as caught:
        sample.run(tmp_path, Path(sys.executable))  # an empty folder: there is no plate
    assert caught.value.exit_code == 3
