"""The steps of a job, made of the nodes: clean, tune, solve, comp, review."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from platekey.core.errors import OptionError

from .frames import range_text
from .job import FRAMES, Job, Resources, Step, Value, Word
from .kinds import KINDS, STEPS, Kind
from .options import FarmOptions
from .settings import camel, option, setting_words
from .shots import Shot

Settings = Mapping[str, Mapping[str, Any]]  # by step, then by the parameter's name

_START = 300  # seconds that a task may take before its first frame
_TUNE_MORE = 1800  # seconds beside its hours: start, pictures, weights
_NIGHT_HOURS, _STEPS_HOURS = 8, 24  # of a tune without hours: its own usual end, or a limit
_REVIEW_MEMORY = 4096  # MiB
# control characters, line breaks of every kind, and halves of what is no UTF-8
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def make_job(
    name: str,
    shots: Sequence[tuple[Shot, tuple[int, ...]]],
    settings: Settings,
    options: FarmOptions,
    kinds: Sequence[str] = STEPS,
) -> Job:
    """Makes the job of some shots.

    Args:
        name: of the job, for people.
        shots: each with its frames in ascending order.
        settings: see Settings; what is not named has its default.
        options: see FarmOptions.
        kinds: the steps that are wanted, of those that a shot asks for.

    Raises:
        OptionError: no step is left, or a text has a line break or the like.
    """
    steps: list[Step] = []
    for shot, frames in shots:
        steps += _shot_steps(shot, frames, settings, options, kinds)
    if not steps:
        raise OptionError(f"the shots ask for none of the steps {', '.join(kinds)}; name others.")
    files = {}
    if options.report:
        told = [{"name": shot.name, "frames": range_text(frames)} for shot, frames in shots]
        files["shots.json"] = json.dumps(told, indent=1)
        steps.append(_report_step(steps, options))
    _check_text(name, steps)
    return Job(name, _shared(steps), options.priority, files=files)


def _check_text(name: str, steps: Sequence[Step]) -> None:
    """Refuses what would end a line in one of the files that engines read."""
    for text in (name, *(value.text for step in steps for value in step.values)):
        if _NO_TEXT.search(text):
            raise OptionError(f"{text!r} has a line break or the like; rename it.")


def _shot_steps(
    shot: Shot,
    frames: tuple[int, ...],
    settings: Settings,
    options: FarmOptions,
    kinds: Sequence[str],
) -> Iterator[Step]:
    names = {kind.name: f"{kind.name}_{shot.name}" for kind in KINDS}
    made = [kind for kind in KINDS if kind.name in kinds and getattr(shot, kind.asks)]
    for kind in made:
        before = [needed.name for needed in made if needed.name in kind.needs]
        yield Step(
            names[kind.name],
            tuple(_words(kind, shot, frames, settings.get(kind.name, {}), options)),
            _resources(kind, len(frames), settings.get(kind.name, {}), options),
            needs=tuple(names[needed] for needed in before),
            frames=frames if kind.by_frames else (),
            chunk=options.chunk,
            goes_on=kind.goes_on,
        )
    if options.report and any(kind.name == "solve" for kind in made):
        yield _review_step(shot, frames, [names[kind.name] for kind in made], options)


def _words(
    kind: Kind,
    shot: Shot,
    frames: tuple[int, ...],
    settings: Mapping[str, Any],
    options: FarmOptions,
) -> Iterator[Word]:
    yield _program(options)
    yield Word(kind.name)
    for item in kind.node.inputs:
        held = kind.inputs.get(item.name)
        if held is not None and getattr(shot, held):
            yield Word("" if item.required else option(item.name) + "=", _path(shot, held))
    yield Word("--output=", _path(shot, kind.output))
    yield Word("--frames=", FRAMES) if kind.by_frames else Word("--frames=" + range_text(frames))
    if kind.name == "solve" and shot.weights:
        settings = {**settings, "method": "network", "weights": ""}
        yield Word("--weights=", _path(shot, "weights"))
    yield from setting_words(kind.name, kind.node, settings)
    if kind.goes_on:
        yield Word("--resume")  # a tune starts anew where its folder is removed, never by a retry
        return
    if options.overwrite:
        yield Word("--overwrite")
    if options.report:
        yield _in_report("--journal=", options, f"/{shot.name}/{kind.name}")


def _review_step(
    shot: Shot, frames: tuple[int, ...], needs: Sequence[str], options: FarmOptions
) -> Step:
    words = (
        _program(options),
        Word("review"),
        Word("", _path(shot, "output")),
        Word("--plate=", _path(shot, "plate")),
        Word("--clean=", _path(shot, "clean_plate")),
        Word("--expected=" + range_text(frames)),
        _in_report("--output=", options, f"/{shot.name}/sheet.jpg"),
        _in_report("--findings=", options, f"/{shot.name}/findings.json"),
    )
    seconds = _START + round(len(frames) * options.minutes * 6)  # a tenth of what a solve may take
    return Step(
        f"review_{shot.name}",
        words,
        Resources(min(options.memory, _REVIEW_MEMORY), 1, 0, seconds),
        needs=tuple(needs),
        in_any_case=True,
    )


def _report_step(steps: Sequence[Step], options: FarmOptions) -> Step:
    needed = {name for step in steps for name in step.needs}
    last = tuple(step.name for step in steps if step.name not in needed)
    words = (
        _program(options),
        Word("report"),
        _in_report("", options, ""),
        Word("--shots=", Value("Shots", "shots.json", "FILE")),
    )
    seconds = _START + 60
    return Step(
        "report",
        words,
        Resources(min(options.memory, 1024), 1, 0, seconds),
        needs=last,
        in_any_case=True,
    )


def _resources(
    kind: Kind, frames: int, settings: Mapping[str, Any], options: FarmOptions
) -> Resources:
    a_task = min(options.chunk, frames) if kind.by_frames else frames
    gpus = options.gpus if kind.name in ("solve", "tune") else 0
    seconds = _START + round(a_task * options.minutes * 60)
    if kind.name == "tune":
        hours = settings.get("hours") or (_STEPS_HOURS if settings.get("steps") else _NIGHT_HOURS)
        seconds = _TUNE_MORE + round(hours * 3600)
    return Resources(options.memory, options.cores, gpus, seconds)


def _path(shot: Shot, name: str) -> Value:
    """A path of a shot: one value, whichever step reads or writes it."""
    written = any(kind.output == name and getattr(shot, kind.asks) for kind in KINDS)
    return Value(camel(name), getattr(shot, name), "PATH", is_output=written)


def _program(options: FarmOptions) -> Word:
    return Word("", Value("Platekey", options.program))


def _in_report(before: str, options: FarmOptions, after: str) -> Word:
    folder = Value("Report", options.report, "PATH", is_output=True, is_folder=True)
    return Word(before, folder, after)


def _shared(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Marks what differs between steps as theirs; the rest is the whole job's."""
    texts: dict[str, set[str]] = {}
    for step in steps:
        for value in step.values:
            texts.setdefault(value.name, set()).add(value.text)

    def marked(word: Word) -> Word:
        if word.value is None or len(texts.get(word.value.name, ())) < 2:
            return word
        return replace(word, value=replace(word.value, is_shared=False))

    return tuple(replace(step, words=tuple(map(marked, step.words))) for step in steps)
