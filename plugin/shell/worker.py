"""`platekey worker`: what a host starts and talks to in JSON lines."""

from __future__ import annotations

import argparse
import logging
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "worker",
        help="the process behind Nuke and Blender",
        description="Answers a host's requests, one JSON object a line, until stdin ends.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serves one host and returns the exit code."""
    from platekey.core.worker.__main__ import main

    for handler in logging.root.handlers[:]:  # the worker sets up a log of its own
        logging.root.removeHandler(handler)
    return main()
