"""What is written for Slurm, read by bash; tests/farm has it run by Slurm."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from platekey.core.errors import OptionError
from platekey.plugin.farm import slurm
from platekey.plugin.farm.folder import write_folder
from platekey.plugin.farm.job import command

TELL = "import json, sys; print(json.dumps(sys.argv[1:]))"


def run(job, folder, step, **environ):
    """The arguments that a program gets from the script of a step."""
    write_folder(folder, slurm.scripts(job, folder, ""))
    assert not list(folder.parent.glob(".*")), "a half-written folder is left"
    done = subprocess.run(
        ["bash", f"steps/{step}.sh"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "it's $HOME"
    path.write_text(f"#!{sys.executable}\n{TELL}\n")
    path.chmod(0o755)
    return str(path)


def test_awkward_names_reach_the_command_as_they_are(make, make_shot, awkward, program, tmp_path):
    job = make(make_shot("sh010", folder=awkward), program=program, chunk=4)
    folder = tmp_path / f"job {Path(awkward).name}"
    told = run(job, folder, "solve_sh010", SLURM_ARRAY_TASK_ID="1")
    plain = job.steps[0].without(lambda value: value.is_default)
    assert told == command(plain, "1004-1006")[1:]
    assert f"{awkward}/plate.####.exr" in told


def test_a_step_without_frames_has_no_array(make, program, tmp_path):
    job = make(program=program, report=str(tmp_path / "it's"))
    told = run(job, tmp_path / "job", "report")
    assert told == ["report", str(tmp_path / "it's"), f"--shots={tmp_path}/job/shots.json"]
    sent = (tmp_path / "job/submit.sh").read_text()
    assert sent.count("--array=") == 1


def test_scripts_are_well_formed_and_name_what_they_need(make, make_shot):
    comp = make_shot("sh.010-v2", background="/b.exr", comp="/c.####.exr")
    job = make(comp, report="/report", gpus=2, priority=40, chunk=3)
    text = slurm.scripts(job, Path("/jobs/a b"), "night owls")["submit.sh"]
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0
    assert text.count("--gres=gpu:2") == 1
    assert text.count("--partition='night owls'") == 4
    assert "--nice=1000" in text
    assert '--dependency=afterok:"${id[solve_sh.010-v2]}"' in text
    assert "--dependency=afterany:" in text
    assert "--array=0-3" in text


def test_what_goes_on_is_told_of_its_time_limit(make):
    job = make()
    job = replace(job, steps=tuple(replace(step, goes_on=True) for step in job.steps))
    files = slurm.scripts(job, Path("/job"), "")
    assert "--signal=B:USR1@120" in files["submit.sh"]
    assert "scontrol requeue" in files["steps/solve_sh010.sh"]


def test_more_tasks_than_an_array_takes_are_refused(make):
    with pytest.raises(OptionError, match="larger --chunk"):
        slurm.scripts(make(frames=tuple(range(2000)), chunk=1), Path("/job"), "")
