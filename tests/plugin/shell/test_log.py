import logging

import pytest

from platekey.plugin.shell.log import start_log


@pytest.fixture
def start(monkeypatch):
    """start_log as in a fresh process; what it sets is put back afterwards."""
    ours = []

    def start():
        # not in the fixture's set-up: pytest hangs its own handlers in for the test alone
        monkeypatch.setattr(logging.root, "handlers", ours)
        monkeypatch.setattr(logging.root, "level", logging.WARNING)
        return start_log()

    yield start
    for handler in ours:
        handler.close()
    logging.captureWarnings(False)


def test_the_file_is_made_with_the_first_record(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "new"))
    path = start()
    assert path.parent == tmp_path / "new"
    assert not path.exists()
    logging.info("solved")
    assert path.read_text().endswith("INFO root: solved\n")


def test_old_logs_are_removed(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path))
    for number in range(60):
        (tmp_path / f"shell-20200101-0000{number:02d}-1.log").write_text("")
    (tmp_path / "worker-20200101-000000-1.log").write_text("")
    start()
    left = sorted(path.name for path in tmp_path.glob("shell-*"))
    assert len(left) == 49
    assert left[0] == "shell-20200101-000011-1.log"
    assert (tmp_path / "worker-20200101-000000-1.log").exists()


def test_a_folder_that_cannot_be_made_is_replaced(start, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "file" / "logs"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert start().parent == tmp_path
