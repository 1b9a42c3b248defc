"""Where a comp works, and how pictures of other sizes are put there."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from platekey.core.comp.options import Fit
from platekey.core.frames.frame import Frame, Pixels, Window

from .windows import fit_to_plate


def comp_window(foreground: Frame) -> Frame:
    """The header of a comp: the foreground's, on a data window that holds its format as well.

    So a foreground that was cropped still gets a whole picture, and its overscan is kept.
    """
    data, display = foreground.data_window, foreground.display_window
    x, y = min(data.x, display.x), min(data.y, display.y)
    right = max(data.x + data.width, display.x + display.width)
    bottom = max(data.y + data.height, display.y + display.height)
    window = Window(x, y, right - x, bottom - y)
    empty = np.empty((window.height, window.width, 0), np.float32)
    return replace(foreground, pixels=empty, channels=(), data_window=window)


def place_background(
    pixels: Pixels, background: Frame, comp: Frame, fit: Fit, *, smooth: bool = True
) -> tuple[Pixels, Pixels]:
    """Puts a picture of any size behind the foreground.

    Of the foreground's own format it lies where its windows say, overscan included. Any other is
    scaled in linear light until it covers the format (Fit.FILL; pixel aspects are allowed for) or
    left as large as it is (Fit.NONE), and centred. What it does not cover repeats its edge.

    Args:
        pixels: (H, W, C), those of `background` or made from them.
        background: its header.
        comp: see comp_window.
        fit: see Fit.
        smooth: False takes nearest pixels, for depth.

    Returns:
        (h, w, C) on the comp's data window, and (h, w, 1) that is 1 where the picture covers it.

    Raises:
        InputMismatch: nothing of it lies in the comp's window.
    """
    given, wanted = background.display_window, comp.display_window
    aspect = background.pixel_aspect / comp.pixel_aspect
    same = (given.width, given.height, aspect) == (wanted.width, wanted.height, 1.0)
    if same:
        return fit_to_plate(pixels, background, comp, "background")
    scale = 1.0
    if fit is Fit.FILL:
        scale = max(wanted.width / (given.width * aspect), wanted.height / given.height)
    across, down = scale * aspect, scale
    height, width = pixels.shape[:2]
    size = (max(1, round(width * across)), max(1, round(height * down)))
    if size != (width, height):
        pixels = _scaled(pixels, size, smooth=smooth)
    # the middle of the given format goes to the middle of the comp's
    left = (background.data_window.x - given.x - given.width / 2) * across + wanted.width / 2
    top = (background.data_window.y - given.y - given.height / 2) * down + wanted.height / 2
    placed = Window(wanted.x + round(left), wanted.y + round(top), size[0], size[1])
    header = Frame(
        pixels[..., :0], (), placed, wanted, path=background.path, pixel_aspect=comp.pixel_aspect
    )
    return fit_to_plate(pixels, header, comp, "background")


def _scaled(pixels: Pixels, size: tuple[int, int], *, smooth: bool) -> Pixels:
    """Area averages down, bilinear up: no overshoot beside highlights."""
    larger = size[0] > pixels.shape[1] or size[1] > pixels.shape[0]
    kind = cv2.INTER_LINEAR if larger else cv2.INTER_AREA
    scaled = cv2.resize(pixels, size, interpolation=kind if smooth else cv2.INTER_NEAREST)
    return np.asarray(scaled, np.float32).reshape(size[1], size[0], pixels.shape[2])
