"""The engines that a job can be sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import deadline, opencue, openjd, slurm
from .job import Job


@dataclass(frozen=True)
class Engine:
    """How an engine takes a job.

    Attributes:
        files: makes the names and texts of the job's files; takes the job, the folder that they
            will be in and the queue's name, which may be "".
        command: the engine's own command that sends the job in that folder.
        remedy: what to do where that command is missing.
        is_elsewhere: its machines have none of this one's folders.
    """

    files: Callable[[Job, Path, str], Mapping[str, str]]
    command: Callable[[Path, Job], list[str]]
    remedy: str
    is_elsewhere: bool = False


def _bundle(job: Job, folder: Path, queue: str) -> Mapping[str, str]:
    return openjd.bundle(job)


def _run_here(folder: Path, job: Job) -> list[str]:
    template, values = folder / "template.json", folder / "openjd-parameters.json"
    return ["openjd", "run", str(template), "--job-param", f"file://{values}"]


def _to_deadline_cloud(folder: Path, job: Job) -> list[str]:
    return ["deadline", "bundle", "submit", str(folder), "--priority", str(job.priority), "--yes"]


ENGINES = {
    "openjd": Engine(_bundle, _run_here, "install it with pip install openjd-cli"),
    "deadline-cloud": Engine(
        _bundle, _to_deadline_cloud, "install it with pip install deadline", is_elsewhere=True
    ),
    "slurm": Engine(
        slurm.scripts, slurm.command, "bash and Slurm's sbatch are needed where this is called"
    ),
    "opencue": Engine(
        opencue.layers,
        opencue.command,
        "call it with the Python that has opencue-pyoutline and packaging",
    ),
    "deadline": Engine(
        deadline.info_files, deadline.command, "Python 3 and deadlinecommand are needed here"
    ),
}
