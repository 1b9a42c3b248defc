"""A dark page on which pictures are placed to the pixel, with text and plots beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from platekey.core.frames.atomic import whole_file

from .view import BEHIND, Picture

PAGE = (30, 30, 32)
TEXT = "#d8d8d8"
QUIET = "#8c8c90"
ACCENT = "#e8a33d"
FORMATS = (".png", ".jpg", ".jpeg")
_DPI = 100


@dataclass
class Canvas:
    """Pixels from the top left, y down, as everywhere else."""

    width: int
    height: int
    _pixels: Picture = field(init=False)
    _figure: Figure = field(init=False)

    def __post_init__(self) -> None:
        """Makes an empty page."""
        self._pixels = np.empty((self.height, self.width, 3), dtype=np.uint8)
        self._pixels[:] = PAGE
        # a hundredth of a pixel more: 203 / 100 * 100 is less than 203 and would lose a column
        inches = ((self.width + 0.01) / _DPI, (self.height + 0.01) / _DPI)
        self._figure = Figure(figsize=inches, dpi=_DPI)
        FigureCanvasAgg(self._figure)

    def place(self, picture: Picture, x: int, y: int) -> None:
        """Puts a picture down, a pixel a pixel."""
        height, width = picture.shape[:2]
        self._pixels[y : y + height, x : x + width] = picture

    def frame(self, x: int, y: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
        """Draws the one pixel wide outline of a rectangle."""
        right, bottom = x + width - 1, y + height - 1
        self._pixels[[y, bottom], x : right + 1] = colour
        self._pixels[y : bottom + 1, [x, right]] = colour

    def tag(self, words: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
        """Writes a number or letter on a small square of a colour, its top left at x, y."""
        side = 20
        self._pixels[y : y + side, x : x + side] = colour
        self.text(words, x + side // 2, y + 15, size=13, colour="#101010", align="center")

    def text(
        self, words: str, x: int, y: int, *, size: int = 13, colour: str = TEXT, align: str = "left"
    ) -> None:
        """Writes one line; `y` is its baseline, `size` in pixels."""
        self._figure.text(
            x / self.width,
            1 - y / self.height,
            words,
            fontsize=size * 72 / _DPI,
            color=colour,
            ha=align,
            va="baseline",
            parse_math=False,
        )

    def axes(self, x: int, y: int, width: int, height: int) -> Axes:
        """Adds a plot in the page's colours."""
        axes = self._figure.add_axes(
            (
                x / self.width,
                1 - (y + height) / self.height,
                width / self.width,
                height / self.height,
            )
        )
        axes.set_facecolor("#{:02x}{:02x}{:02x}".format(*BEHIND))
        axes.tick_params(colors=QUIET, labelsize=9, length=0)
        axes.grid(color="#3a3a3e", linewidth=0.6)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def save(self, path: str) -> None:
        """Writes a PNG, or a JPEG where the name says so; whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        self._figure.figimage(self._pixels, zorder=-10)
        with whole_file(path) as temporary:
            if path.lower().endswith(FORMATS[1:]):
                quality = {"quality": 92, "subsampling": 0}
                self._figure.savefig(temporary, format="jpeg", dpi=_DPI, pil_kwargs=quality)
            else:
                self._figure.savefig(temporary, format="png", dpi=_DPI)
