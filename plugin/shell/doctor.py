"""`platekey doctor`: says what is installed, what works, and what to do about the rest."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from platekey.nodes.matte import MATTE

from . import diagnosis
from .diagnosis import Finding, Verdict
from .self_check import self_check


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="check the installation and the machine",
        description="Looks at packages, devices, colour config, ffmpeg and folders, and mattes "
        "one made-up frame. Ends with 0, with 6 if only a device fails, else with 1.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--device",
        type=MATTE.parameter("device").check,
        default="auto",
        help="where the made-up frame is solved: auto, cpu, cuda or cuda:N (default auto)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(args: argparse.Namespace) -> int:
    """Tells every finding as it comes and returns the exit code."""
    failed = []
    for finding in _findings(args.device):
        _tell(finding, as_json=args.json)
        if finding.verdict is Verdict.FAIL:
            failed.append(finding.exit_code)
    if not args.json:
        print(f"\n{len(failed)} failed" if failed else "\nplatekey is fit to work")
    if not failed:
        return 0
    return 6 if set(failed) == {6} else 1


def _findings(device: str) -> Iterator[Finding]:
    looks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("installation", diagnosis.installation),
        ("memory", diagnosis.memory),
        ("devices", diagnosis.devices),
        ("colour config", diagnosis.colour_config),
        ("ffmpeg", diagnosis.ffmpeg),
        ("folders", diagnosis.folders),
        ("nuke", diagnosis.nuke),
        ("self-check", partial(self_check, device)),
    )
    for subject, look in looks:
        yield from diagnosis.guarded(subject, look)


def _tell(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        values = {
            "type": "finding",
            "subject": finding.subject,
            "verdict": finding.verdict.value,
            "text": finding.text,
            "remedy": finding.remedy,
        }
        print(json.dumps(values), flush=True)
        return
    print(f"{finding.verdict.value:<5} {finding.subject:<24} {finding.text}", flush=True)
    if finding.remedy:
        print(f"{'':<30} {finding.remedy}", flush=True)
