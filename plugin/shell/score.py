"""`platekey score`: the field's metrics of a matte against the truth."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from platekey.core.score.report import FrameScore

_WIDTH = 120
_EPILOG = """Alpha is channel A, else Y. Without --truth-foreground only alpha is scored.
Definitions and units: docs/score.md."""


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "score",
        help="score a matte against its truth",
        description="Compares a solved matte with the truth by the metrics that the field uses.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("pred", metavar="PRED", help="what solve wrote: sequence or file")
    parser.add_argument("truth", metavar="TRUTH", help="true alphas: sequence or file")
    parser.add_argument(
        "--frames", default="", metavar="RANGE", help="default: every frame of PRED"
    )
    parser.add_argument(
        "--truth-foreground",
        default="",
        metavar="SEQ",
        help="true foregrounds: R G B premultiplied if there is an A beside them, else straight",
    )
    parser.add_argument(
        "--background",
        default="",
        metavar="FILE",
        help="picture that composites are compared over (default: a checkerboard)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(args: argparse.Namespace) -> int:
    """Scores, shows a table or JSON, and returns the exit code."""
    from platekey.core.colour.colour import resolve_input_space
    from platekey.core.frames.image_io import read_header
    from platekey.core.frames.sequence import find_sequence, parse_frame_range
    from platekey.core.score.background import read_background
    from platekey.core.score.report import summarise
    from platekey.core.score.shot import score_shot

    estimate, reference = find_sequence(args.pred), find_sequence(args.truth)
    frames = parse_frame_range(args.frames) if args.frames else estimate.frames
    background = None
    if args.background:
        space, _ = resolve_input_space("", read_header(estimate.path(frames[0])))
        background = read_background(args.background, space)
    scores = score_shot(
        estimate,
        reference,
        frames,
        reference_foreground=find_sequence(args.truth_foreground)
        if args.truth_foreground
        else None,
        background=background,
    )
    if args.json:
        summary = summarise(_printed(scores))
        _print_json("score_summary", summary, frames=summary.frame)
    else:
        found = list(scores)
        _print_table(found, summarise(found))
    return 0


def _printed(scores: Iterable[FrameScore]) -> Iterable[FrameScore]:
    for score in scores:
        _print_json("frame_score", score, frame=score.frame)
        yield score


def _print_json(kind: str, score: FrameScore, **count: int) -> None:
    from platekey.core.score.band import DEFINITION

    line = {
        "type": kind,
        **count,
        "whole": _without_nan(score.whole),
        "band": _without_nan(score.band),
        "band_pixels": score.band_pixels,
        "band_definition": DEFINITION,
    }
    print(json.dumps(line, allow_nan=False), flush=True)


def _without_nan(values: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def _print_table(scores: list[FrameScore], summary: FrameScore) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from platekey.core.score.band import DEFINITION
    from platekey.core.score.report import BAND, WHOLE_FRAME

    console = Console(width=max(_WIDTH, Console().width))  # all digits, in a narrow terminal too
    for title, headings, part in (
        ("Whole frame", WHOLE_FRAME, "whole"),
        ("Unknown band", BAND, "band"),
    ):
        shown = [name for name in headings if not math.isnan(getattr(summary, part)[name])]
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("frame", justify="right")
        for name in shown:
            heading, unit = headings[name]
            table.add_column(f"{heading}\n{unit}".replace(" ", "\n"), justify="right")
        for score in [*scores, summary] if len(scores) != 1 else scores:
            values = getattr(score, part)
            label = "mean" if score is summary else str(score.frame)
            cells = (_digits(values[name]) for name in shown)
            table.add_row(label, *cells, end_section=score is scores[-1] if scores else False)
        console.print(table)
    console.print(
        f"Units are under the names. Band: {DEFINITION}. comp, grey: composites over "
        "the background and over grey 0.18.",
        markup=False,
        highlight=False,
    )


def _digits(value: float) -> str:
    """Three decimals as far as they mean anything; "-" for no value."""
    if math.isnan(value):
        return "-"
    return f"{value:.{3 if value < 100 else 1}f}"
