"""Faults of the machine, for real: killed processes, signals, full disks."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.core import protocol
from platekey.core.errors import OutputError
from platekey.core.network.weights import load_weights
from platekey.core.train.pictures import read_log
from platekey.core.tune import loop
from platekey.core.tune.checkpoint import whole_checkpoints
from platekey.plugin.shell.main import main

PROGRAM = """
import json, sys
from platekey.core.job.threads import share_cores
share_cores()
import torch
torch.set_num_threads(1)
from platekey.core import protocol
from platekey.core.job.tune import run_tune
from platekey.core.job.tune_request import TuneRequest
from platekey.core.tune import loop
loop._LOG_STEPS = 1
loop.TuneLoop._draw = lambda self: None
request = TuneRequest.from_json(json.loads(sys.argv[1]))
run_tune(request, lambda e: print(protocol.encode(e), flush=True), lambda: False)
"""


@pytest.fixture(autouse=True)
def every_step_is_logged(monkeypatch, undrawn):
    monkeypatch.setattr(loop, "_LOG_STEPS", 1)


def losses_of(folder):
    rows = read_log(folder / loop.LOG)
    return {row["step"]: row["losses"]["total"] for row in rows if row["kind"] == "train"}


def test_a_tune_that_is_killed_goes_on_with_the_loss_where_it_was(shot):
    request = shot.request({"steps": 200, "checkpoint_minutes": 0.01, "patience": 0})
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, json.dumps(request.to_json())],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process.stdout as lines:
        for line in lines:
            event = protocol.decode(line.rstrip("\n"))
            if isinstance(event, protocol.Trained) and event.step >= 6:
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.wait(60) == -signal.SIGKILL
    before = losses_of(request.folder)
    kept = int(whole_checkpoints(request.folder)[-1].name[-10:])
    assert 0 < kept <= max(before) + 1
    more = {"steps": 200, "checkpoint_minutes": 0.01, "patience": 0}
    until = kept + 3
    shot.tune(more, lambda: any(e.step >= until for e in shot.told(protocol.Trained)), resume=True)
    after = losses_of(request.folder)
    assert min(step for step in after if step > kept) == kept + 1
    common = {step for step in before if step > kept}
    assert all(after[step] == pytest.approx(before[step], rel=1e-5) for step in common)


def test_sigterm_writes_a_checkpoint_and_the_best_so_far(shot, monkeypatch, capsys):
    real = loop.TuneLoop._log

    def log(self, losses):
        real(self, losses)
        if self.session.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop.TuneLoop, "_log", log)
    words = ["tune", shot.plate, shot.clean_plate, "-o", shot.output, "--weights", shot.weights]
    words += ["--steps", "100", "--crop", "96", "--windows", "1", "--device", "cpu"]
    words += ["--moved", "1", "--json"]
    assert main(words) == 5
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["type"] == "result"
    assert lines[-1]["exit_code"] == 5
    assert {line["type"] for line in lines} >= {"progress", "trained", "warning"}
    assert whole_checkpoints(shot.request().folder)[-1].name == "checkpoint-0000000002"
    assert load_weights(Path(shot.output))[1].recipe["steps_done"] == 2
    assert main([*words, "--resume", "--steps", "3"]) == 0
    assert sorted(losses_of(shot.request().folder)) == [1, 2, 3]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_it_and_a_larger_one_lets_it_go_on(shot, small_disk, monkeypatch):
    shutil.copytree(shot.request().folder, small_disk / "tuned.tune")
    shot.output = str(small_disk / "tuned.safetensors")
    real = loop.TuneLoop._log

    def log(self, losses):
        real(self, losses)
        if self.session.step == 2 and not (small_disk / "ballast").exists():
            free = shutil.disk_usage(small_disk).free
            (small_disk / "ballast").write_bytes(b"x" * (free - 40_000))

    monkeypatch.setattr(loop.TuneLoop, "_log", log)
    with pytest.raises(OutputError, match="cannot be written"):
        shot.tune({"steps": 4})
    folder = shot.request().folder
    kept = int(whole_checkpoints(folder)[-1].name[-10:])
    assert kept < 3
    before = losses_of(folder)
    (small_disk / "ballast").write_bytes(b"")
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    assert shot.tune({"steps": 4}, resume=True).exit_code == 0
    after = losses_of(folder)
    assert sorted(after) == [1, 2, 3, 4]
    assert all(after[step] == loss for step, loss in before.items())
