"""`platekey lightstage pack` and `samples`: training data of captures, and a look at it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platekey.core.errors import MissingFrame, OptionError

from .lightstage_render import show_progress

_LOG = logging.getLogger("lightstage")

if TYPE_CHECKING:
    from platekey.core.lightstage.training.stored import StoredCapture


def add_parsers(tasks: Any) -> None:
    """Adds both commands."""
    pack: argparse.ArgumentParser = tasks.add_parser(
        "pack",
        help="make training data of captures: zip files of at most 60 MiB",
        description="Makes training data of captures: zip files of at most 60 MiB.",
        allow_abbrev=False,
    )
    pack.add_argument(
        "folder", metavar="FOLDER", help="of captures: NAME.json with their EXR files"
    )
    pack.add_argument("-o", "--output", required=True, metavar="PIECES", help="folder")
    pack.add_argument(
        "--limit", type=int, default=60, metavar="MIB", help="size of a piece (default: 60)"
    )
    pack.add_argument(
        "--set",
        choices=("training", "validation", "all"),
        default="training",
        help="leave out what capture-set holds back, or take that alone (default: training)",
    )
    pack.set_defaults(run=run_pack)
    sheet: argparse.ArgumentParser = tasks.add_parser(
        "samples",
        help="a contact sheet of training samples",
        description="Makes training samples of packed captures and shows them.",
        allow_abbrev=False,
    )
    sheet.add_argument("pieces", metavar="PIECES", help="folder that lightstage pack wrote")
    sheet.add_argument(
        "--backgrounds",
        default="",
        metavar="DIR",
        help="panoramas, photographs and renders (default: patterns are drawn)",
    )
    sheet.add_argument(
        "-o", "--output", required=True, metavar="SHEET", help="the sheet, PNG or JPEG"
    )
    sheet.add_argument("--count", type=int, default=12, metavar="N", help="samples (default: 12)")
    sheet.add_argument("--first", type=int, default=0, metavar="N", help="the first one's number")
    sheet.add_argument("--size", type=int, default=256, metavar="PIXELS", help="default: 256")
    sheet.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    sheet.add_argument(
        "--framing",
        choices=("whole", "edges"),
        default="whole",
        help="the whole subject, or crops at full resolution around its edges",
    )
    sheet.set_defaults(run=run_samples)


def run_pack(args: argparse.Namespace) -> int:
    """Packs and returns the exit code."""
    from platekey.core.lightstage.capture.plan import is_held_back_name
    from platekey.core.lightstage.training.pack import write_pieces

    if not 1 <= args.limit <= 1024:
        raise OptionError(f"--limit is {args.limit}; it must be from 1 to 1024 MiB.")
    folder = Path(args.folder)
    names = sorted(path.with_suffix("") for path in folder.glob("*.json"))
    if args.set != "all":
        wanted = args.set == "validation"
        names = [name for name in names if is_held_back_name(name.name) == wanted]
    if not names:
        raise MissingFrame(
            f"{folder} holds no NAME.json of {args.set}; name a folder of captures, or --set all."
        )
    show_progress()
    for piece in write_pieces(_read(names), Path(args.output), limit=args.limit << 20):
        print(piece)
    return 0


def _read(names: list[Path]) -> Iterator[StoredCapture]:
    """One capture after the other, so that one is in memory at a time."""
    from platekey.core.lightstage.capture.compact import read_capture

    for number, name in enumerate(names, 1):
        _LOG.info("%d of %d  %s", number, len(names), name.name)
        yield read_capture(name)


def run_samples(args: argparse.Namespace) -> int:
    """Draws the sheet and returns the exit code."""
    from platekey.core.lightstage.training.backgrounds import Backgrounds, find_backgrounds
    from platekey.core.lightstage.training.dataset import SampleDataset
    from platekey.core.lightstage.training.pack import Pieces
    from platekey.core.lightstage.training.sample_options import Framing, SampleOptions
    from platekey.core.lightstage.training.sheet import sample_sheet
    from platekey.core.review.canvas import FORMATS

    if not args.output.lower().endswith(FORMATS):
        raise OptionError(f"output is {args.output}; its name must end in {', '.join(FORMATS)}.")
    if not 1 <= args.count <= 64 or args.first < 0:
        raise OptionError(
            f"--count is {args.count} and --first {args.first}; a sheet holds 1 to 64 samples, "
            "whose numbers start at 0."
        )
    options = SampleOptions(framing=Framing(args.framing), size=args.size, seed=args.seed)
    files = find_backgrounds(Path(args.backgrounds)) if args.backgrounds else ()
    numbers = range(args.first, args.first + args.count)
    samples = SampleDataset(Pieces(Path(args.pieces)), Backgrounds(files), options, numbers)
    sample_sheet(list(islice(samples, args.count))).save(args.output)
    print(args.output)
    return 0
