"""`platekey clean`: a clean plate from footage, to EXRs."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from platekey.core.errors import OptionError
from platekey.nodes.clean import CLEAN

from .clean_check import add_check, run_clean_check
from .job_options import SEQUENCES, add_job_options
from .node_options import add_inputs, add_parameters, input_values, parameter_values
from .reporters import reporter
from .stop import stop_on_signal


def add_parser(subparsers: Any) -> None:
    """Adds the command, generated from the clean node."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "clean",
        help="build the clean plate that a shot lacks",
        description=CLEAN.description,
        epilog=SEQUENCES,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_inputs(parser, CLEAN)
    add_check(parser)
    parser.add_argument(
        "--from", dest="source", metavar="SEQ", default="", help="the same as --source"
    )
    parser.add_argument(
        "--clean-frames",
        default="",
        metavar="RANGE",
        help="frames without the subject: of --source if it is given, else of the plate itself",
    )
    # a check takes no output: without one a build is refused by its request
    add_job_options(parser, every_frame="every plate frame found", needs_output=False)
    add_parameters(parser, CLEAN)


def run(args: argparse.Namespace) -> int:
    """Builds, or judges a pair with --check, and returns the exit code."""
    if args.check:
        return run_clean_check(args)
    if args.checked:
        raise OptionError(
            f"{args.checked} is given beside the plate; a second picture goes with --check alone, "
            "and other footage with --from."
        )
    from platekey.core.job.clean import run_clean  # torch takes seconds to import
    from platekey.core.job.clean_request import CleanRequest

    request = CleanRequest.from_json(
        {
            **input_values(args, CLEAN),
            "output": args.output,
            "frames": args.frames,
            "clean_frames": args.clean_frames,
            "overwrite": args.overwrite,
            "options": parameter_values(args, CLEAN),
        }
    )
    logging.info("clean %s", request)
    told = reporter(as_json=args.json, journal=args.journal)
    with told as report, stop_on_signal() as should_stop:
        result = run_clean(request, report, should_stop)
        report(result)
    return result.exit_code
