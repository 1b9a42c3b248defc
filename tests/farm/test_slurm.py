"""A real Slurm with two nodes on this machine runs the shots, and loses a node in the middle."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from farm_shots import AWKWARD
from slurm_cluster import Cluster, why_not

from platekey.plugin.farm.engines import ENGINES
from platekey.plugin.farm.folder import write_folder
from platekey.plugin.farm.job import Job, Resources, Step, Word
from platekey.plugin.shell.main import main

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"no Slurm to start: {why_not()}")

SMALL = ("--memory", "1500", "--cores", "1", "--gpus", "1")
CHECKPOINTING = """#!/bin/bash
cd "$(dirname "$0")"
if [ -e checkpoint ]; then echo whole > weights; exit 0; fi
trap 'echo half > checkpoint; exit 5' TERM
touch began
while true; do sleep 0.05; done
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def on_cluster(cluster, monkeypatch):
    for name in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(name, cluster.environ[name])
    return cluster


def test_a_step_that_ran_into_its_time_limit_goes_on_from_its_checkpoint(on_cluster, tmp_path):
    folder = tmp_path / "it's a job"
    program = tmp_path / "tune $it"
    program.write_text(CHECKPOINTING)
    program.chmod(0o755)
    step = Step("tune_sh010", (Word(str(program)),), Resources(100, 1, 0, 600), goes_on=True)
    job = Job("a fine-tune", (step,))
    write_folder(folder, ENGINES["slurm"].files(job, folder, ""))
    number = on_cluster.call("bash", str(folder / "submit.sh"))
    wait_for(tmp_path / "began")
    on_cluster.call("scancel", "--batch", "--signal=USR1", number)  # as the time limit would
    wait_for(tmp_path / "checkpoint")
    # a job that was put back waits two minutes before it may start; an operator can shorten that
    wait_until(lambda: on_cluster.jobs()["tune_sh010"][0] == "PENDING")
    on_cluster.call("scontrol", "update", f"JobId={number}", "StartTime=now")
    assert on_cluster.wait() == {"tune_sh010": "COMPLETED"}
    assert (tmp_path / "weights").read_text() == "whole\n"


def test_a_node_dies_in_mid_job_and_no_frame_is_lost(on_cluster, shots, local, tmp_path, report_of):
    rows = shots.rows("slurm")
    mend = shots.damage(AWKWARD, 1003)
    listed = shots.list_of(rows, "slurm.csv")
    folder = tmp_path / """it's 100% "$HOME" ü"""
    words = ("submit", "shot", listed, "--to", "slurm", "--chunk", "3", "--folder", folder, *SMALL)
    words = (*words, *shots.tune_words("tune-"))
    assert main([*map(str, words)]) == 0
    wait_until(lambda: running_on(on_cluster, "node1"))
    (lost,) = running_on(on_cluster, "node1")
    time.sleep(0.5)
    on_cluster.pull_the_plug("node1")
    states = on_cluster.wait(900)
    mend()

    assert states.pop("solve_sh020_0") == "FAILED"  # its frame 1003 is damaged
    assert set(states.values()) == {"COMPLETED"}, states
    number = on_cluster.call("squeue", "-h", "-r", "-t", "all", "-o", "%A %j_%K").splitlines()
    number = next(line.split()[0] for line in number if line.split()[1] == lost)
    assert "Restarts=1" in on_cluster.call("scontrol", "show", "job", number)
    made = shots.outputs("slurm")
    assert set(local) - set(made) == {f"{AWKWARD}/matte.1003.exr"}
    assert made == {name: local[name] for name in made}
    logs = "".join(path.read_text() for path in folder.glob("log/solve*"))
    assert "CUDA_VISIBLE_DEVICES=0" in logs
    report = report_of(folder / "report")
    assert list(report["sh020"]["steps"]["solve"]["failed"]) == ["1003"]
    assert report["sh020"]["missing"] == [1003]
    assert report["sh010"]["steps"]["comp"]["done"] == report["sh010"]["expected"]


def test_a_job_that_is_refused_in_part_is_not_sent_at_all(on_cluster, tmp_path):
    small, huge = Resources(100, 1, 0, 600), Resources(10**6, 1, 0, 600)
    first = Step("first", (Word("sleep"), Word("300")), small)
    second = Step("second", (Word("sleep"), Word("300")), huge, needs=("first",))
    folder = tmp_path / "job"
    write_folder(folder, ENGINES["slurm"].files(Job("two", (first, second)), folder, ""))
    sent = subprocess.run(
        ["bash", folder / "submit.sh"], capture_output=True, text=True, check=False
    )
    assert sent.returncode == 1
    assert "second was refused; what Slurm had taken before is cancelled" in sent.stderr
    assert on_cluster.wait(60)["first"] == "CANCELLED"


def running_on(cluster, node):
    words = ("squeue", "-h", "-r", "-t", "running", "-w", node, "-o", "%j_%K")
    found = cluster.call(*words).split()
    return [name for name in found if name.startswith("solve")]


def wait_for(path: Path):
    wait_until(lambda: os.path.exists(path))


def wait_until(is_so, seconds=90):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)
