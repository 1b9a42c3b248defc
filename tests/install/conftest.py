import subprocess
import sys

import pytest

from platekey.install import environment

FAKE_PIP = """
import pathlib, sys
pathlib.Path("asked").write_text("\\n".join(sys.argv[1:]))
{rest}
"""


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

        monkeypatch.setattr(environment, "_make", make)

    return install
