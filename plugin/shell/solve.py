"""`platekey solve`: one shot, from plate and clean plate to EXRs."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from platekey.nodes.matte import MATTE

from .job_options import SEQUENCES, add_job_options
from .node_options import add_inputs, add_parameters, input_values, parameter_values
from .reporters import reporter
from .stop import stop_on_signal


def add_parser(subparsers: Any) -> None:
    """Adds the command, generated from the matte node."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "solve",
        help="matte a shot from its plate and clean plate",
        description=MATTE.description,
        epilog=SEQUENCES,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_inputs(parser, MATTE)
    add_job_options(parser, every_frame="every plate frame found")
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
    told = reporter(as_json=args.json, journal=args.journal)
    with told as report, stop_on_signal() as should_stop:
        result = run_solve(request, report, should_stop)
        report(result)
    return result.exit_code
