"""`platekey doctor`: says what is installed, what works, and what to do about the rest."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from platekey.nodes.matte import MATTE

from . import diagnosis, diagnosis_hosts
from .diagnosis import Finding, Verdict
from .self_check import self_check
from .support import write_bundle


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="check the installation and the machine",
        description="Looks at packages, devices, colour config, ffmpeg, folders, hosts and the "
        "worker, and mattes one made-up frame. Ends with 0, with 6 if only a device fails, else "
        "with 1.",
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
    parser.add_argument(
        "--bundle",
        metavar="FILE.zip",
        help="also writes findings, versions, settings and logs for support, without the names of "
        "user, home and machine, addresses and secrets",
    )


def run(args: argparse.Namespace) -> int:
    """Tells every finding as it comes and returns the exit code."""
    failed = []
    findings = []
    for finding in _findings(args.device):
        _tell(finding, as_json=args.json)
        findings.append(finding)
        if finding.verdict is Verdict.FAIL:
            failed.append(finding.exit_code)
    if not args.json:
        print(f"\n{len(failed)} failed" if failed else "\nplatekey is fit to work")
    if args.bundle:
        stream = sys.stderr if args.json else sys.stdout
        print(f"\n{args.bundle} holds:", file=stream)
        for name, what in write_bundle(Path(args.bundle), findings):
            print(f"  {name:<24} {what}", file=stream)
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
        ("installation", diagnosis_hosts.installed_files),
        ("nuke", diagnosis_hosts.nuke),
        ("blender", diagnosis_hosts.blender),
        ("worker", diagnosis_hosts.worker),
        ("self-check", partial(self_check, device)),
    )
    for subject, look in looks:
        yield from diagnosis.guarded(subject, look)


def _tell(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(finding.as_json()), flush=True)
        return
    print(f"{finding.verdict.value:<5} {finding.subject:<24} {finding.text}", flush=True)
    if finding.remedy:
        print(f"{'':<30} {finding.remedy}", flush=True)
