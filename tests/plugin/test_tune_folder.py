"""A tune is followed by what it writes, wherever it runs."""

import json
import os
import struct

import pytest

from platekey.plugin.tune_folder import TuneFolder


@pytest.fixture
def folder(tmp_path):
    found = TuneFolder(str(tmp_path / "hair.safetensors"))
    (tmp_path / "hair.tune").mkdir()
    return found


def write(folder, *rows, mode="a", end="\n"):
    with open(folder.log, mode) as file:
        file.write("\n".join(json.dumps(row) for row in rows) + end)


def row(step, **more):
    return {
        "kind": "train", "step": step, "seconds": 10.0 * step, "losses": {"total": 0.5}, **more,
    }  # fmt: skip


def test_each_line_is_told_once_and_half_a_line_is_waited_for(folder):
    assert folder.news() == []
    write(folder, row(1), row(2), end='\n{"step": 3, "ki')
    assert [event.step for event in folder.news()] == [1, 2]
    with open(folder.log, "a") as file:
        file.write('nd": "validate", "scores": {"leak": 1.0}, "score": 0.8}\n')
    event = folder.news()[0]
    assert event.figures == {"score_leak": 1.0, "score": 0.8}
    assert folder.news() == []


def test_a_log_that_was_begun_anew_is_read_anew(folder):
    write(folder, row(1), row(2))
    folder.news()
    write(folder, row(7), mode="w")
    assert [event.step for event in folder.news()] == [7]


def test_what_is_no_line_of_ours_is_left_out(folder):
    with open(folder.log, "wb") as file:
        file.write(b'\xff\xfe\n[1]\n{"a": 1}\n')
        file.write(b"[" * 100_000 + b"\n")
    odd = {**row(1), "step": "x"}
    write(folder, odd, row(1, losses="none"), row(1, score=[]), row(1, rate=10**400), row(2))
    assert [event.step for event in folder.news()] == [2]


def test_progress_follows_from_the_time_that_is_left(folder):
    write(folder, row(3, seconds_left=90.0))
    assert folder.progress(folder.news()[0].figures) == pytest.approx(0.25)
    assert folder.progress({}) == 0.0


def test_the_contact_sheet_is_named_once_it_is_there(folder):
    write(folder, row(1))
    assert folder.news()[0].outputs == {}
    sheet = os.path.join(folder.folder, "sheet.png")
    open(sheet, "wb").close()
    write(folder, row(2))
    assert folder.news()[0].outputs == {"sheet": sheet}


def test_it_is_finished_when_the_weights_are_newer_than_the_log(folder):
    write(folder, row(1))
    assert not folder.is_finished()
    recipe = json.dumps({"verdict": "better"})
    header = json.dumps({"__metadata__": {"recipe": recipe}}).encode()
    with open(folder.weights, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
    assert folder.is_finished()
    assert folder.verdict() == "better"
    os.utime(folder.log, (2e9, 2e9))  # resumed
    assert not folder.is_finished()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, struct.pack("<Q", 2) + b"[]"])
def test_strange_weights_have_no_verdict(folder, content):
    with open(folder.weights, "wb") as file:
        file.write(content)
    assert folder.verdict() == ""


def test_a_checkpoint_is_found(folder):
    assert not folder.has_checkpoint()
    os.mkdir(os.path.join(folder.folder, "checkpoint-0000000001"))
    assert folder.has_checkpoint()
    assert not TuneFolder("/nowhere/x.safetensors").has_checkpoint()
