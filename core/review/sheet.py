"""The contact sheet: everything about one frame, its edges close up, and the shot's flicker."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from platekey.core.frames.frame import Window

from .canvas import ACCENT, PAGE, QUIET, Canvas
from .crops import edge_crops
from .flicker import Flicker
from .view import BEHIND, Picture, heat_view, matte_view, scaled, srgb_view

Pixels = NDArray[np.floating]

GREY = 0.18
_WIDTH, _MARGIN, _GUTTER, _COLUMNS = 1920, 24, 12, 4
_TILE = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GUTTER) // _COLUMNS
_LABEL, _HEADER, _SECTION, _FOOTER, _PLOT = 24, 76, 44, 40, 230
_CROP_HEIGHT = _TILE * 9 // 16
_STRIP = 8  # pictures in a row of the film strip
_MARKS = ((232, 163, 61), (86, 180, 233), (0, 190, 140), (230, 120, 180))  # one per crop


@dataclass(frozen=True)
class Passes:
    """One frame, scene-linear: (H, W, 3) colours and (H, W) mattes; None if it was not written."""

    plate: Pixels
    clean_plate: Pixels
    alpha: Pixels
    premultiplied: Pixels
    background: Pixels
    shadow: Pixels | None = None
    confidence: Pixels | None = None

    def over(self, background: Pixels | float) -> Pixels:
        """The foreground over another background."""
        return self.premultiplied + (1 - self.alpha[..., None]) * background


@dataclass(frozen=True)
class Shot:
    """What the sheet says about the whole sequence.

    Attributes:
        title: name of the shot.
        facts: one line about it: frames, size, settings.
        strip: number and (small) composite of frames in order.
        flicker: from frame to frame; empty for a single frame.
    """

    title: str
    facts: str
    strip: list[tuple[int, Picture]] = field(default_factory=list)
    flicker: list[Flicker] = field(default_factory=list)


def contact_sheet(shot: Shot, frame: int, passes: Passes) -> Canvas:
    """Lays the sheet out; `frame` is the number of the frame that is shown in full."""
    height, width = passes.alpha.shape
    zoom = 2 if width <= 2048 else 1
    crops = edge_crops(passes.alpha, _TILE // zoom, _CROP_HEIGHT // zoom, len(_MARKS) - 1)
    tile_height = min(round(_TILE * height / width), round(1.25 * _TILE))
    tile_height = max(tile_height, _TILE // 4)
    has_strip = len(shot.strip) > 1
    strip_width = (_WIDTH - 2 * _MARGIN - (_STRIP - 1) * _GUTTER) // _STRIP
    strip_height = max(1, round(strip_width * tile_height / _TILE))
    total = _HEADER + 2 * (_LABEL + tile_height + _GUTTER) + _FOOTER
    total += (_SECTION + len(crops) * (_CROP_HEIGHT + _GUTTER) + _LABEL) if crops else 0
    total += (_SECTION + strip_height + _LABEL) if has_strip else 0
    total += (_SECTION + _PLOT + _LABEL) if shot.flicker else 0

    canvas = Canvas(_WIDTH, total)
    canvas.text(shot.title, _MARGIN, 42, size=24)
    canvas.text(shot.facts, _MARGIN, 64, size=13, colour=QUIET)
    canvas.text(f"frame {frame}", _WIDTH - _MARGIN, 42, size=18, align="right")
    y = _tiles(canvas, _HEADER, tile_height, passes, crops)
    if crops:
        y = _crops(canvas, y, passes, crops, zoom)
    if has_strip:
        y = _strip(canvas, y, shot.strip, strip_width, strip_height)
    if shot.flicker:
        _flicker(canvas, y, shot.flicker)
    canvas.text(
        "Viewed through sRGB, clipped at 0 and 1; mattes unencoded. Confidence: dark is where to "
        "look. Shadow: white is untouched.",
        _MARGIN,
        total - 16,
        size=12,
        colour=QUIET,
    )
    return canvas


def _tiles(canvas: Canvas, y: int, height: int, passes: Passes, crops: tuple[Window, ...]) -> int:
    located = matte_view(passes.alpha) // 2 + 20
    over = passes.over(passes.background)
    tiles: list[tuple[str, Picture | None]] = [
        ("plate", srgb_view(passes.plate)),
        ("clean plate", srgb_view(passes.clean_plate)),
        ("alpha", matte_view(passes.alpha)),
        ("foreground over grey 0.18", srgb_view(passes.over(GREY))),
        ("composite over a new background", srgb_view(over)),
        ("shadow", None if passes.shadow is None else srgb_view(passes.shadow)),
        ("confidence", None if passes.confidence is None else heat_view(passes.confidence)),
        ("where the crops are", located),
    ]
    for number, (label, picture) in enumerate(tiles):
        x, top = _column(number % _COLUMNS), y + number // _COLUMNS * (_LABEL + height + _GUTTER)
        canvas.text(label, x, top + 17, size=13)
        tile = np.full((height, _TILE, 3), BEHIND, dtype=np.uint8)
        if picture is not None:
            tile = scaled(picture, _TILE, height)
        else:
            canvas.text("not in the file", x + _TILE // 2, top + height // 2, colour=QUIET)
        canvas.place(tile, x, top + _LABEL)
        if label == "where the crops are":
            _mark(canvas, x, top + _LABEL, height, passes.alpha.shape, crops)
    return y + 2 * (_LABEL + height + _GUTTER)


def _mark(
    canvas: Canvas, x: int, y: int, height: int, shape: tuple[int, ...], crops: tuple[Window, ...]
) -> None:
    scale = min(_TILE / shape[1], height / shape[0])
    x += (_TILE - round(shape[1] * scale)) // 2
    y += (height - round(shape[0] * scale)) // 2
    for number, (crop, colour) in enumerate(zip(crops, _MARKS, strict=False), 1):
        left, top = x + round(crop.x * scale), y + round(crop.y * scale)
        canvas.frame(left, top, round(crop.width * scale), round(crop.height * scale), colour)
        canvas.tag(str(number), left, top, colour)


def _crops(canvas: Canvas, y: int, passes: Passes, crops: tuple[Window, ...], zoom: int) -> int:
    canvas.text(f"Edges at {zoom}:1", _MARGIN, y + 28, size=17)
    y += _SECTION
    views = (
        ("plate", srgb_view(passes.plate)),
        ("alpha", matte_view(passes.alpha)),
        ("foreground over grey 0.18", srgb_view(passes.over(GREY))),
        ("composite", srgb_view(passes.over(passes.background))),
    )
    for column, (label, _) in enumerate(views):
        canvas.text(label, _column(column), y + 14, size=13)
    y += _LABEL
    for number, (crop, colour) in enumerate(zip(crops, _MARKS, strict=False), 1):
        for column, (_, picture) in enumerate(views):
            part = picture[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
            enlarged = np.repeat(np.repeat(part, zoom, axis=0), zoom, axis=1)
            tile = np.full((_CROP_HEIGHT, _TILE, 3), PAGE, dtype=np.uint8)
            tile[: enlarged.shape[0], : enlarged.shape[1]] = enlarged
            canvas.place(tile, _column(column), y)
        canvas.frame(_MARGIN - 1, y - 1, crop.width * zoom + 2, crop.height * zoom + 2, colour)
        canvas.tag(str(number), _MARGIN, y, colour)
        y += _CROP_HEIGHT + _GUTTER
    return y


def _strip(
    canvas: Canvas, y: int, strip: list[tuple[int, Picture]], width: int, height: int
) -> int:
    canvas.text("Composite through the shot", _MARGIN, y + 28, size=17)
    y += _SECTION
    chosen = np.unique(np.linspace(0, len(strip) - 1, min(_STRIP, len(strip))).round().astype(int))
    for column, index in enumerate(chosen):
        number, picture = strip[index]
        x = _MARGIN + column * (width + _GUTTER)
        canvas.place(scaled(picture, width, height), x, y)
        canvas.text(str(number), x, y + height + 16, size=12, colour=QUIET)
    return y + height + _LABEL


def _flicker(canvas: Canvas, y: int, flicker: list[Flicker]) -> None:
    canvas.text("Flicker where the plate stands still", _MARGIN, y + 28, size=17)
    y += _SECTION
    axes = canvas.axes(_MARGIN + 48, y, _WIDTH - 2 * _MARGIN - 48, _PLOT - _LABEL)
    frames = [item.frame for item in flicker]
    marker = "o" if len(frames) <= 60 else ""
    for values, colour, label in (
        ([item.static for item in flicker], ACCENT, "whole still part"),
        ([item.static_soft for item in flicker], "#56b4e9", "its soft pixels"),
    ):
        axes.plot(frames, values, color=colour, marker=marker, markersize=4, label=label)
    highest = max(
        (v for item in flicker for v in (item.static, item.static_soft) if not math.isnan(v)),
        default=0.0,
    )
    top = max(1.0, 1.2 * highest)  # at least 1: noise is not enlarged until it looks like flicker
    axes.set_ylim(-0.04 * top, top)
    axes.set_xlim(frames[0] - 0.5, frames[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=24, min_n_ticks=1))
    axes.set_ylabel("alpha change, 1e-2 rms", color=QUIET, fontsize=9)
    legend = axes.legend(
        loc="upper right", fontsize=9, frameon=False, labelcolor="#d8d8d8", ncols=2
    )
    legend.set_zorder(5)


def _column(number: int) -> int:
    return _MARGIN + number * (_TILE + _GUTTER)
