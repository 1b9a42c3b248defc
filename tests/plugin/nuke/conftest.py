"""The fakes are found by name, and nobody's preferences are looked at."""

import sys
from pathlib import Path

import pytest

FAKES = str(Path(__file__).parents[2] / "fakes")
WORKER = [sys.executable, "-I", str(Path(FAKES) / "quick_worker.py")]
if FAKES not in sys.path:
    sys.path.insert(0, FAKES)


@pytest.fixture(autouse=True)
def no_preferences(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_PREFERENCES", str(tmp_path / "preferences.json"))


@pytest.fixture
def quick_tunes(tmp_path, monkeypatch):
    """A new Nuke whose tunes run in a worker that only says what a tune says."""
    import nuke

    from platekey.plugin.nuke import jobs, tunes

    monkeypatch.setenv("PLATEKEY_PYTHON", sys.executable)
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("PLATEKEY_CACHE", (tmp_path / "cache").as_posix())
    monkeypatch.setattr(tunes, "worker_command", lambda python: WORKER)
    monkeypatch.setattr(tunes, "LOOKS", 0.05)
    nuke.reset()
    jobs.BOARD._jobs.clear()
    tunes._running.clear()


@pytest.fixture
def existing_read(tmp_path, quick_tunes):
    """Makes Reads of files that are there, though no pictures."""
    import nuke

    def make(name):
        for frame in range(1001, 1004):
            (tmp_path / f"{name}.{frame}.exr").write_bytes(b"exr")
        return nuke.createNode("Read", file=(tmp_path / f"{name}.%04d.exr").as_posix())

    return make


@pytest.fixture
def tune_node(existing_read):
    """A tune node with plate and clean plate."""
    import nuke

    from platekey.plugin.nuke import create

    made = nuke.nodePaste(create.path_of("PlateKeyTune"))
    made.setInput(0, existing_read("plate"))
    made.setInput(1, existing_read("clean"))
    made["steps"].setValue(5)
    return made
