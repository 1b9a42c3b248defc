import pytest

from platekey.core import protocol
from platekey.plugin.shell.journal import journal_in, read_journal
from platekey.plugin.shell.reporters import reporter

DONE = protocol.FrameDone(1001, {"exr": "m.exr"}, 1.5, 300.0)


def test_what_is_told_is_kept_but_for_progress(tmp_path):
    folder = tmp_path / "report/sh010/solve"
    with reporter(as_json=False, journal=str(folder)) as report:
        report(protocol.Progress(0.5))
        report(DONE)
        report(protocol.Result(0, [1001]))
    kept = list(read_journal(folder))
    assert [event for _, event in kept] == [DONE, protocol.Result(0, [1001])]
    assert len({host for host, _ in kept}) == 1


def test_every_process_has_a_file_of_its_own(tmp_path):
    for _ in range(2):
        with journal_in(str(tmp_path)) as keep:
            keep(DONE)
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    assert len(list(read_journal(tmp_path))) == 2


def test_a_line_that_a_killed_process_left_is_passed_over(tmp_path):
    with journal_in(str(tmp_path)) as keep:
        keep(DONE)
    (path,) = tmp_path.glob("*.jsonl")
    path.write_text(path.read_text() + '{"type": "frame_do')
    assert [event for _, event in read_journal(tmp_path)] == [DONE]


def test_no_frame_is_lost_where_the_journal_cannot_be_written(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with journal_in(str(tmp_path / "file/journal")) as keep:
        keep(DONE)
    assert "there will be no journal" in caplog.text


@pytest.mark.parametrize("name", ["node-12.farm", "vm"])
def test_the_host_is_read_from_the_name(tmp_path, monkeypatch, name):
    monkeypatch.setattr("socket.gethostname", lambda: name)
    with journal_in(str(tmp_path)) as keep:
        keep(DONE)
    assert [host for host, _ in read_journal(tmp_path)] == [name]
