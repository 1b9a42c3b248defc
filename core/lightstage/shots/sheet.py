"""One picture of all shots: plate, clean plate and alpha of the middle frame.

Takes what `assemble.py` wrote; shots that are not there yet are left out.
"""

from __future__ import annotations

from pathlib import Path

from platekey.core.errors import MissingFrame
from platekey.core.frames.image_io import read_frame
from platekey.core.review.canvas import QUIET, Canvas
from platekey.core.review.view import Picture, matte_view, scaled, srgb_view

from .recipes import SHOTS, Shot

TILE, LABEL, GUTTER, SHOTS_A_ROW = 160, 20, 8, 2


def tiles(folder: Path, shot: Shot) -> list[Picture]:
    """Plate, clean plate and alpha, as wide as a tile."""
    frame = (shot.frames + 1) // 2
    plate = read_frame(str(folder / f"plate.{frame:04d}.exr")).select("R", "G", "B")
    clean_plate = read_frame(str(folder / "clean.0001.exr")).select("R", "G", "B")
    alpha = read_frame(str(folder / "gt" / f"alpha.{frame:04d}.exr")).select("A")[..., 0]
    height = TILE * plate.shape[0] // plate.shape[1]
    views = (srgb_view(plate), srgb_view(clean_plate), matte_view(alpha))
    return [scaled(view, TILE, height) for view in views]


def sheet(out: Path) -> Canvas:
    """Places the shots that are assembled.

    Raises:
        MissingFrame: there is none.
    """
    there = [shot for shot in SHOTS if (out / shot.name / "clean.0001.exr").exists()]
    if not there:
        raise MissingFrame(f"{out} has no assembled shot; run platekey lightstage assemble first.")
    pictures = [tiles(out / shot.name, shot) for shot in there]
    high = max(views[0].shape[0] for views in pictures) + LABEL + GUTTER
    wide = 3 * (TILE + 2) + GUTTER
    rows = -(-len(there) // SHOTS_A_ROW)
    canvas = Canvas(GUTTER + wide * min(SHOTS_A_ROW, len(there)), GUTTER + high * rows)
    for number, (shot, views) in enumerate(zip(there, pictures, strict=True)):
        x = GUTTER + wide * (number % SHOTS_A_ROW)
        y = GUTTER + high * (number // SHOTS_A_ROW)
        canvas.text(shot.name, x, y + LABEL - 6, size=11)
        right = x + 3 * (TILE + 2) - 2
        canvas.text(
            ", ".join(shot.tags), right, y + LABEL - 6, size=10, colour=QUIET, align="right"
        )
        for column, view in enumerate(views):
            canvas.place(view, x + column * (TILE + 2), y + LABEL)
    return canvas
