"""Thinkbox Deadline 10: job info and plugin info for its CommandLine plugin.

Checked for format only: Deadline is proprietary, and nothing of this was run in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from subprocess import list2cmdline

from platekey.core.errors import OptionError

from .frames import range_text
from .job import FRAMES, Job, Step, Value

_SCRIPT = "deadline_submit.py"
_TASK_FRAMES = "<STARTFRAME>-<ENDFRAME>"


def info_files(job: Job, folder: Path, queue: str) -> Mapping[str, str]:
    """The files of the job's folder: two of each step, their order, and the script that submits.

    Args:
        job: see Job.
        folder: where they will be.
        queue: Deadline's pool; "" for none.

    Raises:
        OptionError: a text has what Deadline would take for a token of its own.
    """
    files = dict(job.files)
    for step in job.steps:
        files[f"{step.name}_info.job"] = _lines(_job_info(step, job, queue))
        files[f"{step.name}_plugin.job"] = _lines(_plugin_info(step, folder))
    order = [" ".join((step.name, *step.needs)) for step in job.steps]
    files["order.txt"] = "\n".join(order) + "\n"
    files[_SCRIPT] = Path(__file__).with_name(_SCRIPT).read_text(encoding="utf-8")
    return files


def command(folder: Path, job: Job) -> list[str]:
    """What submits the job."""
    return ["python3", str(folder / _SCRIPT), str(folder)]


def _job_info(step: Step, job: Job, queue: str) -> dict[str, object]:
    resources = step.resources
    info: dict[str, object] = {
        "Plugin": "CommandLine",
        "Name": step.name,
        "BatchName": job.name,
        "Priority": job.priority,
        "Frames": range_text(step.frames) or "1",
        "ChunkSize": step.chunk if _is_gapless(step) else 1,
        "TaskTimeoutMinutes": -(-resources.seconds // 60),
        "EnableAutoTimeout": False,
        # a frame that failed does not keep the report from being made
        "ResumeOnFailedDependencies": step.in_any_case,
    }
    if queue:
        info["Pool"] = queue
    return info


def _plugin_info(step: Step, folder: Path) -> dict[str, object]:
    def spell(value: Value) -> str:
        if value is FRAMES:
            return _TASK_FRAMES
        text = str(folder / value.text) if value.type == "FILE" else value.text
        if "<" in text:
            raise OptionError(f"{text!r} has a <, with which Deadline's tokens begin; rename it.")
        return text

    program, *words = [
        word.spelt(spell) for word in step.without(lambda value: value.is_default).words
    ]
    return {
        "Executable": program,
        "Arguments": list2cmdline(words),  # Deadline splits it by the rules of .NET, on Linux too
        "Shell": "default",
        "ShellExecute": False,
        "SingleFramesOnly": False,
    }


def _is_gapless(step: Step) -> bool:
    """Whether a chunk is told by its first and last frame, which is all that Deadline tells."""
    frames = step.frames
    return not frames or frames[-1] - frames[0] + 1 == len(frames)


def _lines(values: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())
