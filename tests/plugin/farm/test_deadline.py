"""Deadline 10 is checked for format only: nothing of it was run in a real Deadline."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.core.errors import OptionError
from platekey.plugin.farm import deadline
from platekey.plugin.farm.folder import write_folder

# plays deadlinecommand: answers with an id, and keeps what it was given
COMMAND = """#!{python}
import pathlib, sys
info, plugin = (pathlib.Path(word).read_text() for word in sys.argv[1:])
name = dict(line.split("=", 1) for line in info.splitlines())["Name"]
pathlib.Path({kept!r}, name).write_text(info + plugin)
print("Deadline Command\\nResult=Success\\nJobID=id-of-" + name)
"""


def info(job, name, kind="info", queue=""):
    text = deadline.info_files(job, Path("/job"), queue)[f"{name}_{kind}.job"]
    return dict(line.split("=", 1) for line in text.splitlines())


def test_job_info_says_frames_chunks_and_limits(make):
    found = info(make(chunk=4, minutes=1.0), "solve_sh010", queue="gpu")
    assert found["Plugin"] == "CommandLine"
    assert (found["Frames"], found["ChunkSize"], found["Pool"]) == ("1001-1010", "4", "gpu")
    assert (found["BatchName"], found["TaskTimeoutMinutes"]) == ("a night", "9")


def test_frames_with_gaps_are_tasks_of_one(make):
    found = info(make(frames=(1001, 1003, 1005), chunk=4), "solve_sh010")
    assert (found["Frames"], found["ChunkSize"]) == ("1001-1005x2", "1")


def test_arguments_are_quoted_by_the_rules_of_windows_programs(make, make_shot):
    job = make(make_shot("sh010", folder='/a b/"c"'))
    found = info(job, "solve_sh010", "plugin")
    assert found["Executable"] == "platekey"
    assert '"/a b/\\"c\\"/plate.####.exr"' in found["Arguments"]
    assert "--frames=<STARTFRAME>-<ENDFRAME>" in found["Arguments"]


def test_a_token_in_a_name_is_refused(make, make_shot):
    with pytest.raises(OptionError, match="with which Deadline's tokens begin"):
        info(make(make_shot("sh010", folder="/a<QUOTE>b")), "solve_sh010")


def test_steps_are_submitted_in_order_with_the_ids_of_those_that_they_need(
    make, make_shot, tmp_path
):
    comp = make_shot("sh010", background="/b.exr", comp="/c.####.exr")
    job = make(comp, report=str(tmp_path / "report"))
    folder = tmp_path / "a job"
    write_folder(folder, deadline.info_files(job, folder, ""))
    kept = tmp_path / "kept"
    kept.mkdir()
    program = tmp_path / "deadlinecommand"
    program.write_text(COMMAND.format(python=sys.executable, kept=str(kept)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    words = [*deadline.command(folder, job)[1:], "--deadlinecommand", str(program)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        word for step in job.steps for word in (step.name, f"id-of-{step.name}")
    ]
    needed = (kept / "review_sh010").read_text()
    assert "JobDependencies=id-of-solve_sh010,id-of-comp_sh010\n" in needed
    assert "ResumeOnFailedDependencies=True\n" in needed


def test_a_refusal_ends_the_submission(make, tmp_path):
    folder = tmp_path / "job"
    write_folder(folder, deadline.info_files(make(), folder, ""))
    words = [*deadline.command(folder, make())[1:], "--deadlinecommand", "false"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "refused solve_sh010_plugin.job" in done.stderr
