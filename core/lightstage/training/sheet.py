"""A contact sheet of training samples: look at what a network is about to learn from."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from platekey.core.review.canvas import QUIET, Canvas
from platekey.core.review.view import Picture, matte_view, scaled, srgb_view

from .hints import HintKind

_COLUMNS = ("previous", "plate", "next", "clean_plate", "hint", "alpha", "foreground")
_TITLES = ("frame before", "plate", "frame after", "clean plate", "hint", "alpha", "foreground")
_SIDE = 224  # pixels of a tile
_GAP = 6
_TOP = 28  # for the titles
_LINE = 20  # for what was done, below each row


def sample_sheet(samples: Sequence[dict[str, Tensor]]) -> Canvas:
    """Draws samples as rows; plates as sRGB, at the exposure they have.

    Args:
        samples: of SampleDataset, at least one.
    """
    row = _SIDE + _LINE + _GAP
    width = _GAP + len(_COLUMNS) * (_SIDE + _GAP)
    canvas = Canvas(width, _TOP + len(samples) * row + _GAP)
    for column, title in enumerate(_TITLES):
        canvas.text(title, _GAP + column * (_SIDE + _GAP), 19)
    for number, sample in enumerate(samples):
        y = _TOP + number * row
        for column, name in enumerate(_COLUMNS):
            tile = scaled(_view(sample, name), _SIDE, _SIDE)
            canvas.place(tile, _GAP + column * (_SIDE + _GAP), y)
        canvas.text(_told(sample), _GAP, y + _SIDE + 14, size=11, colour=QUIET)
    return canvas


def _view(sample: dict[str, Tensor], name: str) -> Picture:
    picture = sample[name].cpu()
    if picture.shape[0] == 1:
        return matte_view(picture[0].numpy())
    if name == "foreground":
        picture = picture * (sample["alpha"].cpu() > 0)
    return srgb_view(picture.permute(1, 2, 0).numpy())


def _told(sample: dict[str, Tensor]) -> str:
    """One line: which sample, what hint, what was done."""
    hint = list(HintKind)[int(sample["hint_kind"])].value
    words = [f"sample {int(sample['number'])}", f"hint {hint}"]
    if not bool(sample["has_neighbours"]):
        words.append("no neighbours")
    for name, amount in sample.items():
        if name.startswith("amount_") and float(amount):
            words.append(f"{name.removeprefix('amount_')} {float(amount):.3g}")
    return " · ".join(words)
