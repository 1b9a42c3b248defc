"""The messages between a host, or the command line, and the core. Standard library, Python 3.7.

One JSON object a line, each with a `type`. A host sends `Hello`, `Request`, `Cancel`, `Status` and
`Shutdown`; the worker answers with the events below. Jobs run in one process emit the very same
events, so `platekey solve --json` and the worker print the same lines. Pixels never travel here:
`Request.pixels` names how they are handed over, and today that is files only.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional, Type

VERSION = 1
PIXEL_TRANSPORTS = ("files",)  # "shared_memory" is free for an OpenFX client


@dataclass(frozen=True)
class Hello:
    """First line of both sides."""

    version: int = VERSION
    software: str = ""
    pixel_transports: List[str] = field(default_factory=lambda: list(PIXEL_TRANSPORTS))


@dataclass(frozen=True)
class Request:
    """A job: `task` is "solve"; `arguments` are those of the task (core/job/request.py)."""

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
    "frame_failed": FrameFailed,
    "result": Result,
    "error": Error,
}
_NAMES: Dict[Type[Any], str] = {kind: name for name, kind in _TYPES.items()}
