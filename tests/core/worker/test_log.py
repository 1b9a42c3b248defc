"""Where the log goes, and that old ones do not pile up."""

import logging
import logging.handlers
import sys
from pathlib import Path

import pytest

from platekey.core.worker import log


@pytest.fixture
def clean_logging():
    """Undoes what start_logging sets up in this process."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in root.handlers[:]:
        if isinstance(handler, logging.handlers.RotatingFileHandler) or (
            type(handler) is logging.StreamHandler
        ):
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is another one on this system")
def test_the_state_folder_of_the_user_is_the_default(monkeypatch):
    monkeypatch.delenv("PLATEKEY_LOG_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert log.log_folder() == Path("/somewhere/platekey")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", "/home/artist")
    assert log.log_folder() == Path("/home/artist/.local/state/platekey")


def test_a_folder_that_cannot_be_made_is_replaced(tmp_path, monkeypatch, clean_logging):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "file" / "logs"))
    monkeypatch.setattr(log.tempfile, "gettempdir", lambda: str(tmp_path))
    path = log.start_logging()
    assert path.parent == tmp_path
    assert "logging to" in path.read_text()


def test_only_the_newest_logs_are_kept(tmp_path, monkeypatch, clean_logging):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path))
    for day in range(10, 40):
        (tmp_path / f"worker-201001{day}-120000-1.log").write_text("old")
    (tmp_path / "notes.txt").write_text("not ours")
    path = log.start_logging()
    assert path.exists()
    left = sorted(tmp_path.glob("worker-*"))
    assert len(left) == log._KEPT
    assert left[0].name == "worker-20100121-120000-1.log"
    assert (tmp_path / "notes.txt").exists()
