"""One frame: plate and conditioned clean plate in, alpha, foreground, shadow, confidence out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.filters import reduce
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.stopping import go_on, never

from .coarse import CoarseMatte, Scene, solve_coarse
from .sharpen import crop_scene, sharpen, tiles
from .unmix import judge_confidence, least_alpha, snap, unmix_foreground

_COARSE_PIXELS = 1_000_000  # the whole-frame solve works on at most this many
_TILE = 1024  # pixels; about 250 MB of work
_CORRELATED = 1.5  # averaged noise is less independent than white noise would be


@dataclass(frozen=True)
class Solution:
    """A solved frame; scene-linear, in the plate's space.

    Attributes:
        alpha: (1, 1, H, W) in [0, 1].
        foreground: (1, 3, H, W) straight, unbounded; the plate where alpha is 1.
        shadow: (1, 3, H, W), plate over clean plate where the background shows, 1 = untouched.
        confidence: (1, 1, H, W) in [0, 1].
        report: figures of the solve by name.
    """

    alpha: Tensor
    foreground: Tensor
    shadow: Tensor
    confidence: Tensor
    report: dict[str, Any]


def solve_frame(
    plate: Tensor,
    conditioned: ConditionedPlate,
    options: MatteOptions,
    *,
    hint: Tensor | None = None,
    garbage: Tensor | None = None,
    holdout: Tensor | None = None,
    should_stop: Callable[[], bool] = never,
) -> Solution:
    """Solves one frame by the difference method.

    Args:
        plate: (1, 3, H, W) scene-linear, finite, unbounded, any size from 1x1.
        conditioned: the clean plate made to fit, same size and device.
        options: see MatteOptions; edge_width is in pixels of the plate.
        hint: (1, 1, H, W) rough alpha in [0, 1], believed where the picture does not say otherwise.
        garbage: (1, 1, H, W) in [0, 1]; alpha is 0 where it is 1.
        holdout: (1, 1, H, W) in [0, 1]; alpha is 1 where it is 1, unless garbage says 0.
        should_stop: polled between steps and tiles.

    Returns:
        The solution; the same for any tile size.

    Raises:
        ShapeError: inputs differ in size.
        Cancelled: should_stop said so.
    """
    _check_shapes(plate, conditioned, hint=hint, garbage=garbage, holdout=holdout)
    started = time.perf_counter()
    exposure = conditioned.exposure
    scene = Scene(
        plate=plate * exposure,
        clean_plate=conditioned.clean_plate * exposure,
        valid=conditioned.valid,
        noise=(conditioned.plate_noise + conditioned.clean_noise).exposed(exposure),
        misalignment=conditioned.misalignment,
        hint=hint,
        garbage=garbage,
        holdout=holdout,
    )
    height, width = plate.shape[-2:]
    factor = max(1, math.ceil(math.sqrt(height * width / _COARSE_PIXELS)))
    small = _reduced(scene, factor)
    coarse = solve_coarse(small, options, round(options.edge_width / factor), should_stop)
    coarse_seconds = time.perf_counter() - started

    guide = scene.noise.stabilised(small.plate)  # on the scale of the full-resolution plate
    alpha, confidence = torch.empty_like(plate[:, :1]), torch.empty_like(plate[:, :1])
    foreground, shadow = torch.empty_like(plate), torch.empty_like(plate)
    for tile in tiles(height, width, options.tile or _TILE, factor):
        go_on(should_stop)
        part = crop_scene(scene, tile)
        matte = sharpen(part, coarse, guide, factor, tile)
        floor = torch.where(matte.alpha > 0, least_alpha(part, matte), matte.alpha)
        tile_alpha = snap(_with_mattes(torch.maximum(matte.alpha, floor), part))
        tile.of(alpha).copy_(tile_alpha)
        tile.of(foreground).copy_(unmix_foreground(part, matte, tile_alpha) / exposure)
        tile.of(shadow).copy_(torch.exp2(matte.shadow))
        tile.of(confidence).copy_(judge_confidence(part, matte, tile_alpha, options.tolerance))
    report = _report(coarse, alpha, confidence, factor)
    report["seconds_coarse"] = round(coarse_seconds, 3)
    report["seconds"] = round(time.perf_counter() - started, 3)
    return Solution(alpha, foreground, shadow, confidence, report)


def _reduced(scene: Scene, factor: int) -> Scene:
    """The scene `factor` times smaller; averaging lowers its noise."""
    if factor == 1:
        return scene

    def small(x: Tensor | None) -> Tensor | None:
        return None if x is None else reduce(x, factor)

    return Scene(
        plate=reduce(scene.plate, factor),
        clean_plate=reduce(scene.clean_plate, factor),
        valid=(reduce(scene.valid, factor) > 0.999).to(scene.valid.dtype),
        noise=scene.noise.scaled(_CORRELATED / factor**2),
        misalignment=scene.misalignment / factor,
        hint=small(scene.hint),
        garbage=small(scene.garbage),
        holdout=small(scene.holdout),
    )


def _with_mattes(alpha: Tensor, scene: Scene) -> Tensor:
    """Alpha under the artist's soft mattes; garbage wins over holdout."""
    if scene.holdout is not None:
        alpha = torch.maximum(alpha, scene.holdout.clamp(0, 1))
    if scene.garbage is not None:
        alpha = alpha * (1 - scene.garbage.clamp(0, 1))
    return alpha


def _report(coarse: CoarseMatte, alpha: Tensor, confidence: Tensor, factor: int) -> dict[str, Any]:
    soft = (alpha > 0) & (alpha < 1)
    return {
        "coarse_factor": factor,
        "background_drift_stops": round(coarse.drift, 4),
        "alpha_mean": round(float(alpha.mean()), 5),
        "soft_share": round(float(soft.float().mean()), 5),
        "confidence_mean": round(float(confidence.mean()), 5),
    }


def _check_shapes(plate: Tensor, conditioned: ConditionedPlate, **mattes: Tensor | None) -> None:
    if plate.dim() != 4 or plate.shape[:2] != (1, 3):
        raise ShapeError(f"plate is {tuple(plate.shape)}, expected (1, 3, H, W)")
    if conditioned.clean_plate.shape != plate.shape:
        theirs = tuple(conditioned.clean_plate.shape)
        raise ShapeError(f"plate is {tuple(plate.shape)}, clean plate {theirs}")
    expected = (1, 1, *plate.shape[-2:])
    for name, matte in mattes.items():
        if matte is not None and tuple(matte.shape) != expected:
            raise ShapeError(f"{name} is {tuple(matte.shape)}, expected {expected}")
