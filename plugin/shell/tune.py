"""`platekey tune`: weights of a shot's own."""

from __future__ import annotations

import argparse
import logging
import os
from typing import Any

from platekey.nodes.tune import TUNE

from .node_options import add_inputs, add_parameters, input_values, parameter_values
from .reporters import reporter
from .stop import stop_on_signal

_EPILOG = """Ctrl+C or SIGTERM writes a checkpoint and the best weights so far, and ends with exit
code 5; --resume goes on as if nothing had happened. Start it with torchrun for several GPUs."""


def add_parser(subparsers: Any) -> None:
    """Adds the command, generated from the tune node."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "tune",
        help="tune the network's weights to a shot",
        description=TUNE.description,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_inputs(parser, TUNE)
    parser.add_argument(
        "-o", "--output", required=True, metavar="WEIGHTS", help="NAME.safetensors to write"
    )
    parser.add_argument(
        "--frames",
        default="",
        metavar="RANGE",
        help="1001-1100, 1001-1100x2 or 1001,1005-1010 (default: every plate frame found)",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew although there is a tune of that name"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check all, measure a few steps, and train nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_parameters(parser, TUNE)


def run(args: argparse.Namespace) -> int:
    """Tunes and returns the exit code."""
    import torch  # takes seconds to import

    from platekey.core.job.tune import run_tune
    from platekey.core.job.tune_request import TuneRequest
    from platekey.core.train.parallel import joined_ranks

    options = parameter_values(args, TUNE)
    is_shared = int(os.environ.get("WORLD_SIZE", "1")) > 1
    on_gpu = options["device"] != "cpu" and torch.cuda.device_count() > 0
    if is_shared and on_gpu:
        local = int(os.environ.get("LOCAL_RANK", "0"))
        options["device"] = f"cuda:{local}"
        torch.cuda.set_device(local)  # the one that NCCL is to use
    request = TuneRequest.from_json(
        {
            **input_values(args, TUNE),
            "output": args.output,
            "frames": args.frames,
            "resume": args.resume,
            "overwrite": args.overwrite,
            "dry_run": args.dry_run,
            "options": options,
        }
    )
    logging.info("tune %s", request)
    with (
        reporter(as_json=args.json) as report,
        stop_on_signal() as should_stop,
        joined_ranks(on_gpu=on_gpu) as ranks,
    ):
        result = run_tune(request, report, should_stop, ranks=ranks)
        if args.json and not ranks.rank:
            report(result)
    return result.exit_code
