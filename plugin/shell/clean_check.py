"""`platekey clean --check PLATE CLEAN`: will this pair key? In plain words, with a picture."""

from __future__ import annotations

import argparse
import json
from typing import Any

from platekey.core.errors import OptionError

from .stop import stop_on_signal

_MARKS = {"good": "good  ", "usable": "usable", "bad": "BAD   "}


def add_check(parser: argparse.ArgumentParser) -> None:
    """Adds the option, and the clean plate that goes with it, after the plate."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="judge PLATE with its clean plate CLEAN instead of building one; "
        "-o picture.png draws what was found",
    )
    parser.add_argument(
        "checked", metavar="CLEAN", nargs="?", default="", help="with --check: the clean plate"
    )


def run_clean_check(args: argparse.Namespace) -> int:
    """Judges the pair and returns the exit code: 0 whatever the verdict."""
    from platekey.core.job.check import run_check
    from platekey.core.plate.findings import overall
    from platekey.core.review.canvas import FORMATS

    if not args.checked:
        raise OptionError(
            "--check needs two pictures; give platekey clean --check PLATE CLEAN, the clean plate "
            "after the plate."
        )
    if args.output and not args.output.lower().endswith(FORMATS):
        raise OptionError(
            f"output is {args.output}; with --check its name must end in {', '.join(FORMATS)}."
        )
    with stop_on_signal() as should_stop:
        checked = run_check(
            args.plate,
            args.checked,
            frames=args.frames,
            colorspace=getattr(args, "colorspace", None) or "",
            should_stop=should_stop,
        )
    verdict, sentence = overall(checked.findings)
    if args.output:
        _draw(checked, (verdict, sentence), args.output)
    if args.json:
        for finding in checked.findings:
            print(json.dumps({"finding": finding.name, **_plain(finding)}))
        print(json.dumps({"verdict": verdict.value, "sentence": sentence, "picture": args.output}))
        return 0
    for warning in checked.warnings:
        print(f"warning: {warning}")
    for finding in checked.findings:
        print(f"{_MARKS[finding.verdict.value]}  {finding.name:18}  {finding.sentence}")
        if finding.remedy:
            print(f"{'':28}-> {finding.remedy}")
    print(sentence)
    if args.output:
        print(args.output)
    return 0


def _draw(checked: Any, words: Any, path: str) -> None:
    """Draws the first frame that was looked at."""
    from platekey.core.plate.check import map_pair
    from platekey.core.review.pair_sheet import pair_sheet

    shown = checked.frames[0]
    plate, clean = (x[0].permute(1, 2, 0).numpy() for x in (shown.plate, shown.clean_plate))
    title = f"{checked.title}, frame {checked.numbers[0]}"
    pair_sheet(title, words, checked.findings, plate, clean, map_pair(shown)).save(path)


def _plain(finding: Any) -> dict[str, Any]:
    return {
        "verdict": finding.verdict.value,
        "figure": finding.figure,
        "unit": finding.unit,
        "sentence": finding.sentence,
        "remedy": finding.remedy,
    }
