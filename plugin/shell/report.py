"""`platekey report`: how a farm's job went, from what its tasks left in the report's folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from platekey.core import protocol
from platekey.core.errors import MissingFrame, UnreadableFile

from .findings import write_json, write_text
from .journal import read_journal
from .report_page import page

_LONGEST_NAME = 60  # characters, as a list of shots has it


@dataclass
class StepReport:
    """How a step of a shot went; a frame that was made again counts as it ended.

    Attributes:
        done: frames that are written, or were whole already.
        failed: frames that failed, with the last message of each.
        seconds: of each frame that was made, as it was made last.
        memory_mib: the most that a process held.
        hosts: the machines.
        warnings: different ones, in their order.
        tasks: processes that came to their end.
    """

    done: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    memory_mib: float = 0.0
    hosts: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    tasks: int = 0

    def take(self, host: str, event: Any) -> None:
        """Adds one message."""
        self.hosts.add(host)
        if isinstance(event, protocol.FrameDone):
            self.done.add(event.frame)
            self.failed.pop(event.frame, None)
            if not event.skipped:
                self.seconds[event.frame] = event.seconds
                self.memory_mib = max(self.memory_mib, event.memory_mib)
        elif isinstance(event, protocol.FrameFailed):
            self.failed[event.frame] = event.message
            self.done.discard(event.frame)
        elif isinstance(event, protocol.Warning) and event.message not in self.warnings:
            self.warnings.append(event.message)
        elif isinstance(event, protocol.Result):
            self.tasks += 1

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, frames in order."""
        return {
            **asdict(self),
            "done": sorted(self.done),
            "failed": {str(frame): self.failed[frame] for frame in sorted(self.failed)},
            "seconds": {str(frame): self.seconds[frame] for frame in sorted(self.seconds)},
            "hosts": sorted(self.hosts),
        }


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "report",
        help="tell how a farm's job went",
        description="Gathers what the tasks of a farm's job left in the report's folder into "
        "report.html and report.json there. It can be called at any time.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="FOLDER", help="what platekey submit had as --report")
    parser.add_argument(
        "--shots",
        default="",
        metavar="FILE",
        help="shots.json of the job, so that what never began is told too (default: what is found)",
    )


def run(args: argparse.Namespace) -> int:
    """Writes the report and returns the exit code."""
    folder = Path(args.folder)
    if not folder.is_dir():
        raise MissingFrame(f"the report's folder {folder} does not exist; check the path.")
    shots = [_shot(folder, name, frames) for name, frames in _expected(folder, args.shots)]
    write_json(folder / "report.json", {"shots": shots})
    write_text(folder / "report.html", page(shots))
    for shot in shots:
        print(sentence(shot))
    print(folder / "report.html")
    return 0


def sentence(shot: dict[str, Any]) -> str:
    """How a shot went, for the terminal."""
    solve = shot["steps"].get("solve", StepReport().to_json())
    text = f"{shot['name']}: {len(solve['done'])} of {len(shot['expected'])} frames"
    for what, frames in (("failed", solve["failed"]), ("to look at", shot["flagged"])):
        if frames:
            text += f", {len(frames)} {what}: {' '.join(frames)}"
    return text


def _expected(folder: Path, shots: str) -> Iterable[tuple[str, list[int]]]:
    """Names and frames of the shots; without a list, of those that left something."""
    from platekey.core.frames.sequence import parse_frame_range

    if not shots:
        return [(path.name, []) for path in sorted(folder.iterdir()) if path.is_dir()]
    try:
        listed = json.loads(Path(shots).read_text(encoding="utf-8"))
        return [(_name(item["name"]), list(parse_frame_range(item["frames"]))) for item in listed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFile(f"{shots} is no list of shots of a job ({error}).") from error


def _name(name: str) -> str:
    """The name of a shot, which is a folder's; raises ValueError or TypeError for any other."""
    is_name = Path(name).name == name and name not in ("", "..") and name.isprintable()
    if not is_name or len(name) > _LONGEST_NAME:
        raise ValueError(f"{name!r} is no shot's name")
    return name


def _shot(folder: Path, name: str, expected: list[int]) -> dict[str, Any]:
    steps = {}
    for path in sorted((folder / name).glob("*/")):
        step = StepReport()
        for host, event in read_journal(path):
            step.take(host, event)
        if step.hosts:
            steps[path.name] = step.to_json()
    found = _findings(folder / name / "findings.json")
    solve = steps.get("solve", StepReport().to_json())
    return {
        "name": name,
        "expected": expected or sorted({*solve["done"], *map(int, solve["failed"])}),
        "steps": steps,
        "flagged": found["flagged"],
        "missing": found["missing"],
        "sheet": f"{name}/{found['sheet']}" if found["sheet"] else "",
    }


def _findings(path: Path) -> dict[str, Any]:
    """Flags by frame, missing frames and sheet of a shot's review; empty where it did not run."""
    if not path.exists():
        return {"flagged": {}, "missing": [], "sheet": ""}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = [(int(item["frame"]), list(map(str, item["flags"]))) for item in found["frames"]]
        return {
            "flagged": {str(frame): flags for frame, flags in rows if flags},
            "missing": [int(frame) for frame in found["missing"]],
            "sheet": Path(str(found["sheet"])).name,
        }
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableFile(f"{path} is damaged ({error}); run the review again.") from error
