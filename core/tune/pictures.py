"""Where the artist looks while it runs: a contact sheet that grows, and curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.errors import OutputError
from platekey.core.frames.atomic import whole_file
from platekey.core.frames.frame import Window
from platekey.core.review.canvas import ACCENT, QUIET, TEXT, Canvas
from platekey.core.review.crops import edge_crops
from platekey.core.review.view import Picture, heat_view, matte_view, scaled, srgb_view
from platekey.core.solver.solution import Solution

from .selection import HeldOut, Selection

SIDE = 200  # pixels of a crop, shown as they are
_GAP, _TOP, _LEFT = 6, 52, 64
_A_FRAME = 2  # crops of each held-out frame
_STEPS = 5  # pictures of the way, beside the first and the last
_GREY = 0.18
_RUNNING = 20  # points of the loss that are averaged for the curve
_CHANGE = 4.0  # times the change of alpha, so that it is seen


@dataclass(frozen=True)
class Shown:
    """A crop as some weights solve it.

    Attributes:
        alpha: (h, w).
        over: (h, w, 3) scene-linear, the composite over grey.
    """

    alpha: NDArray[np.floating]
    over: NDArray[np.floating]


@dataclass(frozen=True)
class Crop:
    """A part of a held-out frame that is looked at again and again.

    Attributes:
        frame: its place among the held-out ones.
        number: of the frame.
        window: in it.
        exposure: what brings the frame to ordinary brightness.
        plate: (h, w, 3) scene-linear, at ordinary brightness.
        before: what the starting weights make of it.
    """

    frame: int
    number: int
    window: Window
    exposure: float
    plate: NDArray[np.floating]
    before: Shown


def choose_crops(held: Sequence[HeldOut], before: Sequence[Solution]) -> list[Crop]:
    """The softest places of each held-out frame, by the starting weights' mattes."""
    crops = []
    for place, (each, solution) in enumerate(zip(held, before, strict=True)):
        cues = each.frame.whole()[0].cues
        plate, exposure = _picture(cues.plate * cues.exposure), float(cues.exposure)
        alpha = _plane(solution.alpha)
        height, width = alpha.shape
        for window in edge_crops(alpha, min(SIDE, width), min(SIDE, height), _A_FRAME):
            seen = _cut(plate, window).copy()
            shown = _shown(solution, window, exposure)
            crops.append(Crop(place, each.number, window, exposure, seen, shown))
    return crops


def show_crops(crops: Sequence[Crop], solutions: Sequence[Solution]) -> list[Shown]:
    """The crops of solved frames; what is kept of them."""
    return [_shown(solutions[crop.frame], crop.window, crop.exposure) for crop in crops]


