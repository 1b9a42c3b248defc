import os
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.install import install, verbs, versions
from platekey.install.layout import usual_folder

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "install" / "install.py"


@pytest.fixture
def call(source, layout, monkeypatch):
    """Calls the command for the small clone and a folder of its own."""
    monkeypatch.setattr(install, "ROOT", source)

    def run(verb, *words):
        return install.main([verb, "--to", str(layout.root), *words])

    return run


def test_a_life_from_install_to_uninstall(call, layout, capsys, home):
    before = sorted(home.rglob("*"))
    assert call("install", "--torch", "index") == 0
    told = capsys.readouterr().out
    assert f"put on NUKE_PATH: {layout.nuke}" in told
    assert f"install from disk: {layout.extension}" in told
    assert str(layout.command) in told
    assert call("repair") == 0
    assert "all files are as they were written" in capsys.readouterr().out
    assert call("upgrade", "--host", "nuke", "--nuke-init") == 0
    assert f"by {home / '.nuke' / 'init.py'}" in (told := capsys.readouterr().out)
    assert "Blender" not in told
    assert call("uninstall") == 0
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["wheels"], "needs a folder"),
        (["install", "somewhere"], "needs a folder"),
        (["install", "--host", "none", "--host", "nuke"], "stands alone"),
        (["install", "--central", "--nuke-init"], "for one user"),
        (["install", "--host", "nuke", "--blender", "blender"], "--host blender"),
    ],
)
def test_words_that_contradict_each_other_are_bad_usage(home, words, reason, capsys):
    assert install.main(words) == 2
    assert reason in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_folder_of_wheels_that_is_not_there_is_bad_input(call, capsys):
    assert call("install", "--wheels", "/nowhere/wheels") == 3
    assert capsys.readouterr().err.startswith("install.py: error: there is no folder")


def test_an_old_python_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert install.main(["install"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_user_is_asked_in_a_terminal_and_no_is_no(call, home, monkeypatch, layout):
    questions = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(verbs.blender, "find", lambda: "/opt/blender/blender")
    monkeypatch.setattr("builtins.input", lambda text: questions.append(text) or "")
    assert call("install", "--torch", "index") == 0
    assert [text.split(":")[0] for text in questions] == ["Nuke", "Blender"]
    assert not (home / ".nuke").exists()


def test_without_a_terminal_nobody_is_asked_and_nothing_is_edited(call, home, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda text: pytest.fail("asked"))
    assert call("install", "--torch", "index") == 0
    assert not (home / ".nuke").exists()


def test_a_blender_that_cannot_be_used_is_a_warning_and_some_failed(call, capsys):
    assert call("install", "--torch", "index", "--blender", "/nowhere/blender") == 4
    assert "install.py: warning: /nowhere/blender does not run" in capsys.readouterr().err


def test_a_folder_without_permission_is_a_sentence(tmp_path, source, monkeypatch, capsys, home):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(install, "ROOT", source)
    assert install.main(["install", "--to", str(tmp_path / "file" / "here")]) == 3
    assert "cannot be made" in capsys.readouterr().err


def test_the_usual_folder_is_the_users_own_or_everybodys(home, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert usual_folder(central=False) == home / ".local" / "share" / "platekey"
    assert usual_folder(central=True) == Path("/opt/platekey")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    assert usual_folder(central=False) == home / "data" / "platekey"


def test_wheels_are_gathered_with_what_builds_platekey(source, tmp_path, capsys, monkeypatch):
    asked = []
    make = versions.make_environment
    monkeypatch.setattr(verbs, "make_environment", make)
    monkeypatch.setattr(install, "ROOT", source)
    monkeypatch.setattr(
        verbs.wheels, "run_pip", lambda env, words, start, log: (log.touch(), asked.append(words))
    )
    folder = tmp_path / "wheels é"
    assert install.main(["wheels", str(folder), "--torch", "index"]) == 0
    (words,) = asked
    assert words[:3] == ["wheel", "--wheel-dir", str(folder)]
    assert words[-2:] == ["setuptools>=68", ".[worker]"]
    assert f"--wheels {folder}" in capsys.readouterr().out


def test_the_script_starts_in_a_bare_clone_whatever_a_host_put_into_pythonpath(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('the json of a host')\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys._base_executable, str(SCRIPT), "uninstall", "--to", str(tmp_path / "absent")]
    run = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert run.returncode == 3
    assert run.stderr.startswith("install.py: error: ")
    assert "holds no platekey" in run.stderr
