"""The `platekey` command: finds the subcommand and turns every error into one sentence."""

from __future__ import annotations

import argparse
import importlib.metadata
import logging
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from platekey.core import protocol
from platekey.core.errors import Cancelled, OptionError, OutOfMemory, OutputError, PlatekeyError
from platekey.core.job.threads import share_cores

from . import (
    clean,
    comp,
    doctor,
    export,
    lightstage,
    report,
    review,
    score,
    solve,
    submit,
    train,
    tune,
    worker,
)
from .log import start_log

COMMANDS = (
    solve,
    clean,
    comp,
    tune,
    train,
    export,
    lightstage,
    score,
    review,
    submit,
    report,
    doctor,
    worker,
)
_EPILOG = """exit codes: 0 all frames written, 2 bad usage, 3 bad input, 4 some frames failed,
5 cancelled, 6 out of memory or device, 1 a defect of ours"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Refuses the command line.

        Raises:
            OptionError: always.
        """
        raise OptionError(f"{message}; see {self.prog} --help.")


def build_parser() -> Parser:
    """Returns the parser of all commands."""
    parser = Parser(
        prog="platekey",
        description="Alpha and foreground from a plate and its clean plate, in linear light.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"platekey {version()}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def version() -> str:
    """The installed version of platekey."""
    return importlib.metadata.version("platekey")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    share_cores()  # here, for the commands import torch
    _open_closed_streams()
    log = start_log()
    try:
        args = build_parser().parse_args(_joined(arguments))
        exit_code: int = args.run(args)
        sys.stdout.flush()
        if exit_code == PlatekeyError.exit_code and log.exists():  # a frame met a defect of ours
            print(f"platekey: the trace is in {log}", file=sys.stderr)
    except BrokenPipeError:  # who read our output has left: there is no use in going on
        _drop_stdout()
        return Cancelled.exit_code
    except KeyboardInterrupt:
        error: PlatekeyError = Cancelled("stopped on request; what is written is whole.")
    except MemoryError:
        error = OutOfMemory("this machine has too little free memory; lower --tile or free some.")
    except PlatekeyError as caught:
        error = caught
    except OSError as caught:  # files have errors of their own: what we print cannot be written
        logging.exception("called with %s", arguments)
        error = OutputError(
            f"the system refuses a file or a stream ({caught}); make room where outputs and logs "
            f"go; the trace is in {log}."
        )
    except Exception as defect:
        logging.exception("a defect of platekey, called with %s", arguments)
        error = PlatekeyError(
            f"platekey failed with {type(defect).__name__}: {_first_line(defect)}; "
            f"please report it with the log {log}."
        )
    else:
        return exit_code
    _tell(error, as_json="--json" in arguments, log=str(log))
    return error.exit_code


def _open_closed_streams() -> None:
    """Opens the streams that a daemon closed on the null device, else pictures take them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - open to the end


def _joined(arguments: Sequence[str]) -> list[str]:
    """Makes `--frames -5--1` one word; argparse would take the range for an option."""
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in ("--frames", "--clean-frames") and re.match(r"-\d", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0].rstrip(".")


def _tell(error: PlatekeyError, *, as_json: bool, log: str) -> None:
    logging.warning("%s: %s", error.kind, error)
    try:
        print(f"platekey: error: {error}", file=sys.stderr)
        if as_json:
            event = protocol.Error(error.kind, str(error), error.exit_code, log=log)
            print(protocol.encode(event))
        sys.stdout.flush()
    except OSError:  # a full disk may be what this is about; the exit code tells it
        _drop_stdout()


def _drop_stdout() -> None:
    """For what Python still flushes at its end to a stdout that takes nothing any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
