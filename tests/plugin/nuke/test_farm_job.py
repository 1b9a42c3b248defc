"""A tune on a farm, from the node in a strict fake of Nuke: sent, followed, and ended."""

import json
import struct
import sys
import threading
from pathlib import Path

import nuke
import pytest

from platekey.plugin.nuke import farm_job, jobs, tunes


@pytest.fixture
def node(tune_node):
    return tune_node


def status(node):
    return node["status"].value()


def finish():
    nuke.pump(lambda: not tunes._running and nuke._calls.empty(), 60)
    nuke.pump(lambda: nuke._calls.empty())


def write_weights(path, verdict="better"):
    header = json.dumps({"__metadata__": {"recipe": json.dumps({"verdict": verdict})}}).encode()
    Path(path).write_bytes(struct.pack("<Q", len(header)) + header)


def farm_words(monkeypatch, exit_code=0):
    """Puts a program in the place of `platekey` and of the farm's own; returns its words."""
    words = []

    def run(command, note, stop):
        words.extend(command)
        note("1 steps are written to 2026")
        return exit_code, "Unable to contact the controller", ["1 steps are written to 2026", "17"]

    monkeypatch.setattr(farm_job, "run", run)
    return words


def test_a_tune_is_sent_to_the_farm_and_followed_there(node, monkeypatch):
    words = farm_words(monkeypatch)
    node["run_on"].setValue("slurm")
    node["farm_options"].setValue("--gpus 1 --queue 'long night'")
    node["align"].setValue(False)
    node.press("start")
    job = jobs.BOARD.jobs()[0]
    nuke.pump(lambda: "waiting" in job.message)
    assert words[3:7] == ["platekey.plugin.shell", "submit", "tune", node.input(0)["file"].value()]
    assert {"--to=slurm", "--no-align", "--steps=5", "--frames=1001-1003"} <= set(words)
    assert words[-4:] == ["--gpus", "1", "--queue", "long night"]
    weights = Path(node["tuned"].value())
    folder = weights.with_suffix(".tune")
    folder.mkdir(parents=True)
    row = {"kind": "train", "step": 4, "seconds": 30, "seconds_left": 10.0, "losses": {"total": 1}}
    (folder / "log.jsonl").write_text(json.dumps(row) + "\n")
    nuke.pump(lambda: job.curves["loss"] == [(4, 1.0)])
    assert job.done == 0.75
    write_weights(weights)
    finish()
    assert status(node) == "tuned: better"
    assert job.state == "done"


def test_a_farm_that_refuses_is_told(node, monkeypatch):
    farm_words(monkeypatch, exit_code=3)
    node["run_on"].setValue("opencue")
    node.press("start")
    finish()
    assert status(node) == "Unable to contact the controller"


def test_the_lines_and_the_end_of_a_command_are_told():
    notes = []
    command = [sys.executable, "-c", "print('sent'); raise SystemExit('no')"]
    assert farm_job.run(command, notes.append, threading.Event()) == (1, "no", ["sent"])
    assert sorted(notes) == ["no", "sent"]


def test_a_command_that_is_stopped_ends():
    stop = threading.Event()
    stop.set()
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); print('told to end')"]
    assert farm_job.run(command, lambda line: None, stop)[2] == ["told to end"]


def on_slurm(node, monkeypatch, exit_code=0):
    """A tune that Slurm has taken; returns its job and the words of the commands to come."""
    node["run_on"].setValue("slurm")
    farm_words(monkeypatch)
    node.press("start")
    job = jobs.BOARD.jobs()[-1]
    nuke.pump(lambda: "waiting" in job.message and node["farm_job"].value())
    return job, farm_words(monkeypatch, exit_code)


@pytest.mark.parametrize("way", ["the node's button", "the panel's cancel", "the panel's pause"])
def test_a_tune_on_slurm_is_ended_from_nuke_and_can_be_resumed(node, monkeypatch, way):
    job, words = on_slurm(node, monkeypatch)
    assert node["farm_job"].value() == "slurm 17"
    {"the node's button": lambda: node.press("stop"), "the panel's cancel": job.cancel,
     "the panel's pause": job.pause}[way]()  # fmt: skip
    finish()
    assert words == ["scancel", "17"]
    assert status(node) == "stopped on the farm: Resume goes on"
    assert (job.state, job.can_resume) == ("paused", True)


def test_a_tune_of_yesterday_on_slurm_is_ended_too(node, monkeypatch):
    job, words = on_slurm(node, monkeypatch)
    tunes._running.clear()  # Nuke was closed: nobody follows it
    node.press("look")
    again = jobs.BOARD.jobs()[-1]
    again.cancel()
    nuke.pump(lambda: not again.is_running)
    assert words == ["scancel", "17"]
    job.stop.set()


def test_a_farm_that_does_not_end_a_tune_is_told(node, monkeypatch):
    job, _ = on_slurm(node, monkeypatch, exit_code=1)
    node.press("stop")
    finish()
    assert status(node) == (
        "the farm did not end slurm 17: Unable to contact the controller\n"
        "end it in the farm's own monitor"
    )
    assert job.state == "failed"


def test_another_farms_tune_goes_on_when_it_is_stopped_here(node, monkeypatch):
    words = farm_words(monkeypatch)
    node["run_on"].setValue("opencue")
    node.press("start")
    job = jobs.BOARD.jobs()[0]
    nuke.pump(lambda: "waiting" in job.message)
    words.clear()
    node.press("stop")
    finish()
    assert (words, node["farm_job"].value()) == ([], "")
    assert status(node) == "not looked at: Show progress"


@pytest.mark.parametrize("sent", ["slurm", "slurm 17; rm", "slurm --user=me", "openjd 17", ""])
def test_nothing_but_a_jobs_number_gets_into_the_command(sent):
    assert farm_job.end(sent, print) == f"{sent!r} is no job's number"
