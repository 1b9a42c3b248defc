"""`platekey clean` from a shell: words become a request, faults become exit codes."""

import pytest

from platekey.core import protocol
from platekey.core.clean.options import CleanOptions
from platekey.core.job import clean as job
from platekey.plugin.shell.main import main


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))


@pytest.fixture
def asked(monkeypatch):
    requests = []

    def run_clean(request, emit, should_stop):
        requests.append(request)
        return protocol.Result(exit_code=4, written=[1], failed=[2])

    monkeypatch.setattr(job, "run_clean", run_clean)
    return requests


def test_the_command_line_becomes_a_request(asked):
    words = "clean p.####.exr -o c.exr --from other.####.exr --clean-frames -5--1 --mattes m.exr"
    more = "--frames 1-9 --mode frames --rounds 3 --no-align --depth float --overwrite"
    assert main([*words.split(), *more.split()]) == 4
    (request,) = asked
    assert request.to_json() == {
        "plate": "p.####.exr",
        "output": "c.exr",
        "frames": "1-9",
        "source": "other.####.exr",
        "clean_frames": "-5--1",
        "mattes": "m.exr",
        "overwrite": True,
        "options": {
            **CleanOptions().to_json(),
            "mode": "frames",
            "rounds": 3,
            "align": False,
            "depth": "float",
        },
    }


def test_source_and_from_are_the_same(asked):
    main(["clean", "p.exr", "-o", "c.exr", "--source", "s.exr"])
    main(["clean", "p.exr", "-o", "c.exr", "--from", "s.exr"])
    assert [request.source for request in asked] == ["s.exr", "s.exr"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("clean p.exr", "output is empty; give a file"),
        ("clean p.exr -o c.exr --mode best", "mode is 'best'; it must be auto, frames,"),
        ("clean p.exr other.exr -o c.exr", "a second picture goes with --check alone"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_a_sentence(words, sentence, capsys):
    assert main(words.split()) == 2
    assert sentence in capsys.readouterr().err


def test_a_plate_that_is_not_there_ends_with_3(tmp_path, capsys):
    assert main(["clean", str(tmp_path / "p.exr"), "-o", str(tmp_path / "c.exr")]) == 3
    assert "does not exist" in capsys.readouterr().err
