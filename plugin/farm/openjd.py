"""Open Job Description 2023-09 with task chunking: the template, and the bundle around it.

A bundle is a folder with template.json, parameter_values.json and asset_references.json (JSON is
YAML as well). What all shots share is a parameter of the job; what differs is a parameter of the
tasks of its step. Both are mapped to a machine's own folders where their type is PATH.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from platekey.core.errors import OptionError
from platekey.nodes.declaration import Kind, Parameter

from .frames import range_text
from .job import FRAMES, Job, Step, Value
from .settings import switches

MOST_PARAMETERS = 50  # of a job, without an extension that farms may lack
_NOTICE = 120  # seconds between the notice and the end: enough to finish a frame, or a checkpoint
_LONGEST_NAME = 128  # of a job
_PATTERN = re.compile(r"#|@|%\d*d|\$F")
_CHUNK = "ChunkSize"


def bundle(job: Job) -> dict[str, str]:
    """The files of the job's bundle: names to texts.

    `openjd-parameters.json` is for the command `openjd run`, which does not read the bundle's own
    parameter values.

    Raises:
        OptionError: a text that Open Job Description would take for a reference of its own.
    """
    job = within_limits(job)
    values = {value.name: _native(value) for value in _parameters(job)}
    values[_CHUNK] = max(step.chunk for step in job.steps)
    named = [{"name": name, "value": value} for name, value in values.items()]
    named.append({"name": "deadline:priority", "value": job.priority})
    outputs = sorted(
        {
            value.text if value.is_folder else os.path.dirname(value.text)
            for step in job.steps
            for value in step.values
            if value.is_output
        }
    )
    references = {
        "inputs": {"filenames": sorted(job.inputs), "directories": []},
        "outputs": {"directories": outputs},
        "referencedPaths": [],
    }
    return {
        **job.files,
        "template.json": _pretty(template(job)),
        "parameter_values.json": _pretty({"parameterValues": named}),
        "asset_references.json": _pretty({"assetReferences": references}),
        "openjd-parameters.json": _pretty(values),
    }


def within_limits(job: Job) -> Job:
    """The job without words that change nothing, if it had too many parameters with them."""
    if len(_parameters(job)) < MOST_PARAMETERS:  # one is the chunk size
        return job
    return replace(job, steps=tuple(s.without(lambda v: v.is_default) for s in job.steps))


def template(job: Job) -> dict[str, Any]:
    """The job template, as plain JSON values."""
    definitions = [_definition(value) for value in _parameters(job)]
    chunk = {"name": _CHUNK, "type": "INT", "default": max(step.chunk for step in job.steps)}
    chunk["minValue"] = 1
    chunk["description"] = "Frames a task, at most. No pixel depends on it."
    chunk["userInterface"] = {"control": "SPIN_BOX", "label": "Frames a task", "groupLabel": "Farm"}
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": _literal(job.name)[:_LONGEST_NAME],
        "parameterDefinitions": [*definitions, chunk],
        "steps": [_step(step, job) for step in job.steps],
    }


def _parameters(job: Job) -> list[Value]:
    return [value for value in job.values() if value.type != "FILE"]


def _definition(value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {"name": value.name, "type": value.type}
    if value.type == "PATH":
        is_pattern = bool(_PATTERN.search(os.path.basename(value.text)))
        found["objectType"] = "DIRECTORY" if value.is_folder else "FILE"
        # a pattern is no file that could be carried; the bundle's asset references name the frames
        found["dataFlow"] = "OUT" if value.is_output else "NONE" if is_pattern else "IN"
        return found
    if value.name == "Platekey":
        found["description"] = "The platekey command on the farm's machines."
    parameter = value.parameter
    if parameter is not None:
        found.update(_declared(parameter, value))
    found["default"] = _native(value)
    return found


def _declared(parameter: Parameter, value: Value) -> Iterator[tuple[str, Any]]:
    """What a node's declaration says of a parameter."""
    yield "description", parameter.tooltip
    shown = {"label": parameter.label[:64], "groupLabel": parameter.group[:64]}
    allowed = parameter.values
    if parameter.kind is Kind.BOOL:
        allowed = switches(parameter)
    if allowed:
        yield "allowedValues", list(allowed)
    elif parameter.kind in (Kind.INT, Kind.FLOAT) and value.type != "STRING":
        numbers = [n for n in (parameter.minimum, parameter.automatic) if n is not None]
        kind = int if parameter.kind is Kind.INT else float
        if numbers:
            yield "minValue", kind(min(numbers))
        if parameter.maximum is not None:
            yield "maxValue", kind(parameter.maximum)
    control = "DROPDOWN_LIST" if allowed else "LINE_EDIT" if value.type == "STRING" else "SPIN_BOX"
    yield "userInterface", {"control": control, **shown}


def _step(step: Step, job: Job) -> dict[str, Any]:
    program, *words = [word.spelt(_reference) for word in map(_escaped, step.words)]
    script: dict[str, Any] = {
        "actions": {
            "onRun": {
                "command": program,
                "args": words,
                "timeout": step.resources.seconds,
                "cancelation": {
                    "mode": "NOTIFY_THEN_TERMINATE",
                    "notifyPeriodInSeconds": _NOTICE,
                },
            }
        }
    }
    files = [value for value in step.values if value.type == "FILE"]
    if files:
        script["embeddedFiles"] = [
            {
                "name": value.name,
                "type": "TEXT",
                "filename": value.text,
                "data": _literal(job.files[value.text]),
            }
            for value in files
        ]
    found: dict[str, Any] = {"name": step.name, "script": script}
    if step.needs:
        found["dependencies"] = [{"dependsOn": name} for name in step.needs]
    space = list(_task_parameters(step))
    if space:
        found["parameterSpace"] = {"taskParameterDefinitions": space}
    resources = step.resources
    amounts = [
        {"name": "amount.worker.vcpu", "min": resources.cores},
        {"name": "amount.worker.memory", "min": resources.memory},
    ]
    if resources.gpus:
        amounts.append({"name": "amount.worker.gpu", "min": resources.gpus})
    found["hostRequirements"] = {"amounts": amounts}
    return found


def _task_parameters(step: Step) -> Iterator[dict[str, Any]]:
    own = dict.fromkeys(v for v in step.values if not v.is_shared)
    for value in own:
        yield {"name": value.name, "type": value.type, "range": [_literal(_native(value))]}
    if step.frames:
        yield {
            "name": FRAMES.name,
            "type": "CHUNK[INT]",
            "range": range_text(step.frames, ":"),
            "chunks": {
                "defaultTaskCount": "{{Param." + _CHUNK + "}}",
                "targetRuntimeSeconds": 0,
                "rangeConstraint": "NONCONTIGUOUS",
            },
        }


def _reference(value: Value) -> str:
    if value.type == "FILE":
        return "{{Task.File." + value.name + "}}"
    scope = "Param" if value.is_shared and value is not FRAMES else "Task.Param"
    return "{{" + scope + "." + value.name + "}}"


def _escaped(word: Any) -> Any:
    _literal(word.before + word.after)
    return word


def _literal(text: Any) -> Any:
    """The text, if it has nothing that stands for a reference: there is no way to escape that.

    Raises:
        OptionError: it has.
    """
    if isinstance(text, str) and "{{" in text:
        raise OptionError(
            f"{text!r} holds two opening braces, which Open Job Description takes for a reference "
            "to a parameter; rename it."
        )
    return text


def _native(value: Value) -> Any:
    if value.type == "INT":
        return int(value.text)
    return float(value.text) if value.type == "FLOAT" else value.text


def _pretty(values: Any) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"
