"""`platekey review`: pictures by which a supervisor can judge a matte."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from platekey.core.errors import MissingFrame, OptionError

from .findings import findings, write_json


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
        "--findings",
        default="",
        metavar="FILE",
        help="figures of every frame, and which to look at first, as JSON",
    )
    parser.add_argument(
        "--expected",
        default="",
        metavar="RANGE",
        help="review what is there of these frames; the findings name the others as missing",
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
    if not outputs and not args.findings:
        raise OptionError("nothing to make; give -o sheet.png, --before-after pair.png or both.")
    for path in outputs:
        if not path.lower().endswith(FORMATS):
            raise OptionError(f"output is {path}; its name must end in {', '.join(FORMATS)}.")
    result = find_sequence(args.result)
    frames = parse_frame_range(args.frames) if args.frames else result.frames
    expected = sorted(parse_frame_range(args.expected)) if args.expected else frames
    if args.expected:
        frames = tuple(frame for frame in expected if frame in set(frames))
        if not frames:
            raise MissingFrame(f"result {args.result} has none of the frames {args.expected}.")
    sheet, pair, figures = review_shot(
        result,
        find_sequence(args.plate),
        find_sequence(args.clean),
        frames,
        background=read_background(args.background, DEFAULT_SPACE) if args.background else None,
        colorspace=args.colorspace,
    )
    if args.findings:
        write_json(Path(args.findings), findings(figures, expected, args.output))
        print(args.findings)
    for canvas, path in ((sheet, args.output), (pair, args.before_after)):
        if path:
            canvas.save(path)
            print(path)
    return 0
