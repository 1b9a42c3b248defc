"""A frame: pixels with everything that a compositor needs to put them back in their place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import ShapeError, UnsupportedChannels

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels. `x`, `y` is its top left corner, y down; may be negative."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        """The size, and the origin where it is not 0, 0."""
        origin = f" at {self.x},{self.y}" if self.x or self.y else ""
        return f"{self.width}x{self.height}{origin}"


@dataclass(frozen=True)
class Attribute:
    """A header value whose type a str, int or float does not tell: a matrix, a box, a time code.

    `type` is OpenImageIO's name of it ("matrix", "timecode", "float[8]"), `value` a flat tuple.
    """

    type: str
    value: Any


@dataclass(frozen=True)
class Frame:
    """One picture, or several layers of one.

    Attributes:
        pixels: (H, W, C) float32, row 0 is the top of the data window, unbounded.
        channels: C names as in the file ("R", "fg.R", "shadow.G"), without duplicates.
        data_window: where the pixels are; its size is W x H.
        display_window: the format that the artist works in.
        pixel_aspect: width of a pixel over its height.
        colour_space: the space as the file tags it (an OCIO or interop name), None if it does not.
        attributes: every other header attribute that a writer can carry over, by its name: str,
            int, float or Attribute.
        path: where it was read from, for messages; empty if made in memory.
    """

    pixels: Pixels
    channels: tuple[str, ...]
    data_window: Window
    display_window: Window
    pixel_aspect: float = 1.0
    colour_space: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    path: str = ""

    def __post_init__(self) -> None:
        """Checks that the pixels fit channels and data window."""
        expected = (self.data_window.height, self.data_window.width, len(self.channels))
        if self.pixels.shape != expected:
            raise ShapeError(f"pixels are {self.pixels.shape}, the header says {expected}")

    def select(self, *names: str) -> Pixels:
        """Returns the named channels, (H, W, len(names)).

        Raises:
            UnsupportedChannels: one of them is not in the frame.
        """
        missing = [name for name in names if name not in self.channels]
        if missing:
            raise UnsupportedChannels(
                f"{self.path or 'frame'} has channels {' '.join(self.channels)}, "
                f"but {' '.join(missing)} is needed; choose another file or layer."
            )
        return self.pixels[..., [self.channels.index(name) for name in names]]

    def with_pixels(self, pixels: Pixels, channels: tuple[str, ...]) -> Frame:
        """The same header around other pixels."""
        return replace(self, pixels=pixels, channels=channels)


@dataclass(frozen=True)
class Header:
    """What a file says about one of its layers; the fields are those of Frame.

    `layers` is everything that the argument `layer` can be for this file.
    """

    channels: tuple[str, ...]
    data_window: Window
    display_window: Window
    pixel_aspect: float
    colour_space: str | None
    attributes: dict[str, Any]
    path: str
    layers: tuple[str, ...]

    def frame(self, pixels: Pixels) -> Frame:
        """The frame with these pixels, (H, W, C)."""
        return Frame(
            pixels,
            self.channels,
            self.data_window,
            self.display_window,
            self.pixel_aspect,
            self.colour_space,
            self.attributes,
            self.path,
        )
