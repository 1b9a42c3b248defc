"""Slurm: a script that sends every step as a job, with arrays of chunks and dependencies.

The scripts stand in a folder that every node sees, and can be read, and sent again, without
platekey. Nothing in them that came from outside is without quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote

from platekey.core.errors import OptionError

from .frames import chunks, range_text
from .job import FRAMES, Job, Step, Value

_MOST_TASKS = 1001  # of an array, as Slurm comes: MaxArraySize, whose numbers begin at 0
_NOTICE = 120  # seconds before the time limit at which a step that can go on is told
_MOST_STARTS = 20  # of a step that ran into its time limit

_SUBMIT = """#!/bin/bash
# Sends this job to Slurm. Sent again, it skips the frames that are whole and of the same settings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p log
declare -A id
send() { # its name, then what sbatch takes
  local name=$1 number
  shift
  if ! number=$(sbatch --parsable "$@"); then
    if ((${#id[@]})); then scancel "${id[@]}"; fi
    echo "$name was refused; what Slurm had taken before is cancelled" >&2
    exit 1
  fi
  id[$name]=${number%%;*}
}
"""
_STEP = """#!/bin/bash
echo "$(hostname), CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES-}"
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
"""
_ONCE = "exec"
# The time limit comes as USR1 (see --signal): the command writes its checkpoint and the step is
# queued again. A cancelled job gets TERM, and is not.
_GOES_ON_BEGIN = """child=
end() { kill -TERM "$child"; wait "$child"; }
again() {
  end
  trap - TERM
  if ((${SLURM_RESTART_COUNT:-0} < MOST)) && scontrol requeue "$SLURM_JOB_ID"; then
    sleep 600 & wait  # until Slurm ends this run: it must not end as a failure meanwhile
  fi
}
trap again USR1
trap end TERM
"""
_GOES_ON_END = """ &
child=$!
wait "$child"
"""


def scripts(job: Job, folder: Path, queue: str) -> Mapping[str, str]:
    """The files of the job's folder: submit.sh, and what it sends.

    Args:
        job: see Job.
        folder: where they will be.
        queue: Slurm's partition; "" for its default.

    Raises:
        OptionError: a step has more tasks than an array may have.
    """
    files = dict(job.files)
    lines = [_SUBMIT]
    for step in job.steps:
        step = step.without(lambda value: value.is_default)
        ranges = [range_text(chunk) for chunk in chunks(step.frames, step.chunk)]
        if len(ranges) > _MOST_TASKS:
            raise OptionError(
                f"{step.name} has {len(ranges)} tasks, and Slurm takes {_MOST_TASKS} of an array; "
                "set a larger --chunk."
            )
        if ranges:
            files[f"steps/{step.name}.chunks"] = "\n".join(ranges) + "\n"
        files[f"steps/{step.name}.sh"] = _step_script(step, folder)
        lines.append(_sbatch(step, job, len(ranges), queue))
    lines.append('printf "%s\\n" "${id[@]}"\n')
    files["submit.sh"] = "".join(lines)
    return files


def command(folder: Path, job: Job) -> list[str]:
    """What sends the job."""
    return ["bash", str(folder / "submit.sh")]


def _sbatch(step: Step, job: Job, tasks: int, queue: str) -> str:
    needed = ":".join(f"${{id[{quote(name)}]}}" for name in step.needs)
    words = [f"  {word}" for word in _options(step, job, tasks, queue)]
    if needed:
        when = "afterany" if step.in_any_case else "afterok"
        words.append(f'  --dependency={when}:"{needed}" --kill-on-invalid-dep=yes')
    words.append(f"  {quote(f'steps/{step.name}.sh')}")
    return f"send {quote(step.name)} \\\n" + " \\\n".join(words) + "\n"


def _options(step: Step, job: Job, tasks: int, queue: str) -> Iterator[str]:
    resources = step.resources
    yield f"--job-name={quote(step.name)} --comment={quote(job.name)}"
    yield f"--output={'log/%x.%A_%a.log' if tasks else 'log/%x.%j.log'} --open-mode=append"
    yield f"--ntasks=1 --cpus-per-task={resources.cores} --mem={resources.memory}M"
    yield f"--time={-(-resources.seconds // 60)} --requeue"
    if resources.gpus:
        yield f"--gres=gpu:{resources.gpus}"
    if job.priority < 50:  # only an operator may raise it
        yield f"--nice={100 * (50 - job.priority)}"
    if queue:
        yield f"--partition={quote(queue)}"
    if step.goes_on:
        yield f"--signal=B:USR1@{_NOTICE}"
    if tasks:
        yield f"--array=0-{tasks - 1}"


def _step_script(step: Step, folder: Path) -> str:
    def spell(value: Value) -> str:
        if value is FRAMES:
            return '"$frames"'
        return quote(str(folder / value.text) if value.type == "FILE" else value.text)

    words = [
        (quote(word.before) if word.before else "")
        + ("" if word.value is None else spell(word.value))
        + (quote(word.after) if word.after else "")
        for word in step.words
    ]
    text = _STEP
    if step.frames:
        path = quote(f"steps/{step.name}.chunks")
        text += f'frames=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {path})\n'
    line = " \\\n  ".join(words)
    if step.goes_on:
        return f"{text}{_GOES_ON_BEGIN.replace('MOST', str(_MOST_STARTS))}{line}{_GOES_ON_END}"
    return f"{text}{_ONCE} {line}\n"
