"""What every command that writes a sequence takes."""

from __future__ import annotations

import argparse

SEQUENCES = """sequences: name.%04d.exr, name.####.exr, name.@@@@.exr, a single file, or a movie.
Finished frames are skipped on a re-run if they are whole and were made with the same settings."""


def add_job_options(
    parser: argparse.ArgumentParser, *, every_frame: str, needs_output: bool = True
) -> None:
    """Adds output, frames, overwrite and json; `every_frame` names the default of frames."""
    parser.add_argument(
        "-o",
        "--output",
        required=needs_output,
        default="",
        metavar="OUT",
        help="sequence or file that is written",
    )
    parser.add_argument(
        "--frames",
        default="",
        metavar="RANGE",
        help=f"1001-1100, 1001-1100x2 or 1001,1005-1010 (default: {every_frame})",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="make finished frames again, and replace pictures that are not platekey's",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument(
        "--journal",
        default="",
        metavar="DIR",
        help="folder that keeps what is told, for platekey report",
    )
