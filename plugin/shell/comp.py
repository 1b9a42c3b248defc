"""`platekey comp`: one shot's mattes over a new background, to EXRs."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from platekey.nodes.comp import COMP

from .job_options import SEQUENCES, add_job_options
from .node_options import add_inputs, add_parameters, input_values, parameter_values
from .reporters import reporter
from .stop import stop_on_signal

_ANIMATION = """animation: every option with a number also takes keys, frame:value, with straight
lines between them: --wrap 1001:0.2,1010:0.8"""


def add_parser(subparsers: Any) -> None:
    """Adds the command, generated from the comp node."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "comp",
        help="put a solved shot over a new background",
        description=COMP.description,
        epilog=f"{SEQUENCES} {_ANIMATION}",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_inputs(parser, COMP)
    add_job_options(parser, every_frame="every foreground frame found")
    add_parameters(parser, COMP, keys=True)


def run(args: argparse.Namespace) -> int:
    """Composites and returns the exit code."""
    from platekey.core.job.comp import run_comp  # torch takes seconds to import
    from platekey.core.job.comp_request import CompRequest

    values = parameter_values(args, COMP)
    request = CompRequest.from_json(
        {
            **input_values(args, COMP),
            "output": args.output,
            "frames": args.frames,
            "overwrite": args.overwrite,
            "options": {name: v for name, v in values.items() if not isinstance(v, dict)},
            "animation": {name: v for name, v in values.items() if isinstance(v, dict)},
        }
    )
    logging.info("comp %s", request)
    told = reporter(as_json=args.json, journal=args.journal)
    with told as report, stop_on_signal() as should_stop:
        result = run_comp(request, report, should_stop)
        report(result)
    return result.exit_code
