"""Plate and composite side by side: what the matte is for, at a glance."""

from __future__ import annotations

from .canvas import Canvas
from .view import Picture, scaled

_WIDEST = 960  # pixels of one of the two
_MARGIN, _GUTTER, _LABEL = 16, 8, 30


def before_after(before: Picture, after: Picture) -> Canvas:
    """Lays out two pictures of one size; see view.srgb_view."""
    height, width = before.shape[:2]
    scale = min(1.0, _WIDEST / width)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = Canvas(2 * _MARGIN + 2 * width + _GUTTER, _MARGIN + height + _LABEL)
    for label, picture, x in (
        ("plate", before, _MARGIN),
        ("composite over a new background", after, _MARGIN + width + _GUTTER),
    ):
        canvas.place(scaled(picture, width, height), x, _MARGIN)
        canvas.text(label, x, _MARGIN + height + 20, size=13)
    return canvas
