"""The picture of a capture check: the pair, where it is weak, and what to do about it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from platekey.core.plate.check import Maps
from platekey.core.plate.findings import Finding, Verdict

from .canvas import QUIET, TEXT, Canvas
from .view import Picture, scaled, srgb_view

_WIDTH, _MARGIN, _GUTTER, _HEADER, _LABEL = 1500, 24, 12, 92, 26
_COLUMNS = 3
_TILE = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GUTTER) // _COLUMNS
_ROW, _REMEDY_ROW, _LETTERS = 26, 20, 175
_COLOURS = {
    Verdict.GOOD: ("#4fbf7b", (79, 191, 123)),
    Verdict.USABLE: ("#e8a33d", (232, 163, 61)),
    Verdict.BAD: ("#e2574c", (226, 87, 76)),
}
_SHADOW, _ALIKE, _OTHER = (86, 160, 233), (226, 60, 170), (226, 87, 76)
_LEGEND = (("other changes", _OTHER), ("colour coincidence", _ALIKE), ("shadow", _SHADOW))
_DIM = 0.35  # how dark the plate is under the colours


def pair_sheet(
    title: str,
    words: tuple[Verdict, str],
    findings: Sequence[Finding],
    plate: NDArray[np.floating],
    clean_plate: NDArray[np.floating],
    maps: Maps,
) -> Canvas:
    """Lays the sheet out.

    Args:
        title: name of the shot.
        words: overall verdict and its sentence.
        findings: in the order in which they are listed.
        plate: (H, W, 3) scene-linear Rec.709.
        clean_plate: like plate.
        maps: where the findings are.
    """
    height = round(_TILE * plate.shape[0] / plate.shape[1])
    lines = [(finding, textwrap.wrap(finding.remedy, _LETTERS)) for finding in findings]
    below = sum(_ROW + _REMEDY_ROW * len(remedy) for _, remedy in lines)
    canvas = Canvas(_WIDTH, _HEADER + height + _LABEL + 30 + below + _MARGIN)
    verdict, sentence = words
    canvas.text(title, _MARGIN, 40, size=22)
    canvas.text(sentence, _MARGIN, 70, size=17, colour=_COLOURS[verdict][0])
    bright = 0.5 / max(float(np.percentile(plate, 80)), 1e-6)
    tiles = (
        ("plate", srgb_view(plate * bright)),
        ("clean plate", srgb_view(clean_plate * bright)),
        ("where it is weak", _weak(srgb_view(plate * bright), maps)),
    )
    for number, (label, picture) in enumerate(tiles):
        x = _MARGIN + number * (_TILE + _GUTTER)
        canvas.place(scaled(picture, _TILE, height), x, _HEADER)
        canvas.text(label, x, _HEADER + height + 19, size=13)
    x = _WIDTH - _MARGIN
    for legend, paint in _LEGEND:
        canvas.text(legend, x, _HEADER + height + 19, size=13, colour=_hex(paint), align="right")
        x -= 8 * len(legend) + 14
    y = _HEADER + height + _LABEL + 34
    for finding, remedy in lines:
        colour = _COLOURS[finding.verdict][0]
        canvas.text(finding.verdict.value, _MARGIN, y, size=14, colour=colour)
        canvas.text(finding.name, _MARGIN + 70, y, size=14, colour=TEXT)
        canvas.text(finding.sentence, _MARGIN + 230, y, size=14, colour=TEXT)
        y += _ROW
        for line in remedy:
            canvas.text(line, _MARGIN + 230, y - 4, size=13, colour=QUIET)
            y += _REMEDY_ROW
    return canvas


def _weak(picture: Picture, maps: Maps) -> Picture:
    """The plate in grey, with what was found in colours and the subject's outline in white."""
    grey = (_DIM * picture.mean(2, keepdims=True)).repeat(3, axis=2)
    for mask, colour in ((maps.shadow, _SHADOW), (maps.other, _OTHER), (maps.alike, _ALIKE)):
        grey[mask] = 0.35 * grey[mask] + 0.65 * np.array(colour)
    thick = max(3, 2 * (picture.shape[1] // 500) + 1)
    ring = cv2.morphologyEx(
        maps.subject.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((thick, thick), np.uint8)
    )
    grey[ring > 0] = 235
    return np.asarray(grey, np.uint8)


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
