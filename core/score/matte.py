"""What is scored: a solve's file, or the truth, as float64 planes of one data window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from platekey.core.errors import InputMismatch, UnsupportedChannels
from platekey.core.frames.frame import Frame

from .region import Colour, Plane, checked


@dataclass(frozen=True)
class Matte:
    """Alpha with, where the files have it, its foreground.

    Attributes:
        alpha: (H, W), 0 to 1.
        premultiplied: (H, W, 3) foreground times alpha, scene-linear; None if unknown.
        unpremultiplied: (H, W, 3) straight foreground, 0 where alpha is 0; None if unknown.
    """

    alpha: Plane
    premultiplied: Colour | None = None
    unpremultiplied: Colour | None = None


def read_matte(frame: Frame, foreground: Frame | None = None) -> Matte:
    """Takes a matte from the channels that a solve or a truth file has.

    Args:
        frame: alpha in A, else in Y, else in alpha.A or alpha.Y, else the only channel.
        foreground: where the colour is; None looks in `frame` too. R G B beside an A are
            premultiplied, fg.R fg.G fg.B are not, R G B without an A are not.

    Raises:
        UnsupportedChannels: no channel is an alpha.
        InputMismatch: the foreground's data window is another one.
        NonFinitePixels: NaN or infinity.
    """
    alpha = _alpha(frame)
    colour = foreground or frame
    if colour.data_window != frame.data_window:
        raise InputMismatch(
            f"the foreground {colour.path} is {colour.data_window}, its alpha {frame.path} is "
            f"{frame.data_window}; give the two that belong together."
        )
    has_colour = {"R", "G", "B"} <= set(colour.channels)
    premultiplied = unpremultiplied = None
    if has_colour:
        premultiplied = _colour(colour, "R", "G", "B")
    if {"fg.R", "fg.G", "fg.B"} <= set(colour.channels):
        unpremultiplied = _colour(colour, "fg.R", "fg.G", "fg.B")
    elif has_colour and "A" not in colour.channels:
        unpremultiplied = premultiplied
        premultiplied = None
    if premultiplied is None and unpremultiplied is not None:
        premultiplied = unpremultiplied * alpha[..., None]
    elif unpremultiplied is None and premultiplied is not None:
        own = _alpha(colour)[..., None]
        unpremultiplied = np.divide(
            premultiplied, own, out=np.zeros_like(premultiplied), where=own > 0
        )
    return Matte(alpha, premultiplied, unpremultiplied)


def _alpha(frame: Frame) -> Plane:
    known = ("A", "Y", "alpha.A", "alpha.Y")
    names: list[str] = [name for name in known if name in frame.channels]
    if not names and len(frame.channels) == 1:
        names = [frame.channels[0]]
    if not names:
        raise UnsupportedChannels(
            f"{frame.path or 'frame'} has channels {' '.join(frame.channels)}, but an alpha in A "
            "or Y is needed; choose another file."
        )
    plane = frame.select(names[0])[..., 0]
    return checked(frame.path or "alpha", plane, plane.shape)


def _colour(frame: Frame, *names: str) -> Colour:
    pixels = frame.select(*names)
    return checked(frame.path or "foreground", pixels, pixels.shape)
