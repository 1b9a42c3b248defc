"""`platekey lightstage`: truth, measured from photographs or packed from captures."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from . import lightstage_render, lightstage_samples, lightstage_sheet
from .job_options import SEQUENCES, add_job_options
from .reporters import reporter
from .stop import stop_on_signal


def add_parser(subparsers: Any) -> None:
    """Adds the command and its own subcommands."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "lightstage",
        help="measure true alpha and foreground of a captured subject; make training data",
        description="Makes truth for training and tests.",
        allow_abbrev=False,
    )
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    both = _add_task(
        tasks,
        "triangulate",
        "alpha and foreground of one subject before two backdrops (Smith & Blinn 1996)",
    )
    both.add_argument("plate", metavar="PLATE_1", help="the subject before the first backdrop")
    both.add_argument("clean_plate", metavar="CLEAN_1", help="the first backdrop alone")
    both.add_argument("second_plate", metavar="PLATE_2", help="the same before another backdrop")
    both.add_argument("second_clean_plate", metavar="CLEAN_2", help="the other backdrop alone")
    one = _add_task(
        tasks, "ratio", "alpha of an unlit subject before one lit backing: 1 - PLATE / CLEAN"
    )
    one.add_argument("plate", metavar="PLATE", help="the subject as a silhouette")
    one.add_argument("clean_plate", metavar="CLEAN", help="the lit backing alone")
    one.set_defaults(second_plate="", second_clean_plate="")
    lightstage_render.add_parsers(tasks)
    lightstage_samples.add_parsers(tasks)
    lightstage_sheet.add_parsers(tasks)


def _add_task(tasks: Any, name: str, description: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = tasks.add_parser(
        name, help=description, description=description, epilog=SEQUENCES, allow_abbrev=False
    )
    parser.set_defaults(run=run)
    add_job_options(parser, every_frame="every frame of the first plate")
    parser.add_argument(
        "--colorspace",
        default="",
        metavar="NAME",
        help="OCIO space of the pictures (default: each file's tag)",
    )
    parser.add_argument(
        "--nonfinite",
        choices=("refuse", "repair"),
        default="refuse",
        help="what happens to NaN and infinity",
    )
    parser.add_argument("--depth", choices=("half", "float"), default="half")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda:N")
    return parser


def run(args: argparse.Namespace) -> int:
    """Measures and returns the exit code."""
    from platekey.core.lightstage.truth.measure import MeasureRequest, run_measure
    from platekey.core.options import MatteOptions

    names = ("colorspace", "nonfinite", "depth", "device")
    request = MeasureRequest(
        plate=args.plate,
        clean_plate=args.clean_plate,
        output=args.output,
        second_plate=args.second_plate,
        second_clean_plate=args.second_clean_plate,
        frames=args.frames,
        overwrite=args.overwrite,
        options=MatteOptions.from_json({name: getattr(args, name) for name in names}),
    )
    logging.info("lightstage %s", request)
    told = reporter(as_json=args.json, journal=args.journal)
    with told as report, stop_on_signal() as should_stop:
        result = run_measure(request, report, should_stop)
        report(result)
    return result.exit_code
