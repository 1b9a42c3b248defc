import sys
from pathlib import Path

import pytest

from platekey.install.checks import CHECKS, Check, run
from platekey.install.environment import SetupError

PYTHON = Path(sys.executable)
PASSES = Check("first", ("-c", "print('said in passing')"))


def test_a_check_that_passes_is_a_line_with_its_time(tmp_path, capsys):
    run(tmp_path, PYTHON, (PASSES,))
    out = capsys.readouterr().out
    assert out.startswith("[1/1] first ... ok, ")
    assert "said in passing" not in out


def test_the_first_that_fails_ends_the_run_with_its_exit_code(tmp_path, capsys):
    fails = Check("second", ("-c", "print('what is wrong'); raise SystemExit(7)"))
    never = Check("third", ("-c", "open('reached', 'w')"))
    with pytest.raises(SetupError, match="second failed; mend what it names above") as caught:
        run(tmp_path, PYTHON, (PASSES, fails, never))
    assert caught.value.exit_code == 7
    assert "[2/3] second ... failed" in capsys.readouterr().out
    assert not (tmp_path / "reached").exists()


def test_a_live_check_prints_as_it_goes(tmp_path, capfd):
    run(tmp_path, PYTHON, (Check("live", ("-c", "print('dots')"), live=True),))
    assert "dots" in capfd.readouterr().out


def test_the_checks_find_the_programs_of_the_environment(tmp_path):
    code = "import os, sys; assert os.environ['PATH'].startswith(os.path.dirname(sys.executable))"
    run(tmp_path, PYTHON, (Check("path", ("-c", code)),))


def test_every_kind_of_check_is_run():
    names = [check.name for check in CHECKS]
    assert names == ["ruff check", "ruff format", "codespell", "pages", "mypy", "pytest"]
