import runpy
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest

from platekey.install import nuke, versions, wheels
from platekey.install.environment import SetupError

FOLDER = "/apps/pläte 'key'/current/nuke"


@pytest.fixture
def init(tmp_path):
    return tmp_path / ".nuke" / "init.py"


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"import nuke\n",
        b"import nuke",
        b"import nuke\r\nnuke.pluginAddPath('x')\r\n",
        "# Zoë\nimport nuke\n\n\n".encode(),
    ],
)
def test_what_was_added_is_removed_to_the_byte(init, before):
    init.parent.mkdir()
    init.write_bytes(before)
    init.chmod(0o640)
    block = nuke.add_block(init, FOLDER)
    assert init.read_bytes().startswith(before)
    assert nuke.has_block(init)
    assert nuke.remove_block(block) == ""
    assert init.read_bytes() == before
    assert stat.S_IMODE(init.stat().st_mode) == 0o640
    assert [path.name for path in init.parent.iterdir()] == ["init.py"]


def test_a_file_that_was_missing_is_missing_again(tmp_path, init):
    nuke.remove_block(nuke.add_block(init, FOLDER))
    assert list(tmp_path.iterdir()) == []


def test_what_a_user_wrote_around_it_stays(init):
    block = nuke.add_block(init, FOLDER)
    init.write_text("import os\n" + init.read_text() + "print('mine')\n")
    nuke.remove_block(block)
    assert init.read_text() == "import os\nprint('mine')\n"


def test_lines_that_a_user_edited_stay_and_are_told(init):
    block = nuke.add_block(init, FOLDER)
    edited = init.read_text().replace("import nuke", "import nuke, os")
    init.write_text(edited)
    assert "remove it by hand" in nuke.remove_block(block)
    assert init.read_text() == edited


def test_it_is_added_once(init):
    nuke.add_block(init, FOLDER)
    once = init.read_bytes()
    assert nuke.add_block(init, FOLDER) is None
    assert init.read_bytes() == once


def test_a_file_of_another_encoding_is_left_alone(init):
    init.parent.mkdir()
    init.write_bytes(b"# -*- coding: latin-1 -*-\n# Zo\xeb\n")
    with pytest.raises(SetupError, match="not UTF-8"):
        nuke.add_block(init, FOLDER)
    assert init.read_bytes() == b"# -*- coding: latin-1 -*-\n# Zo\xeb\n"


def test_a_link_stays_a_link(tmp_path, init):
    real = tmp_path / "studio_init.py"
    real.write_text("import nuke\n")
    init.parent.mkdir()
    init.symlink_to(real)
    block = nuke.add_block(init, FOLDER)
    assert init.is_symlink()
    assert "pluginAddPath" in real.read_text()
    nuke.remove_block(block)
    assert real.read_text() == "import nuke\n"


def test_the_lines_are_python_that_names_the_folder(init, monkeypatch):
    nuke.add_block(init, FOLDER)
    added = []
    module = types.ModuleType("nuke")
    module.pluginAddPath = added.append
    monkeypatch.setitem(sys.modules, "nuke", module)
    assert init.read_bytes().isascii()  # the file may declare any encoding
    runpy.run_path(str(init))
    assert added == [FOLDER]


def test_the_folder_leads_nuke_to_platekey_and_to_its_worker(layout, bare_environments):
    """The real start-up folder, in a Python that has nothing else of platekey."""
    version = layout.versions / "0.1.0-1"
    versions.make_environment(version / "environment")
    wheels.fill(version / "environment", Path(__file__).parents[2], "index", None)
    nuke.lay_out(version)
    layout.switch("0.1.0-1")
    code = """
import os, runpy, sys, types
nuke = sys.modules["nuke"] = types.ModuleType("nuke")
nuke.pluginAddPath = lambda path: runpy.run_path(os.path.join(path, "init.py"))
runpy.run_path(os.path.join(sys.argv[1], "init.py"))
from platekey.plugin.nuke.resident import worker_python
print(worker_python())
"""
    command = [sys._base_executable, "-I", "-S", "-c", code, str(layout.nuke)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert run.stdout.strip() == str(layout.python), run.stderr
