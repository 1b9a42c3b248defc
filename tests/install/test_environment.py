import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.install import environment
from platekey.install.environment import (
    BLENDER,
    SetupError,
    build_environment,
    link_for_type_checkers,
    python_of,
    scrubbed,
)


def asked(root):
    return (root / "asked").read_text().splitlines()


def test_what_leads_another_python_astray_is_scrubbed():
    environ = {
        "PYTHONHOME": "/nuke",
        "PYTHONPATH": "/nuke/lib",
        "VIRTUAL_ENV": "/v",
        "PATH": "/bin",
    }
    assert scrubbed(environ) == {"PATH": "/bin", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def test_the_settings_of_pip_are_kept():
    assert scrubbed({"PIP_INDEX_URL": "https://index"})["PIP_INDEX_URL"] == "https://index"


def test_an_environment_is_built_with_the_tested_versions(clone, fake_pip):
    fake_pip()
    python = build_environment(clone, ("worker",))
    assert python == python_of(clone / ".venv")
    words = asked(clone)
    assert words[words.index("--constraint") + 1] == "constraints.txt"
    assert words[words.index("--editable") + 1] == ".[worker]"


def test_the_renderer_has_an_environment_of_its_own(clone, fake_pip):
    fake_pip()
    (clone / "constraints-blender.txt").write_text("")
    python = build_environment(clone, ("lightstage",), BLENDER)
    assert python == python_of(clone / ".venv-blender")
    words = asked(clone)
    assert words[words.index("--constraint") + 1] == "constraints-blender.txt"
    assert not (clone / ".venv").exists()


def test_a_current_environment_is_left_alone(clone, fake_pip, capsys):
    fake_pip()
    build_environment(clone, ("worker",))
    (clone / "asked").unlink()
    build_environment(clone, ("worker",))
    assert not (clone / "asked").exists()
    assert capsys.readouterr().out.endswith("is current\n")


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_other_dependencies_are_installed(clone, fake_pip, name):
    fake_pip()
    build_environment(clone, ("worker",))
    (clone / "asked").unlink()
    with open(clone / name, "a") as stream:
        stream.write("# changed\n")
    build_environment(clone, ("worker",))
    assert (clone / "asked").exists()


def test_an_extra_is_added_and_never_dropped(clone, fake_pip):
    fake_pip()
    build_environment(clone, ("worker",))
    build_environment(clone, ("worker", "test"))
    assert ".[test,worker]" in asked(clone)
    (clone / "asked").unlink()
    build_environment(clone, ("worker",))
    assert not (clone / "asked").exists()


def test_a_clone_that_moved_gets_a_new_environment(clone, fake_pip):
    fake_pip()
    build_environment(clone, ("worker",))
    moved = clone.rename(clone.with_name("moved"))
    (moved / "asked").unlink()
    build_environment(moved, ("worker",))
    assert (moved / "asked").exists()
    assert json.loads((moved / ".venv" / "platekey.json").read_text())["root"] == str(moved)


def test_a_failed_install_is_tried_again(clone, fake_pip):
    fake_pip("sys.exit(1)")
    with pytest.raises(SetupError):
        build_environment(clone, ("worker",))
    (clone / "asked").unlink()
    with pytest.raises(SetupError):
        build_environment(clone, ("worker",))
    assert (clone / "asked").exists()


def test_a_failed_download_is_one_sentence_with_the_reason(clone, fake_pip):
    reason = "ERROR: No matching distribution found for torch==2.13.0"
    fake_pip(f"print({reason!r}); sys.exit(1)")
    with pytest.raises(SetupError) as caught:
        build_environment(clone, ("worker",))
    message = str(caught.value)
    assert "(No matching distribution found for torch==2.13.0); check the network" in message
    assert message.endswith(f"pip's log is {clone / '.venv' / 'pip.log'}.")


def test_pip_shows_a_sign_of_life(clone, fake_pip, monkeypatch, capsys):
    monkeypatch.setattr(environment, "_SIGN_OF_LIFE", 0.2)
    fake_pip(
        "import time; print('  Downloading torch-2.13.0.whl (190 MB)', flush=True); time.sleep(1)"
    )
    build_environment(clone, ("worker",))
    assert "s  Downloading torch-2.13.0.whl (190 MB)" in capsys.readouterr().out


def test_a_python_without_ensurepip_is_told_how_to_get_it(clone, monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"sudo apt install python3\.\d+-venv"):
        build_environment(clone, ("worker",))


def test_the_link_for_type_checkers_leads_to_the_clone(clone):
    for _ in range(2):
        link_for_type_checkers(clone)
        assert (clone / "build" / "typing" / "platekey").resolve() == clone


def test_a_real_environment_ignores_the_python_of_a_host(tmp_path):
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "json.py").write_text("raise SystemExit('the json of a host')\n")
    environ = scrubbed({**os.environ, "PYTHONPATH": str(tmp_path / "host")})
    command = [sys.executable, "-c", "import json; print(json.dumps(1))"]
    run = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=Path.home())
    assert run.stdout == "1\n"
