"""The messages between a host, or the command line, and the core. Standard library, Python 3.7.

One JSON object a line, each with a `type`. A host sends `Hello`, `Request`, `Cancel`, `Status` and
`Shutdown`; the worker answers with the events below. Jobs run in one process emit the very same
events, so `platekey solve --json` and the worker print the same lines. Pixels never travel here:
`Request.pixels` names how they are handed over, and today that is files only.
"""

import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Dict, List, Optional, Tuple, Type, Union

from .errors import BadMessage

VERSION = 1
LONGEST_LINE = 1 << 20  # characters; a request is a few hundred, a trace some thousands
PIXEL_TRANSPORTS = ("files",)  # "shared_memory" is free for an OpenFX client


@dataclass(frozen=True)
class Hello:
    """First line of both sides, sent without waiting for the other's. `log` is the worker's."""

    version: int = VERSION
    software: str = ""
    log: str = ""
    pixel_transports: List[str] = field(default_factory=lambda: list(PIXEL_TRANSPORTS))


@dataclass(frozen=True)
class Request:
    """A job: `task` names what is to be done; `arguments` are those of its request in core/job."""

    id: int
    task: str
    arguments: Dict[str, Any] = field(default_factory=dict)
    pixels: str = "files"


@dataclass(frozen=True)
class Cancel:
    """Stops request `id` within a frame."""

    id: int


@dataclass(frozen=True)
class Status:
    """Asks what the worker does now; answered by `StatusReply` at once, even during a job."""


@dataclass(frozen=True)
class Shutdown:
    """Ends the worker after cancelling what runs."""


@dataclass(frozen=True)
class StatusReply:
    """What the worker does: ids running and waiting, resident memory in MiB, the log file."""

    running: Optional[int] = None
    waiting: List[int] = field(default_factory=list)
    memory_mib: float = 0.0
    log: str = ""


@dataclass(frozen=True)
class Progress:
    """Part of the job that is done, 0 to 1, with a sentence for a progress bar."""

    done: float
    message: str = ""
    id: int = 0


@dataclass(frozen=True)
class Warning:  # noqa: A001  the wire name is "warning", as artists know it
    """Something the artist should know, that stops nothing."""

    message: str
    frame: Optional[int] = None
    id: int = 0


@dataclass(frozen=True)
class FrameDone:
    """One frame is whole on disk, or was already (`skipped`).

    `report` holds every estimate of the conditioning and the solver's figures.
    """

    frame: int
    outputs: Dict[str, str]  # pass name ("rgba" or "exr") to path
    seconds: float = 0.0
    memory_mib: float = 0.0
    skipped: bool = False
    report: Dict[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True)
class Trained:
    """How a fine-tune goes: its step, figures by name, and the pictures and files it has written.

    `figures` are the losses, scores, images a second and seconds left; `message` is for a person.
    """

    step: int
    message: str = ""
    figures: Dict[str, float] = field(default_factory=dict)
    outputs: Dict[str, str] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True)
class FrameFailed:
    """One frame could not be made; the others go on."""

    frame: int
    kind: str
    message: str
    id: int = 0


@dataclass(frozen=True)
class Result:
    """The job came to its end. `failed` frames are named; exit_code as in DESIGN.md."""

    exit_code: int
    written: List[int] = field(default_factory=list)
    skipped: List[int] = field(default_factory=list)
    failed: List[int] = field(default_factory=list)
    seconds: float = 0.0
    id: int = 0


@dataclass(frozen=True)
class Error:
    """The job, or a line that was no request, was refused. `log` is where the trace is."""

    kind: str
    message: str
    exit_code: int = 1
    detail: str = ""
    log: str = ""
    id: int = 0


_TYPES: Dict[str, Type[Any]] = {
    "hello": Hello,
    "request": Request,
    "cancel": Cancel,
    "status": Status,
    "shutdown": Shutdown,
    "status_reply": StatusReply,
    "progress": Progress,
    "warning": Warning,
    "frame_done": FrameDone,
    "trained": Trained,
    "frame_failed": FrameFailed,
    "result": Result,
    "error": Error,
}
_NAMES: Dict[Type[Any], str] = {kind: name for name, kind in _TYPES.items()}


def encode(message: Any) -> str:
    """Returns the message as one line of JSON, without the newline.

    Raises:
        BadMessage: no message of this protocol, or one that JSON or LONGEST_LINE cannot hold.
    """
    name = _NAMES.get(type(message))
    if name is None:
        raise BadMessage(f"{type(message).__name__} is no message; send one of {_known()}.")
    try:
        line = json.dumps({"type": name, **asdict(message)}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadMessage(f"{name} cannot be written as JSON: {error}.") from error
    _check_length(line)
    return line


def decode(line: str) -> Any:
    """Returns the message that a line holds, with every field checked.

    Of a `hello` of another version only the version is taken, so that it can be told apart.

    Raises:
        BadMessage: too long, no JSON object, an unknown type, or fields that do not belong.
    """
    _check_length(line)
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"the line is no JSON: {line[:60]!r}; send one object a line.") from error
    if not isinstance(values, dict):
        raise BadMessage(f"the line is no JSON object: {line[:60]!r}; send one object a line.")
    name = values.pop("type", None)
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadMessage(f"type is {str(name)[:60]!r}; it must be one of {_known()}.")
    version = values.get("version")
    if kind is Hello and isinstance(version, int) and version != VERSION:
        return Hello(version=version)
    _check_fields(str(name), kind, values)
    return kind(**values)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _known() -> str:
    return ", ".join(sorted(_TYPES))


def _check_length(line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise BadMessage(
            f"the line has {len(line)} characters; send at most {LONGEST_LINE}; pixels are files."
        )


def _check_fields(name: str, kind: Type[Any], values: Dict[str, Any]) -> None:
    expected = {item.name: item for item in fields(kind)}
    unknown = sorted(set(values) - set(expected))
    if unknown:
        raise BadMessage(
            f"{name} has unknown fields {', '.join(unknown)}; known are {', '.join(expected)}."
        )
    for item in expected.values():
        if item.name not in values:
            if item.default is MISSING and item.default_factory is MISSING:
                raise BadMessage(f"{name} has no {item.name}; it needs one.")
        elif not _fits(values[item.name], item.type):
            got = str(values[item.name])[:60]
            wanted = getattr(item.type, "__name__", str(item.type))
            raise BadMessage(f"{item.name} of {name} is {got!r}; it must be {wanted}.")


def _fits(value: Any, expected: Any) -> bool:
    """Whether a JSON value is of a field's annotated type (typing.get_origin is not in 3.7)."""
    origin = getattr(expected, "__origin__", None)
    parts: Tuple[Any, ...] = getattr(expected, "__args__", ())
    if expected is Any:
        return True
    if origin is Union:
        return any(_fits(value, part) for part in parts)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, parts[1]) for item in value.values())
    if expected in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if expected is float else expected)