def keep_strip(folder: Path, step: int, shown: Sequence[Shown]) -> None:
    """Writes the crops' alphas of a step, for the sheets to come.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); make room.") from error
    strip = np.zeros((len(shown), SIDE, SIDE), np.uint8)
    for row, each in enumerate(shown):
        height, width = each.alpha.shape
        strip[row, :height, :width] = np.rint(255 * np.clip(each.alpha, 0, 1))
    with whole_file(str(folder / f"{step:010d}.npy")) as temporary, open(temporary, "wb") as file:
        np.save(file, strip, allow_pickle=False)


def draw_sheet(folder: Path, crops: Sequence[Crop], best: Sequence[Shown]) -> Canvas:
    """The same crops before, on the way, and with the best weights so far.

    Args:
        folder: of the strips.
        crops: see choose_crops.
        best: the crops with the best weights so far.
    """
    strips = _spread([(int(p.stem), p) for p in sorted(folder.glob("*.npy"))])
    titles = ["plate", "before", *(f"step {step}" for step, _ in strips)]
    titles += ["best so far", f"change x {_CHANGE:g}", "grey: before", "grey: best so far"]
    row = SIDE + _GAP
    canvas = Canvas(_LEFT + len(titles) * row, _TOP + max(1, len(crops)) * row + _GAP)
    canvas.text("Held-out frames, never trained on; pixels as they are", _LEFT, 20, size=15)
    for column, title in enumerate(titles):
        canvas.text(title, _LEFT + column * row, _TOP - 8, colour=QUIET)
    pictures = [np.load(path, allow_pickle=False) for _, path in strips]
    for number, (crop, shown) in enumerate(zip(crops, best, strict=True)):
        y = _TOP + number * row
        canvas.text(str(crop.number), 12, y + 18)
        height, width = shown.alpha.shape
        tiles: list[Picture] = [srgb_view(crop.plate), matte_view(crop.before.alpha)]
        tiles += [matte_view(strip[number, :height, :width] / 255.0) for strip in pictures]
        tiles += [
            matte_view(shown.alpha),
            heat_view(_CHANGE * abs(shown.alpha - crop.before.alpha)),
            srgb_view(crop.before.over),
            srgb_view(shown.over),
        ]
        for column, tile in enumerate(tiles):
            canvas.place(scaled(tile, SIDE, SIDE), _LEFT + column * row, y)
    return canvas


def draw_curves(rows: Sequence[Mapping[str, Any]], selection: Selection) -> Canvas:
    """The loss on the left, the score of the held-out frames beside the start's on the right."""
    canvas = Canvas(1200, 460)
    left, right = canvas.axes(60, 40, 510, 370), canvas.axes(650, 40, 510, 370)
    canvas.text("loss, logarithmic", 60, 26)
    trained = [row for row in rows if row["kind"] == "train"]
    totals = _smooth([row["losses"]["total"] for row in trained])
    if any(value > 0 for value in totals):
        left.semilogy([row["step"] for row in trained], totals, color=ACCENT)
    left.tick_params(which="both", colors=QUIET, labelsize=9, length=0)
    canvas.text("score of the held-out frames; 1 is the start, lower is better", 650, 26)
    shown = [(step, total) for step, total in selection.history if math.isfinite(total)]
    right.plot(*zip(*shown, strict=True), color=ACCENT, marker=".", label="score")
    refused = [step for step, total in selection.history if not math.isfinite(total)]
    if refused:
        highest = max(1.05, *(total for _, total in shown))
        right.plot(refused, [highest] * len(refused), "x", color=QUIET, label="refused")
    right.axhline(1.0, color=TEXT, linewidth=0.8, linestyle="--", label="start")
    right.plot([selection.best_step], [selection.best_total], "o", color=TEXT, label="best")
    right.legend(fontsize=9, labelcolor=TEXT, facecolor="#1e1e20", edgecolor="#1e1e20")
    return canvas


def _smooth(values: Sequence[float]) -> list[float]:
    """Running means: keyed and other steps take turns, and their losses are far apart."""
    parts = [values[max(0, end - _RUNNING) : end] for end in range(1, len(values) + 1)]
    return [sum(part) / len(part) for part in parts]


def _spread(items: list[tuple[int, Path]]) -> list[tuple[int, Path]]:
    if len(items) <= _STEPS:
        return items
    chosen = np.linspace(0, len(items) - 1, _STEPS).round().astype(int)
    return [items[int(index)] for index in chosen]


def _shown(solution: Solution, window: Window, exposure: float) -> Shown:
    alpha = solution.alpha
    over = _picture(alpha * solution.foreground * exposure + (1 - alpha) * _GREY)
    return Shown(_cut(_plane(alpha), window).copy(), _cut(over, window).copy())


def _picture(picture: Tensor) -> NDArray[np.floating]:
    pixels: NDArray[np.floating] = picture[0].float().permute(1, 2, 0).cpu().numpy()
    return pixels


def _plane(plane: Tensor) -> NDArray[np.floating]:
    pixels: NDArray[np.floating] = plane[0, 0].float().cpu().numpy()
    return pixels


def _cut(pixels: NDArray[np.floating], window: Window) -> NDArray[np.floating]:
    return pixels[window.y : window.y + window.height, window.x : window.x + window.width]
