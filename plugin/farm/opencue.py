"""OpenCue: the job's layers as data, and the script that hands them to pyoutline.

The script runs in the studio's own Python, the one that has pyoutline. It is the same for every
job: what differs stands in outline.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from platekey.core.errors import OptionError

from .frames import range_text
from .job import FRAMES, Job, Step, Value

_TOKEN = re.compile(r"#[A-Z]+#")  # what Cuebot puts a value in for: #FRAMESPEC#, #IFRAME# ...
_SCRIPT = "opencue_outline.py"


def layers(job: Job, folder: Path, queue: str) -> Mapping[str, str]:
    """The files of the job's folder: outline.json, and the script that submits it.

    Args:
        job: see Job.
        folder: where they will be.
        queue: OpenCue's show; "" for testing.

    Raises:
        OptionError: a path has what OpenCue would take for one of its tokens.
    """
    shot = re.sub(r"\W+", "_", job.name).strip("_").lower()[:32] or "shots"
    outline = {
        "name": f"platekey_{shot}",
        "show": queue or "testing",
        "shot": shot,
        "priority": job.priority,
        "layers": [_layer(step, folder) for step in job.steps],
    }
    script = Path(__file__).with_name(_SCRIPT).read_text(encoding="utf-8")
    text = json.dumps(outline, indent=1, ensure_ascii=False) + "\n"
    return {**job.files, "outline.json": text, _SCRIPT: script}


def command(folder: Path, job: Job) -> list[str]:
    """What submits the job."""
    return ["python3", str(folder / _SCRIPT), str(folder / "outline.json")]


def _layer(step: Step, folder: Path) -> dict[str, Any]:
    def spell(value: Value) -> str:
        text = str(folder / value.text) if value.type == "FILE" else value.text
        if _TOKEN.search(text):
            raise OptionError(f"{text!r} has what OpenCue takes for a token of its own; rename it.")
        return text

    words = []
    for word in step.without(lambda value: value.is_default).words:
        if word.value is FRAMES:
            words.append(quote(word.before) + "#FRAMESPEC#")
        else:
            words.append(quote(word.spelt(spell)))
    resources = step.resources
    return {
        "name": step.name,
        "command": words,  # joined with blanks to a line for a shell, so each has its quotes
        "range": range_text(step.frames) or "1",
        "chunk": step.chunk if step.frames else 1,
        "needs": list(step.needs),
        "memory": f"{resources.memory}m",
        "cores": resources.cores,
        "gpus": resources.gpus,
        "minutes": -(-resources.seconds // 60),
    }
