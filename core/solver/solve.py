"""One frame: plate and conditioned clean plate in, alpha, foreground, shadow, confidence out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.quick_filters import reduce
from platekey.core.stopping import go_on, never

from .coarse import CoarseMatte, Scene, solve_coarse
from .sharpen import Tile, TileMatte, crop_scene, sharpen, tiles
from .solution import Solution, check_shapes, describe_matte, with_mattes
from .unmix import judge_confidence, least_alpha, snap, unmix_foreground

_COARSE_PIXELS = 1_000_000  # the whole-frame solve works on at most this many
_TILE = 1024  # pixels; about 250 MB of work
_CORRELATED = 1.5  # averaged noise is less independent than white noise would be


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
    check_shapes(plate, conditioned, hint=hint, garbage=garbage, holdout=holdout)
    started = time.perf_counter()
    exposure = conditioned.exposure
    scene = scene_of(plate, conditioned, hint=hint, garbage=garbage, holdout=holdout)
    coarse, factor, parts = solve_in_tiles(scene, options, should_stop=should_stop)
    coarse_seconds = time.perf_counter() - started

    alpha, confidence = torch.empty_like(plate[:, :1]), torch.empty_like(plate[:, :1])
    foreground, shadow = torch.empty_like(plate), torch.empty_like(plate)
    for tile, part, matte in parts:
        tile_alpha = snap(with_mattes(matte.alpha, garbage=part.garbage, holdout=part.holdout))
        tile.of(alpha).copy_(tile_alpha)
        tile.of(foreground).copy_(unmix_foreground(part, matte, tile_alpha) / exposure)
        tile.of(shadow).copy_(torch.exp2(matte.shadow))
        tile.of(confidence).copy_(judge_confidence(part, matte, tile_alpha, options.tolerance))
    report = _report(coarse, alpha, confidence, factor)
    report["seconds_coarse"] = round(coarse_seconds, 3)
    report["seconds"] = round(time.perf_counter() - started, 3)
    return Solution(alpha, foreground, shadow, confidence, report)


def scene_of(
    plate: Tensor,
    conditioned: ConditionedPlate,
    *,
    hint: Tensor | None = None,
    garbage: Tensor | None = None,
    holdout: Tensor | None = None,
) -> Scene:
    """What the difference method works on: both plates at ordinary brightness; see solve_frame."""
    exposure = conditioned.exposure
    return Scene(
        plate=plate * exposure,
        clean_plate=conditioned.clean_plate * exposure,
        valid=conditioned.valid,
        noise=(conditioned.plate_noise + conditioned.clean_noise).exposed(exposure),
        misalignment=conditioned.misalignment,
        hint=hint,
        garbage=garbage,
        holdout=holdout,
        spread=None if conditioned.spread is None else conditioned.spread * exposure,
    )


def solve_in_tiles(
    scene: Scene,
    options: MatteOptions,
    *,
    coarse_pixels: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> tuple[CoarseMatte, int, Iterator[tuple[Tile, Scene, TileMatte]]]:
    """Solves the whole frame coarsely at once, then all of it tile by tile.

    Args:
        scene: of the frame.
        options: see MatteOptions.
        coarse_pixels: that the coarse frame has at most; None for the usual.
        should_stop: polled between steps and tiles.

    Returns:
        The coarse matte, by how much the frame is reduced for it, and the tiles with their parts of
        the scene and their mattes.

    Raises:
        Cancelled: should_stop said so, also while tiles are taken.
    """
    height, width = scene.plate.shape[-2:]
    most = coarse_pixels or _COARSE_PIXELS
    factor = max(1, math.ceil(math.sqrt(height * width / most)))
    small = reduced_scene(scene, factor)
    coarse = solve_coarse(small, options, round(options.edge_width / factor), should_stop)
    guide = scene.noise.stabilised(small.plate)  # on the scale of the full-resolution plate

    def parts() -> Iterator[tuple[Tile, Scene, TileMatte]]:
        for tile in tiles(height, width, options.tile or _TILE, factor):
            go_on(should_stop)
            part = crop_scene(scene, tile)
            matte = sharpen(part, coarse, guide, factor, tile)
            floor = torch.where(matte.alpha > 0, least_alpha(part, matte), matte.alpha)
            yield tile, part, replace(matte, alpha=torch.maximum(matte.alpha, floor))

    return coarse, factor, parts()


def reduced_scene(scene: Scene, factor: int) -> Scene:
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
        spread=small(scene.spread),
    )


def _report(coarse: CoarseMatte, alpha: Tensor, confidence: Tensor, factor: int) -> dict[str, Any]:
    return {
        "coarse_factor": factor,
        "background_drift_stops": round(coarse.drift, 4),
        **describe_matte(alpha, confidence),
    }
