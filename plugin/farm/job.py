"""A farm job as every engine can take it: steps with commands, frames and dependencies.

A command is a list of words, and a word may hold a value. An engine writes the value out, or, where
it knows parameters of its own, names it, so that it can be changed or mapped to another machine's
folders without a new submission. Nothing here is ever a shell's text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from platekey.nodes.declaration import Parameter


@dataclass(frozen=True)
class Value:
    """What a word of a command holds.

    Attributes:
        name: of the engine's parameter; an identifier.
        text: as it stands on the command line.
        type: PATH, STRING, INT or FLOAT, as Open Job Description names them; FILE for one of the
            job's own files.
        is_shared: the same in the whole job, not of one shot.
        is_output: a path that is written.
        is_folder: a path that is a folder.
        is_default: what the command does without the word.
        parameter: its declaration, where it has one.
    """

    name: str
    text: str
    type: str = "STRING"
    is_shared: bool = True
    is_output: bool = False
    is_folder: bool = False
    is_default: bool = False
    parameter: Parameter | None = None


FRAMES = Value("Frame", "")  # the frames of a task: each engine has its own way to name them


@dataclass(frozen=True)
class Word:
    """One argument: text, then a value or none, then text."""

    before: str
    value: Value | None = None
    after: str = ""

    def spelt(self, spell: Callable[[Value], str]) -> str:
        """The argument with `spell` of its value."""
        return self.before + ("" if self.value is None else spell(self.value)) + self.after


@dataclass(frozen=True)
class Resources:
    """What a task needs of a machine.

    Attributes:
        memory: MiB.
        cores: of the processor.
        gpus: graphics cards; 0 runs on the processor.
        seconds: after which the task is told to end, and then killed.
    """

    memory: int
    cores: int
    gpus: int
    seconds: int


@dataclass(frozen=True)
class Step:
    """A command that is run once, or once for each chunk of frames.

    Attributes:
        name: unique in the job; letters, digits and . _ - only.
        words: of the command, the program first.
        resources: see Resources.
        needs: names of the steps that have to be done before.
        frames: in order; empty for a command that is run once.
        chunk: frames a task, at most.
        in_any_case: runs where a step that it needs has failed too, on engines that can do so.
        goes_on: started again it goes on where it was stopped, after a time limit too.
    """

    name: str
    words: tuple[Word, ...]
    resources: Resources
    needs: tuple[str, ...] = ()
    frames: tuple[int, ...] = ()
    chunk: int = 1
    in_any_case: bool = False
    goes_on: bool = False

    @property
    def values(self) -> tuple[Value, ...]:
        """The values in its words, without the frames."""
        found = (word.value for word in self.words)
        return tuple(value for value in found if value is not None and value is not FRAMES)

    def without(self, dropped: Callable[[Value], bool]) -> Step:
        """The step without the words whose value is `dropped`."""
        kept = (word for word in self.words if word.value is None or not dropped(word.value))
        return replace(self, words=tuple(kept))


@dataclass(frozen=True)
class Job:
    """A whole job.

    Attributes:
        name: for people; any text of one line.
        steps: in an order in which they could be run one after the other.
        priority: 0 to 100.
        inputs: every file that the steps read, for engines that carry files.
        files: names and texts of small files that the steps read, as values of type FILE.
    """

    name: str
    steps: tuple[Step, ...]
    priority: int = 50
    inputs: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    def values(self) -> tuple[Value, ...]:
        """The values that the whole job shares, each once, in the order of their first use."""
        found = (value for step in self.steps for value in step.values)
        return tuple(dict.fromkeys(value for value in found if value.is_shared))


def command(step: Step, frames: str) -> list[str]:
    """The arguments of a task with every value written out."""
    return [word.spelt(lambda v: frames if v is FRAMES else v.text) for word in step.words]
