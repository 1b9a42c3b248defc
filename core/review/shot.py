"""Reads a solved shot and makes its contact sheet and its before/after picture."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from platekey.core.colour.colour import DEFAULT_SPACE, convert, resolve_input_space
from platekey.core.errors import InputMismatch, OptionError, UnsupportedChannels
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.layers import rgb
from platekey.core.frames.sequence import Sequence, format_frame_range
from platekey.core.options import MatteOptions
from platekey.core.score.background import fitted

from .before_after import before_after
from .canvas import Canvas
from .figures import FrameFigures, doubt_of
from .flicker import Flicker, measure_flicker
from .sheet import Passes, Pixels, Shot, contact_sheet
from .view import scaled, srgb_view

_View = Callable[[Frame], Pixels]

_STRIP = (480, 270)  # pixels that a picture of the film strip is kept at, at most


class Review(NamedTuple):
    """A contact sheet, a before/after picture, and every frame in figures."""

    sheet: Canvas
    pair: Canvas
    figures: list[FrameFigures]


def review_shot(
    result: Sequence,
    plate: Sequence,
    clean_plate: Sequence,
    frames: tuple[int, ...],
    *,
    background: NDArray[np.float64] | None = None,
    colorspace: str = "",
) -> Review:
    """Makes the contact sheet and the before/after picture of a shot, and its figures.

    The middle frame is shown in full; the film strip and the flicker plot see all of them.

    Args:
        result: what `solve` wrote.
        plate: what it was solved from.
        clean_plate: likewise; a single frame serves all.
        frames: which to look at, in order.
        background: scene-linear picture of any size for the composites; None is a gradient from
            dark to bright, on which fringes of both kinds show.
        colorspace: of plate and clean plate; "" takes their tags.

    Raises:
        MissingFrame: a frame is not in one of the sequences.
        InputMismatch: the result is not of this plate.
        UnsupportedChannels: the result has no R G B A.
    """
    view = partial(_rec709, colorspace=colorspace)
    for sequence, role in ((result, "result"), (plate, "plate"), (clean_plate, "clean plate")):
        sequence.require(frames, role)
    shown = frames[len(frames) // 2]
    strip, flicker, figures = [], [], []
    previous: Passes | None = None
    for number in frames:
        solved = result.read(number)
        passes = _passes(solved, plate.read(number), clean_plate.read(number), background, view)
        composite = srgb_view(passes.over(passes.background))
        if number == shown:
            main, facts = passes, shot_facts(solved, frames)
            pair = before_after(srgb_view(passes.plate), composite)
        strip.append((number, scaled(composite, *_strip_size(solved.data_window))))
        if previous is not None:
            flicker.append(_flicker(number, previous, passes))
        doubt = doubt_of(passes.alpha, passes.confidence)
        figures.append(FrameFigures(number, doubt, flicker[-1].static if flicker else math.nan))
        previous = passes
    shot = Shot(result.name, facts, strip, flicker)
    return Review(contact_sheet(shot, shown, main), pair, figures)


def gradient(height: int, width: int) -> NDArray[np.float64]:
    """(H, W, 3) scene-linear, dark on the left and bright on the right, a little blue."""
    ramp = np.geomspace(0.03, 0.9, max(width, 2))[:width]
    row: NDArray[np.float64] = ramp[:, None] * np.array([0.92, 1.0, 1.12])
    return np.tile(row, (height, 1, 1))


def _passes(
    solved: Frame,
    plate: Frame,
    clean_plate: Frame,
    background: NDArray[np.float64] | None,
    view: _View,
) -> Passes:
    window = solved.data_window
    if plate.data_window != window:
        raise InputMismatch(
            f"the result {solved.path} is {window}, the plate {plate.path} is "
            f"{plate.data_window}; give the plate that it was solved from."
        )
    alpha = solved.select("A")[..., 0]
    height, width = alpha.shape
    behind = gradient(height, width) if background is None else fitted(background, height, width)
    return Passes(
        plate=view(plate),
        clean_plate=_on_window(view(clean_plate), clean_plate.data_window, window),
        alpha=alpha,
        premultiplied=_rec709(solved, colorspace=""),
        background=behind,
        shadow=_layer(solved, "shadow.R", "shadow.G", "shadow.B"),
        confidence=_layer(solved, "confidence.Y"),
    )


def _rec709(frame: Frame, *, colorspace: str) -> Pixels:
    """Scene-linear Rec.709, which the view expects; a matrix, so premultiplied colour may pass."""
    source, _ = resolve_input_space(colorspace, frame)
    return convert(rgb(frame), source, DEFAULT_SPACE)


def _layer(frame: Frame, *names: str) -> Pixels | None:
    try:
        pixels = frame.select(*names)
    except UnsupportedChannels:  # solved with one file a pass: the sheet says so
        return None
    return pixels if len(names) > 1 else pixels[..., 0]


def _on_window(pixels: Pixels, have: Window, wanted: Window) -> Pixels:
    """The part of a picture that lies in another data window; black where there is none."""
    if have == wanted:
        return pixels
    placed = np.zeros((wanted.height, wanted.width, pixels.shape[2]), dtype=pixels.dtype)
    left, top = max(have.x, wanted.x), max(have.y, wanted.y)
    right = min(have.x + have.width, wanted.x + wanted.width)
    bottom = min(have.y + have.height, wanted.y + wanted.height)
    if right > left and bottom > top:
        placed[top - wanted.y : bottom - wanted.y, left - wanted.x : right - wanted.x] = pixels[
            top - have.y : bottom - have.y, left - have.x : right - have.x
        ]
    return placed


def _strip_size(window: Window) -> tuple[int, int]:
    scale = min(1.0, _STRIP[0] / window.width, _STRIP[1] / window.height)
    return max(1, round(window.width * scale)), max(1, round(window.height * scale))


def _flicker(number: int, previous: Passes, passes: Passes) -> Flicker:
    if previous.plate.shape != passes.plate.shape:
        raise InputMismatch(
            f"frame {number} has another size than the frame before; review them apart."
        )
    return measure_flicker(number, (previous.plate, passes.plate), (previous.alpha, passes.alpha))


def shot_facts(solved: Frame, frames: tuple[int, ...]) -> str:
    """One line about a result: frames, size, and how it was made."""
    window, display = solved.data_window, solved.display_window
    facts = [f"frames {format_frame_range(frames)}", f"{window}"]
    if display != window:
        facts.append(f"format {display}")
    facts += _settings(solved.attributes)
    return "   ·   ".join(facts)


def _settings(attributes: dict[str, Any]) -> list[str]:
    """How the result was made, as far as its header tells: what differs from the defaults."""
    if "platekey:settings" not in attributes:
        return []
    version = f"platekey {attributes.get('platekey:version', 'of unknown version')}"
    try:
        settings = MatteOptions.from_json(json.loads(attributes["platekey:settings"])).to_json()
    except (OptionError, TypeError, ValueError):
        return [version, "settings of another version"]
    defaults = MatteOptions().to_json()
    changed = [f"{k} {v}" for k, v in settings.items() if k != "method" and v != defaults[k]]
    return [version, f"method {settings['method']}", *changed]
