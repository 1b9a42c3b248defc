"""The files that Nuke loads are current, and start-up brings platekey in and nothing else."""

import ast
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nuke
import pytest

from platekey.plugin.nuke import create

ROOT = Path(__file__).parents[3]
SHARED = ("client", "environment", "line_process", "preferences", "tune_folder", "tune_settings")
HOST_FILES = [
    *sorted((ROOT / "plugin/nuke").rglob("*.py")),
    *sorted((ROOT / "plugin/panel").rglob("*.py")),
    *sorted((ROOT / "nodes").rglob("*.py")),
    *(ROOT / f"plugin/{name}.py" for name in SHARED),
]


@pytest.mark.parametrize("name", create.SCRIPTS)
def test_the_files_are_current(name):
    text = Path(create.path_of(name)).read_text(encoding="utf-8")
    assert text == create.SCRIPTS[name](), "run python -m platekey.plugin.nuke.create"


@pytest.mark.parametrize("path", HOST_FILES, ids=lambda path: path.name)
def test_it_is_python_3_7(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))


def interpreter(version):
    """A Python of that version, from PATH or from pyenv; "" if there is none that runs."""
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in (shutil.which(f"python{version}"), *map(str, installed)):
        if python and not subprocess.run([python, "-c", ""], capture_output=True).returncode:
            return python
    return ""


@pytest.mark.parametrize("version", ["3.7", "3.9"])
def test_an_old_nukes_python_builds_the_nodes_and_runs_the_buttons(version, tmp_path):
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} here; the syntax alone is tried")
    code = (
        f"import runpy, sys; runpy.run_path({str(ROOT)!r} + '/plugin/nuke/startup/init.py'); "
        f"sys.path.append({str(ROOT / 'tests/fakes')!r}); import nuke; "
        "from platekey.plugin.nuke import create; "
        "assert all(s() == open(create.path_of(n)).read() for n, s in create.SCRIPTS.items()); "
        "node = nuke.nodePaste(create.path_of('PlateKeyMatte')); node.press('solve_frame'); "
        "assert 'Plate is not connected' in node['status'].value(); "
        "node = nuke.nodePaste(create.path_of('PlateKeyTune')); node.press('start'); "
        "assert 'Plate is not connected' in node['status'].value(); "
        "import platekey.plugin.nuke.selftest, platekey.plugin.panel.board"
    )
    environment = {"PLATEKEY_PREFERENCES": str(tmp_path / "none.json"), "PATH": ""}
    subprocess.run([python, "-I", "-c", code], check=True, env=environment)


def test_start_up_adds_the_package_and_no_environment():
    code = (
        f"import runpy, sys; before = list(sys.path); runpy.run_path({str(ROOT)!r} + "
        "'/plugin/nuke/startup/init.py'); assert sys.path == before; "
        f"sys.path.append({str(ROOT / 'tests/fakes')!r}); "
        "import platekey.plugin.nuke.matte, platekey.plugin.client, platekey.plugin.nuke.comp; "
        "assert not {'numpy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


class Menu:
    def __init__(self):
        self.commands = {}

    def addMenu(self, name):
        assert name == "PlateKey"
        return self

    def addCommand(self, name, code):
        self.commands[name] = code


def test_the_menu_makes_the_nodes(monkeypatch):
    nuke.reset()
    menu = Menu()
    monkeypatch.setattr(nuke, "toolbar", lambda name: menu, raising=False)
    runpy.run_path(str(ROOT / "plugin/nuke/startup/menu.py"))
    for name, code in menu.commands.items():
        exec(compile(code, name, "exec"), {})  # as Nuke runs a command
        assert nuke.toNode(name + "1") is not None
    assert set(menu.commands) == set(create.SCRIPTS)
