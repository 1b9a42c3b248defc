"""`platekey lightstage sheet` and `assemble`: pictures of captures, and shots of passes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from platekey.core.errors import MissingFrame, OptionError

from .lightstage_render import show_progress
from .stop import stop_on_signal


def add_parsers(tasks: Any) -> None:
    """Adds the task to `platekey lightstage`."""
    parser: argparse.ArgumentParser = tasks.add_parser(
        "sheet",
        help="a contact sheet of captures under single lamps and relit",
        description="Shows packed captures under all lamps, under single ones, and relit.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("pieces", metavar="PIECES", help="folder that lightstage pack wrote")
    parser.add_argument(
        "--panoramas", nargs="*", default=[], metavar="FILE", help="equirectangular HDR or EXR"
    )
    parser.add_argument(
        "--names", nargs="*", default=[], metavar="NAME", help="captures (default: evenly chosen)"
    )
    parser.add_argument("--count", type=int, default=8, help="without --names (default: 8)")
    parser.add_argument("-o", "--output", required=True, metavar="SHEET", help="PNG or JPEG")
    shots: argparse.ArgumentParser = tasks.add_parser(
        "assemble",
        help="make shots with truth of what lightstage shots rendered",
        description="Makes plates, clean plate and truth of rendered passes, in the same folder.",
        allow_abbrev=False,
    )
    shots.set_defaults(run=run_assemble)
    shots.add_argument("folder", metavar="OUT", type=Path, help="that lightstage shots wrote")
    shots.add_argument("--shot", nargs="+", default=[], metavar="NAME", help="default: all")
    shots.add_argument("--lossless", action="store_true", help="plates as ZIP, not DWAA")
    shots.add_argument("--sheet", default="", metavar="FILE", help="a picture of all, PNG or JPEG")


def run_assemble(args: argparse.Namespace) -> int:
    """Assembles shots and returns the exit code: 3 if the passes of one are not all there."""
    from platekey.core.lightstage.shots.assemble import assemble_all
    from platekey.core.lightstage.shots.recipes import find
    from platekey.core.lightstage.shots.sheet import sheet
    from platekey.core.options import Compression
    from platekey.core.review.canvas import FORMATS

    if args.sheet and not args.sheet.lower().endswith(FORMATS):
        raise OptionError(f"sheet is {args.sheet}; its name must end in {', '.join(FORMATS)}.")
    shots = find(args.shot)
    compression = Compression.ZIP if args.lossless else Compression.DWAA
    show_progress()
    with stop_on_signal() as should_stop:
        done = assemble_all(args.folder, shots, compression, should_stop)
    if args.sheet:
        sheet(args.folder).save(args.sheet)
        print(args.sheet)
    return 0 if done == len(shots) else MissingFrame.exit_code


def run(args: argparse.Namespace) -> int:
    """Draws the sheet and returns the exit code."""
    from platekey.core.lightstage.light.environment import read_panorama
    from platekey.core.lightstage.training.capture_sheet import capture_sheet
    from platekey.core.lightstage.training.pack import Pieces
    from platekey.core.review.canvas import FORMATS

    if not args.output.lower().endswith(FORMATS):
        raise OptionError(f"output is {args.output}; its name must end in {', '.join(FORMATS)}.")
    if not 1 <= args.count <= 64:
        raise OptionError(f"--count is {args.count}; a sheet holds 1 to 64 captures.")
    pieces = Pieces(Path(args.pieces))
    places = {entry.name: index for index, entry in enumerate(pieces.entries)}
    missing = [name for name in args.names if name not in places]
    if missing:
        raise MissingFrame(f"{args.pieces} holds no {', '.join(missing)}; name others.")
    step = max(1, len(pieces) // args.count)
    chosen = [places[name] for name in args.names] or range(0, len(pieces), step)[: args.count]
    captures = [pieces.load(index, frames=(0,)) for index in chosen]
    capture_sheet(captures, [read_panorama(path) for path in args.panoramas]).save(args.output)
    print(args.output)
    return 0
