"""Will this pair of plate and clean plate key? Figures, verdicts, and what to do about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .conditioning import ConditionedPlate
from .encoding import encode
from .findings import Finding, Verdict, graded, judged
from .quick_filters import box_mean

Mask = NDArray[np.bool_]

_GREY = 0.18
_DARKENED = -0.15  # stops; less is no shadow that anybody sees
_ALIKE = 0.2  # stops, of the most different channel
_PART = 0.1  # of the largest part of the matte: smaller ones are not the subject
_PLATEAU = 0.999  # of the brightest value: clipped
_LEAST_AGREEMENT = 0.15  # share of the frame that must show the same background
_LARGEST_SHIFT = 0.03  # of the width, that registration finds without fail


@dataclass(frozen=True)
class Solved:
    """What the check looks at of one solved frame, (1, C, H, W) each.

    Attributes:
        plate: scene-linear.
        conditioned: the clean plate made to fit.
        clean_plate: as it came.
        alpha: of the difference method.
        shadow: plate over clean plate where the background shows.
    """

    plate: Tensor
    conditioned: ConditionedPlate
    clean_plate: Tensor
    alpha: Tensor
    shadow: Tensor


@dataclass(frozen=True)
class Maps:
    """Where the findings are, (H, W) each.

    Attributes:
        subject: true on the subject, its holes closed.
        alike: true where the subject has the clean plate's colour.
        shadow: true where the background is darker than in the clean plate.
        other: true where something else than the subject differs.
    """

    subject: Mask
    alike: Mask
    shadow: Mask
    other: Mask


def check_pair(frames: Sequence[Solved]) -> tuple[Finding, ...]:
    """Judges one or more frames of a shot; the worst of them counts.

    Args:
        frames: solved ones, in order, spread over the shot.
    """
    reports = [frame.conditioned.report for frame in frames]
    maps = [map_pair(frame) for frame in frames]
    return (
        _same_view(reports),
        _exposure(reports),
        _white_balance(reports),
        _shift(reports, frames[0].plate.shape[-1]),
        _focus(reports),
        _noise(reports),
        _clipping(frames),
        _shadow(frames, maps),
        _alike(maps),
        _background(maps),
    )


def map_pair(frame: Solved) -> Maps:
    """Where the findings of a frame are."""
    alpha = frame.alpha[0, 0].cpu().numpy()
    height, width = alpha.shape
    main, other = _parts(alpha > 0.5)
    reach = max(1, width // 60)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    rim = 2 * reach
    framed = cv2.copyMakeBorder(main.astype(np.uint8), rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, kernel)
    subject = closed[rim:-rim, rim:-rim] > 0
    background = frame.conditioned.clean_plate * frame.shadow
    exposure = frame.conditioned.exposure
    change = encode(frame.plate * exposure) - encode(background * exposure)
    contrast = box_mean(change, 1).abs().amax(1)[0].cpu().numpy()
    inside = cv2.erode(subject.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    stops = torch.log2(frame.shadow.mean(1).clamp_min(1e-3))[0].cpu().numpy()
    return Maps(
        subject=np.asarray(subject),
        alike=np.asarray(inside & (contrast < _ALIKE)),
        shadow=np.asarray((stops < _DARKENED) & (alpha < 0.02)),
        other=other,
    )


def _parts(different: Mask) -> tuple[Mask, Mask]:
    """The subject, and what else differs."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(different.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    is_main = areas > _PART * max(areas.max(), 1)
    found = np.arange(count) > 0
    return np.asarray((is_main & found)[labels]), np.asarray((~is_main & found)[labels])


def _same_view(reports: list[dict[str, Any]]) -> Finding:
    agreeing = 100 * min(float(report["exposure_agreement"]) for report in reports)
    verdict = Verdict.GOOD if agreeing >= 30 else Verdict.USABLE
    if agreeing < 100 * _LEAST_AGREEMENT:
        verdict = Verdict.BAD
    remedy = (
        "Make sure that it is the clean plate of this very set-up: same lens, focal length, place "
        "and light; the subject may fill half of the picture, not all of it."
    )
    sentence = f"{agreeing:.0f} % of the picture show the same background in both."
    return judged("same view", verdict, agreeing, "%", sentence, remedy)


def _exposure(reports: list[dict[str, Any]]) -> Finding:
    stops = [float(np.mean(report["exposure_stops"])) for report in reports]
    drift = max(float(report["drift_stops"]) for report in reports)
    change = max(stops) - min(stops)
    figure = max(max(abs(value) for value in stops), drift)
    verdict = max(
        (graded(figure, 0.08, 1.0), graded(change, 0.05, 0.5)), key=lambda item: item.badness
    )
    sentence = f"The plate is {stops[0]:+.2f} stops from the clean plate"
    if drift:
        sentence += f", and its light drifts by {drift:.2f} stops over the frame"
    if len(stops) > 1:
        sentence += f"; over the frames that changes by {change:.2f} stops"
    remedy = (
        "Lock exposure, ISO, aperture and shutter by hand before the clean plate and leave them; "
        "outdoors shoot both within a minute. What is there is evened out by solve."
    )
    return judged("exposure", verdict, figure, "stops", sentence + ".", remedy)


