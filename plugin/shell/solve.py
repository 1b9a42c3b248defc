"""`platekey solve`: one shot, from plate and clean plate to EXRs."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from platekey.nodes.matte import MATTE

from .node_options import add_inputs, add_parameters, input_values, parameter_values
from .reporters import reporter
from .stop import stop_on_signal

_EPILOG = """sequences: name.%04d.exr, name.####.exr, name.@@@@.exr, a single file, or a movie.
Finished frames are skipped on a re-run if they are whole and were made with the same settings."""


def add_parser(subparsers: Any) -> None:
    """Adds the command, generated from the matte node."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "solve",
        help="matte a shot from its plate and clean plate",
        description=MATTE.description,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_inputs(parser, MATTE)
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="sequence or file that is written"
    )
    parser.add_argument(
        "--frames",
        default="",
        metavar="RANGE",
        help="1001-1100, 1001-1100x2 or 1001,1005-1010 (default: every plate frame found)",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="make finished frames again, and replace pictures that are not platekey's",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_parameters(parser, MATTE)


def run(args: argparse.Namespace) -> int:
    """Solves and returns the exit code."""
    from platekey.core.job.request import SolveRequest  # torch takes seconds to import
    from platekey.core.job.solve import run_solve

    request = SolveRequest.from_json(
        {
            **input_values(args, MATTE),
            "output": args.output,
            "frames": args.frames,
            "overwrite": args.overwrite,
            "options": parameter_values(args, MATTE),
        }
    )
    logging.info("solve %s", request)
    with reporter(as_json=args.json) as report, stop_on_signal() as should_stop:
        result = run_solve(request, report, should_stop)
        report(result)
    return result.exit_code
