"""The scores of a frame and of a shot, in the units that the field's tables use."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from . import metrics
from .background import checkerboard
from .band import cropped, unknown_band
from .connectivity import connectivity_error
from .gradient import gradient_error
from .matte import Matte
from .region import Colour, Plane, Region

# name in JSON: (heading, unit as the tables print it)
WHOLE_FRAME = {
    "mad": ("MAD", "1e-3"),
    "mse": ("MSE", "1e-3"),
    "sad": ("SAD", "1e3"),
    "grad": ("Grad", "1e3"),
    "conn": ("Conn", "1e3"),
    "dtssd": ("dtSSD", "1e-2"),
    "fg_mse": ("fg MSE", "1e-3"),
    "fg_mad": ("fg MAD", "1e-3"),
    "comp_mse": ("comp MSE", "1e-3"),
    "comp_mad": ("comp MAD", "1e-3"),
    "comp_grey_mse": ("grey MSE", "1e-3"),
    "comp_grey_mad": ("grey MAD", "1e-3"),
}
# Grad and Conn of the band are plain sums (matting.md 8.1 keeps the two codes' units).
BAND = {**WHOLE_FRAME, "grad": ("Grad", "1"), "conn": ("Conn", "1")}
GREY = 0.18
SUBJECT = 0.5 / 255  # "alpha above 0" of the definitions, whose code reads 8-bit mattes


@dataclass(frozen=True)
class FrameScore:
    """One frame's scores by name; NaN where there is nothing to score.

    Attributes:
        frame: its number.
        whole: over all pixels; keys and units of WHOLE_FRAME.
        band: over the unknown band; keys and units of BAND.
        band_pixels: how many pixels the band has.
    """

    frame: int
    whole: dict[str, float] = field(default_factory=dict)
    band: dict[str, float] = field(default_factory=dict)
    band_pixels: int = 0


def score_frame(
    frame: int,
    estimate: Matte,
    reference: Matte,
    *,
    previous: tuple[Matte, Matte] | None = None,
    background: Colour | None = None,
) -> FrameScore:
    """Scores one frame.

    Args:
        frame: its number.
        estimate: what was solved.
        reference: the truth, of the same size.
        previous: estimate and reference of the frame before; None scores dtSSD as 0, as the
            definition does for a first frame.
        background: (H, W, 3) scene-linear picture that the composite's error is measured over;
            None takes a checkerboard. Grey at 0.18 is measured besides.

    Raises:
        InputMismatch: sizes differ.
        NonFinitePixels: NaN or infinity.
    """
    if background is None:
        background = checkerboard(*reference.alpha.shape)
    band = unknown_band(cropped(reference.alpha))
    crops = (_crop(estimate), _crop(reference))
    previous_crops = None if previous is None else (_crop(previous[0]), _crop(previous[1]))
    return FrameScore(
        frame,
        whole=_scores((estimate, reference), previous, background, None),
        band=_scores(crops, previous_crops, cropped(background), band),
        band_pixels=int(np.count_nonzero(band)),
    )


def summarise(scores: Iterable[FrameScore]) -> FrameScore:
    """The mean over frames, NaN values left out.

    dtSSD keeps its first frame's 0, but a single frame has none.
    """
    scores = list(scores)
    if len(scores) == 1:
        only = scores[0]
        whole, band = ({**part, "dtssd": math.nan} for part in (only.whole, only.band))
        return FrameScore(1, whole, band, only.band_pixels)

    def over(rows: list[dict[str, float]]) -> dict[str, float]:
        means = {}
        for name in rows[0] if rows else ():
            values = [row[name] for row in rows if not math.isnan(row[name])]
            means[name] = sum(values) / len(values) if values else math.nan
        return means

    return FrameScore(
        frame=len(scores),
        whole=over([score.whole for score in scores]),
        band=over([score.band for score in scores]),
        band_pixels=sum(score.band_pixels for score in scores),
    )


def _scores(
    pair: tuple[Matte, Matte],
    previous: tuple[Matte, Matte] | None,
    background: Colour,
    region: Region | None,
) -> dict[str, float]:
    p, t = pair[0].alpha, pair[1].alpha
    is_band = region is not None
    sums = 1.0 if is_band else 1e-3
    scores = {
        "mad": 1e3 * metrics.mad(p, t, region),
        "mse": 1e3 * metrics.mse(p, t, region),
        "sad": 1e-3 * metrics.sad(p, t, region),
        "grad": sums * gradient_error(p, t, region, stretch=is_band),
        "conn": sums * connectivity_error(p, t, region),
        "dtssd": 0.0 if previous is None else 1e2 * _dtssd(pair, previous, region),
    }
    return scores | _colour_scores(*pair, background, region)


def _dtssd(
    pair: tuple[Matte, Matte], previous: tuple[Matte, Matte], region: Region | None
) -> float:
    return metrics.dtssd(
        pair[0].alpha,
        pair[1].alpha,
        previous_estimate=previous[0].alpha,
        previous_reference=previous[1].alpha,
        region=region,
    )


def _colour_scores(
    estimate: Matte, reference: Matte, background: Colour, region: Region | None
) -> dict[str, float]:
    names = [name for name in WHOLE_FRAME if name.startswith(("fg_", "comp_"))]
    scores = dict.fromkeys(names, math.nan)
    if estimate.unpremultiplied is not None and reference.unpremultiplied is not None:
        pair = (estimate.unpremultiplied, reference.unpremultiplied)
        is_subject = reference.alpha >= SUBJECT
        scores["fg_mse"] = 1e3 * metrics.foreground_mse(*pair, is_subject=is_subject, region=region)
        scores["fg_mad"] = 1e3 * metrics.foreground_mad(*pair, is_subject=is_subject, region=region)
    if estimate.premultiplied is not None and reference.premultiplied is not None:
        for name, behind in (("comp", background), ("comp_grey", np.full_like(background, GREY))):
            p = metrics.composite(estimate.premultiplied, estimate.alpha, behind)
            t = metrics.composite(reference.premultiplied, reference.alpha, behind)
            scores[name + "_mse"] = 1e3 * metrics.mse(p, t, region)
            scores[name + "_mad"] = 1e3 * metrics.mad(p, t, region)
    return scores


def _crop(matte: Matte) -> Matte:
    def maybe(values: Plane | None) -> Plane | None:
        return None if values is None else cropped(values)

    return Matte(cropped(matte.alpha), maybe(matte.premultiplied), maybe(matte.unpremultiplied))
