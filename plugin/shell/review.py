"""`platekey review`: pictures by which a supervisor can judge a matte."""

from __future__ import annotations

import argparse
from typing import Any

from platekey.core.errors import OptionError


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "review",
        help="make a contact sheet of a matte",
        description="Makes a contact sheet of a solved shot: its passes, its edges close up, and "
        "how much it flickers.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("result", metavar="RESULT", help="what solve wrote: sequence or file")
    parser.add_argument("--plate", required=True, metavar="SEQ", help="what it was solved from")
    parser.add_argument("--clean", required=True, metavar="SEQ", help="the clean plate")
    parser.add_argument(
        "--background",
        default="",
        metavar="FILE",
        help="picture for the composites (default: a gradient from dark to bright)",
    )
    parser.add_argument(
        "--frames", default="", metavar="RANGE", help="default: every frame of RESULT"
    )
    parser.add_argument(
        "--colorspace",
        default="",
        metavar="NAME",
        help="of plate and clean plate (default: as their files are tagged)",
    )
    parser.add_argument(
        "-o", "--output", default="", metavar="FILE", help="the contact sheet, PNG or JPEG"
    )
    parser.add_argument(
        "--before-after",
        default="",
        metavar="FILE",
        help="plate and composite, side by side, PNG or JPEG",
    )


def run(args: argparse.Namespace) -> int:
    """Makes the pictures and returns the exit code."""
    from platekey.core.colour.colour import DEFAULT_SPACE
    from platekey.core.frames.sequence import find_sequence, parse_frame_range
    from platekey.core.review.canvas import FORMATS
    from platekey.core.review.shot import review_shot
    from platekey.core.score.background import read_background

    outputs = [path for path in (args.output, args.before_after) if path]
    if not outputs:
        raise OptionError("nothing to make; give -o sheet.png, --before-after pair.png or both.")
    for path in outputs:
        if not path.lower().endswith(FORMATS):
            raise OptionError(f"output is {path}; its name must end in {', '.join(FORMATS)}.")
    result = find_sequence(args.result)
    sheet, pair = review_shot(
        result,
        find_sequence(args.plate),
        find_sequence(args.clean),
        parse_frame_range(args.frames) if args.frames else result.frames,
        background=read_background(args.background, DEFAULT_SPACE) if args.background else None,
        colorspace=args.colorspace,
    )
    for canvas, path in ((sheet, args.output), (pair, args.before_after)):
        if path:
            canvas.save(path)
            print(path)
    return 0