def _white_balance(reports: list[dict[str, Any]]) -> Finding:
    figure = max(float(np.ptp(report["exposure_stops"])) for report in reports)
    sentence = f"The channels drift apart by {figure:.2f} stops."
    remedy = "Lock the white balance; automatic balance follows the subject's clothes."
    return judged("white balance", graded(figure, 0.05, 0.5), figure, "stops", sentence, remedy)


def _shift(reports: list[dict[str, Any]], width: int) -> Finding:
    shift = max(float(report["shift_px"]) for report in reports)
    left = max(float(report["misalignment_px"]) for report in reports)
    verdict = graded(shift, 0.5, _LARGEST_SHIFT * width)
    verdict = max((verdict, graded(left, 0.7, 1.5)), key=lambda item: item.badness)
    moved = f"The camera moved by {shift:.1f} px" if shift >= 0.05 else "The camera stood still"
    sentence = f"{moved} in between; {left:.1f} px of misfit remain after registration."
    remedy = (
        "Use a tripod and do not touch the camera between the two; what stands before the "
        "background at another depth moves differently and cannot be registered."
    )
    return judged("shift", verdict, shift, "px", sentence, remedy)


def _focus(reports: list[dict[str, Any]]) -> Finding:
    worst = max(reports, key=lambda report: float(report["focus_px"]))
    blur, words = float(worst["focus_px"]), str(worst["focus"])
    is_softer = words.startswith("clean plate softer")
    verdict = graded(blur, 0.4, 1.2 if is_softer else 4.0)
    sentence = f"Focus is {words}." if not blur else f"By {blur:.1f} px: {words}."
    remedy = (
        "Lock the focus where the subject will stand, with the subject there, then let it step out "
        "for the clean plate."
    )
    return judged("focus", verdict, blur, "px", sentence, remedy)


def _noise(reports: list[dict[str, Any]]) -> Finding:
    figure = max(
        100 * max(float(report["noise_plate"]), float(report["noise_clean_plate"])) / _GREY
        for report in reports
    )
    sentence = f"Noise is {figure:.1f} % of an 18 % grey."
    remedy = (
        "Use more light or a lower ISO; shoot a few seconds of clean plate and merge them with "
        "platekey clean."
    )
    return judged("noise", graded(figure, 5.0, 12.0), figure, "%", sentence, remedy)


def _clipping(frames: Sequence[Solved]) -> Finding:
    shares = []
    for frame in frames:
        brightest = float(frame.clean_plate.max())
        clipped = frame.clean_plate.amin(1) >= _PLATEAU * brightest
        shares.append(100 * float(clipped.float().mean()))
    figure = max(shares)
    sentence = f"{figure:.1f} % of the clean plate are one flat white."
    remedy = "Expose for the brightest part of the background: where it clips, nothing can be told."
    return judged("clipping", graded(figure, 0.5, 5.0), figure, "%", sentence, remedy)


def _shadow(frames: Sequence[Solved], maps: list[Maps]) -> Finding:
    share, depth = 0.0, 0.0
    for frame, found in zip(frames, maps, strict=True):
        if not found.shadow.any():
            continue
        stops = -torch.log2(frame.shadow.mean(1).clamp_min(1e-3))[0].cpu().numpy()[found.shadow]
        share = max(share, 100 * float(found.shadow.mean()))
        depth = max(depth, float(np.percentile(stops, 95)))
    verdict = Verdict.GOOD if share < 2 else graded(depth, 0.4, 2.0)
    sentence = f"{share:.0f} % of the picture are in the subject's shadow, up to {depth:.1f} stops."
    remedy = (
        "Put the subject one and a half metres or more before the wall, light it from the side or "
        "above, and soften the light; a hard shadow that touches the subject is hardest."
    )
    return judged("shadow", verdict, depth, "stops", sentence, remedy)


def _alike(maps: list[Maps]) -> Finding:
    figure = max(100 * float(m.alike.sum()) / max(float(m.subject.sum()), 1) for m in maps)
    sentence = f"{figure:.0f} % of the subject have the colour of what is behind them."
    remedy = (
        "Change what is behind the subject or what it wears: colours and brightness that the "
        "background does not have; else expect to paint a hint or a holdout there."
    )
    verdict = graded(figure, 5.0, 10.0)
    return judged("colour coincidence", verdict, figure, "%", sentence, remedy)


def _background(maps: list[Maps]) -> Finding:
    figure = max(100 * float(found.other.mean()) for found in maps)
    sentence = f"{figure:.1f} % of the picture differ besides the subject: they moved or changed."
    remedy = (
        "Keep the background still: no leaves, screens, passers-by, moved props; or shoot ten "
        "seconds of clean plate and merge them with platekey clean, which learns what moves."
    )
    return judged("background", graded(figure, 0.3, 2.0), figure, "%", sentence, remedy)
