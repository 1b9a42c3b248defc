"""Pictures of a training: curves, and a sheet of held-back samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from platekey.core.network.model import Matte
from platekey.core.review.canvas import ACCENT, QUIET, TEXT, Canvas
from platekey.core.review.view import heat_view, matte_view, scaled, srgb_view

from .validate import difference_matte

_TITLES = ("plate", "clean plate", "hint", "true alpha", "alpha", "error", "difference", "new set")
_SIDE, _GAP, _TOP = 200, 6, 28
_GREY = 0.18
_SMOOTH = 20  # points of a loss that are averaged for a curve


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a training's log; of steps that were done twice, the later ones."""
    if not path.is_file():
        return []
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for line in path.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # a line that a full disk or a kill cut off
            continue
        rows[(row["kind"], row["step"])] = row
    return sorted(rows.values(), key=lambda row: int(row["step"]))


def draw_curves(rows: Sequence[dict[str, Any]]) -> Canvas:
    """Losses on the left, errors of held-back samples on the right."""
    canvas = Canvas(1200, 460)
    left, right = canvas.axes(60, 40, 510, 370), canvas.axes(650, 40, 510, 370)
    trained = [row for row in rows if row["kind"] == "train"]
    validated = [row for row in rows if row["kind"] == "validate"]
    canvas.text("loss, logarithmic", 60, 26)
    for name, colour in (("total", ACCENT), ("alpha", TEXT)):
        values = [row["losses"].get(name, 0.0) for row in trained]
        if any(value > 0 for value in values):
            left.semilogy([row["step"] for row in trained], _smooth(values), c=colour, label=name)
    canvas.text("MAD of alpha on held-back samples, thousandths", 650, 26)
    for name, colour in (("mad", ACCENT), ("band_mad", TEXT), ("difference_mad", QUIET)):
        points = [(row["step"], row["scores"][name]) for row in validated if name in row["scores"]]
        if points:
            right.plot(*zip(*points, strict=True), color=colour, marker=".", label=name)
    right.set_ylim(bottom=0)
    left.tick_params(which="both", colors=QUIET, labelsize=9, length=0)
    for axes in (left, right):
        if axes.lines:
            axes.legend(fontsize=9, labelcolor=TEXT, facecolor="#1e1e20", edgecolor="#1e1e20")
    return canvas


def draw_sheet(samples: Sequence[dict[str, Tensor]], mattes: Sequence[Matte]) -> Canvas:
    """Held-back samples as rows, each (1, ...), with what the network made of them."""
    row = _SIDE + _GAP
    canvas = Canvas(_GAP + len(_TITLES) * row, _TOP + len(samples) * row + _GAP)
    for column, title in enumerate(_TITLES):
        canvas.text(title, _GAP + column * row, 19)
    for number, (sample, matte) in enumerate(zip(samples, mattes, strict=True)):
        alpha, truth = _plane(matte.alpha), _plane(sample["alpha"])
        composite = matte.foreground * matte.alpha + (1 - matte.alpha) * _GREY
        tiles = (
            srgb_view(_picture(sample["plate"])),
            srgb_view(_picture(sample["clean_plate"])),
            matte_view(_plane(sample["hint"])),
            matte_view(truth),
            matte_view(alpha),
            heat_view(abs(alpha - truth)),
            matte_view(_plane(difference_matte(sample))),
            srgb_view(_picture(composite)),
        )
        for column, tile in enumerate(tiles):
            small = scaled(tile, _SIDE, _SIDE)
            canvas.place(small, _GAP + column * row, _TOP + number * row)
    return canvas


def _smooth(values: Sequence[float]) -> list[float]:
    return [
        sum(values[max(0, end - _SMOOTH) : end]) / len(values[max(0, end - _SMOOTH) : end])
        for end in range(1, len(values) + 1)
    ]


def _picture(picture: Tensor) -> Any:
    return picture[0].float().permute(1, 2, 0).cpu().numpy()


def _plane(plane: Tensor) -> Any:
    return plane[0, 0].float().cpu().numpy()
