import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from platekey.install import environment, versions
from platekey.install.layout import Layout
from platekey.install.versions import Plan

ROOT = Path(__file__).parents[2]
FAKE_PIP = """
import pathlib, sys
if sys.argv[1:]:  # it is also imported, to see whether it is there
    pathlib.Path("asked").write_text("\\n".join(sys.argv[1:]))
{rest}
"""
FILES = {
    "pyproject.toml": "[project]\nname = 'platekey'\nversion = '0.1.0'\n",
    "constraints.txt": "torch==2.13.0\n",
    "README.md": "",
    "LICENSE": "",
    "core/worker/log.py": """
        import os, pathlib
        def log_folder():
            return pathlib.Path(os.path.expanduser("~"), ".local", "state", "platekey")
    """,
    "nodes/__init__.py": "",
    "install/__init__.py": "",
    "plugin/nuke/startup/init.py": "",
    "plugin/blender/package.py": """
        def write(path, python):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(python)
    """,
    "plugin/shell/__main__.py": """
        import json, os, sys
        failed = os.environ.get("DOCTOR_SAYS", "")
        finding = {"type": "finding", "subject": "torch", "verdict": "ok", "remedy": "install it"}
        print("a library says something")
        print(json.dumps({**finding, "text": "2.13.0+cpu"}))
        if failed:
            print(json.dumps({**finding, "verdict": "fail", "text": failed}))
        sys.exit(int(os.environ.get("DOCTOR_ENDS", "1" if failed else "0")))
    """,
}


@pytest.fixture
def clone(tmp_path):
    root = tmp_path / "a clone with spaces"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'nothing'\n")
    (root / "constraints.txt").write_text("")
    return root


@pytest.fixture
def fake_pip(clone, monkeypatch):
    """Environments without a download: `pip` is a script that writes down how it was called."""

    def install(rest=""):
        def make(folder):
            command = [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)]
            subprocess.run(command, check=True)
            (packages,) = folder.glob("[Ll]ib/**/site-packages")
            (packages / "pip.py").write_text(FAKE_PIP.format(rest=rest))

        monkeypatch.setattr(environment, "make_environment", make)

    return install


def make_bare_environment(folder):
    """A virtual environment in no time, with a pip that copies."""
    base = sys._base_executable
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(base)
    (folder / "lib64").symlink_to("lib")
    (folder / "pyvenv.cfg").write_text(f"home = {os.path.dirname(base)}\n")
    pip = (ROOT / "tests" / "fakes" / "copying_pip.py").read_text()
    (packages / "pip.py").write_text(pip)
    return packages


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's home folder."""
    folder = tmp_path / "Zoë's home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "PLATEKEY_LOG_DIR", "NUKE_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def bare_environments(monkeypatch):
    monkeypatch.setattr(versions, "make_environment", make_bare_environment)


@pytest.fixture
def source(tmp_path, bare_environments):
    """A clone with next to nothing in it."""
    folder = tmp_path / "a clone é"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    return folder


@pytest.fixture
def layout(home):
    """Of an installation that is not there yet, in a folder with a space and other letters."""
    return Layout(home / "apps" / "pläte key 抠像")


@pytest.fixture
def plan(source):
    """Of a version for both hosts."""
    return Plan(source, "index", ("nuke", "blender"))


def _listing(folder):
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.join(parent, name)] = "folder"
        for name in files:
            path = Path(parent, name)
            found[str(path)] = os.readlink(path) if path.is_symlink() else path.read_bytes()
    return found


@pytest.fixture
def listing():
    """A function that tells everything below a folder with its content."""
    return _listing
