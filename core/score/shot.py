"""Scores a sequence against its truth, a frame at a time."""

from __future__ import annotations

from collections.abc import Iterator

from platekey.core.errors import InputMismatch
from platekey.core.frames.frame import Frame
from platekey.core.frames.sequence import Sequence

from .background import checkerboard, fitted
from .matte import Matte, read_matte
from .region import Colour
from .report import FrameScore, score_frame


def score_shot(
    estimate: Sequence,
    reference: Sequence,
    frames: tuple[int, ...],
    *,
    reference_foreground: Sequence | None = None,
    background: Colour | None = None,
) -> Iterator[FrameScore]:
    """Yields the score of every frame; dtSSD is against the frame scored before.

    Args:
        estimate: what `solve` wrote.
        reference: the true alphas, by the same frame numbers.
        frames: which to score, in order.
        reference_foreground: the true foregrounds; see read_matte for what is premultiplied.
        background: scene-linear picture of any size that composites are compared over; None is
            a checkerboard.

    Raises:
        MissingFrame: a frame is not in one of the sequences.
        InputMismatch: data windows differ.
        NonFinitePixels: NaN or infinity.
    """
    estimate.require(frames, "matte")
    reference.require(frames, "truth")
    if reference_foreground is not None:
        reference_foreground.require(frames, "true foreground")
    previous: tuple[Matte, Matte] | None = None
    for number in frames:
        solved, true = estimate.read(number), reference.read(number)
        colour = None if reference_foreground is None else reference_foreground.read(number)
        _check_windows(solved, true, number)
        pair = (read_matte(solved), read_matte(true, colour))
        height, width = pair[1].alpha.shape
        if background is None:
            behind = checkerboard(height, width)
        else:
            behind = fitted(background, height, width)
        yield score_frame(number, *pair, previous=previous, background=behind)
        previous = pair


def _check_windows(solved: Frame, true: Frame, number: int) -> None:
    if solved.data_window != true.data_window:
        raise InputMismatch(
            f"frame {number} of the matte is {solved.data_window}, of the truth "
            f"{true.data_window}; score a matte of the very frames that the truth was made for."
        )
