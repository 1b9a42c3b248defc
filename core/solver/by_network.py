"""One frame by the network: coarse on the whole frame, refined by tiles, unmixed in linear light.

Nothing is kept from one frame to the next, so that a frame comes out the same in any chunk of a
farm and in any order; what the network knows of motion it sees in the frames beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.network.coarse import see_frame
from platekey.core.network.cues import (
    Cues,
    make_cues,
    noise_variance,
    ordinary_exposure,
    reduce_cues,
)
from platekey.core.network.linear import Solved, colour_pull, solve_linear, unmix
from platekey.core.network.model import MattingNetwork, coarse_factor
from platekey.core.network.shadow import shadow_factor
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.quick_filters import box_mean, dilate, reduce
from platekey.core.stopping import go_on, never

from .prior import difference_prior
from .sharpen import Tile, tiles
from .solution import Solution, check_shapes, describe_matte, with_mattes
from .unmix import snap

TILE = 256  # pixels; larger ones hold more that needs no refining, smaller ones more margin
_ASKED = 0.01  # of alpha, to be refined: what shows in a matte with its gamma up
_DOUBT = 3.0  # a third of expected error in alpha is no confidence at all
_TOLERANCE = 3.0  # deviations by which bare background may be off what the shadow pass explains
_LEFT_OVER = 0.02  # of the background's value: what conditioning leaves


class _Done(NamedTuple):
    """A solved window, (1, C, h, w) each; see Solution."""

    alpha: Tensor
    foreground: Tensor
    shadow: Tensor
    confidence: Tensor


def solve_frame_by_network(
    plate: Tensor,
    conditioned: ConditionedPlate,
    network: MattingNetwork,
    options: MatteOptions,
    *,
    hint: Tensor | None = None,
    garbage: Tensor | None = None,
    holdout: Tensor | None = None,
    neighbours: tuple[Tensor, Tensor] | None = None,
    prior: Tensor | None = None,
    should_stop: Callable[[], bool] = never,
) -> Solution:
    """Solves one frame by the network.

    Args:
        plate: (1, 3, H, W) scene-linear, finite, unbounded, any size from 1x1.
        conditioned: the clean plate made to fit, same size and device.
        network: in evaluation mode, on the same device.
        options: tile is used; the difference method's settings are not.
        hint: (1, 1, H, W) rough alpha in [0, 1], one of the network's cues.
        garbage: (1, 1, H, W) in [0, 1]; alpha is 0 where it is 1.
        holdout: (1, 1, H, W) in [0, 1]; alpha is 1 where it is 1, unless garbage says 0.
        neighbours: the plates before and after, like plate; None where one of them is not there.
        prior: (1, MATTE, H, W) what difference_prior says of this frame, if it is known already.
        should_stop: polled between steps and tiles.

    Returns:
        The solution; the same for any tile size.

    Raises:
        ShapeError: inputs differ in size.
        Cancelled: should_stop said so.
    """
    check_shapes(plate, conditioned, hint=hint, garbage=garbage, holdout=holdout)
    started = time.perf_counter()
    height, width = plate.shape[-2:]
    factor = coarse_factor(height, width)
    with torch.no_grad():
        frame = _frame_cues(plate, conditioned, hint, neighbours)
        go_on(should_stop)
        small = _exposed(reduce_cues(frame, factor), conditioned.exposure)
        if prior is None:
            prior = difference_prior(
                plate, conditioned, frame.exposure, options, should_stop=should_stop
            )
        prior_seconds = time.perf_counter() - started
        seen = reduce(prior, factor)
        changes = see_frame(network.coarse, small, seen)
        wanted = _wanted(changes[:, 7:8], seen)
        coarse_seconds = time.perf_counter() - started

        alpha, confidence = torch.empty_like(plate[:, :1]), torch.empty_like(plate[:, :1])
        foreground, shadow = torch.empty_like(plate), torch.empty_like(plate)
        for tile in tiles(height, width, options.tile or TILE, factor):
            go_on(should_stop)
            window = _grown(tile, network.radius, height, width)
            part = _exposed(_part(frame, window), conditioned.exposure)
            estimate, error = network.estimate_window(
                part, window.of(prior), changes, factor, window.top, window.left, wanted=wanted
            )
            solved = solve_linear(part.plate, noise_variance(part), part.exposure, estimate)
            done = _unmixed(
                part,
                solved,
                error,
                garbage=None if garbage is None else window.of(garbage),
                holdout=None if holdout is None else window.of(holdout),
            )
            inner = Tile(tile.top - window.top, tile.left - window.left, tile.height, tile.width)
            tile.of(alpha).copy_(inner.of(done.alpha))
            tile.of(foreground).copy_(inner.of(done.foreground) / conditioned.exposure)
            tile.of(shadow).copy_(inner.of(done.shadow))
            tile.of(confidence).copy_(inner.of(done.confidence))
    report = {
        "coarse_factor": factor,
        "refined_share": round(float((wanted > 0).float().mean()), 5),
        **describe_matte(alpha, confidence),
        "seconds_prior": round(prior_seconds, 3),
        "seconds_coarse": round(coarse_seconds - prior_seconds, 3),
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Solution(alpha, foreground, shadow, confidence, report)


def _frame_cues(
    plate: Tensor,
    conditioned: ConditionedPlate,
    hint: Tensor | None,
    neighbours: tuple[Tensor, Tensor] | None,
) -> Cues:
    """The cues of the whole frame, in the plate's own light."""
    cues = make_cues(
        plate,
        conditioned.clean_plate,
        conditioned.plate_noise + conditioned.clean_noise,
        known=conditioned.valid,
        hint=None if hint is None else hint.clamp(0, 1),
        neighbours=neighbours,
    )
    gain = conditioned.exposure
    if gain == 1:
        return cues
    return cues._replace(exposure=ordinary_exposure(conditioned.clean_plate * gain) * gain)


def _exposed(cues: Cues, gain: float) -> Cues:
    """The cues with their light multiplied, so that thresholds near black keep their meaning."""
    if gain == 1:
        return cues
    is_alone = cues.previous is cues.plate
    plate = cues.plate * gain
    return cues._replace(
        plate=plate,
        clean_plate=cues.clean_plate * gain,
        noise_gain=cues.noise_gain * gain,
        noise_read=cues.noise_read * gain**2,
        exposure=cues.exposure / gain,
        previous=plate if is_alone else cues.previous * gain,
        following=plate if is_alone else cues.following * gain,
    )


def _part(frame: Cues, window: Tile) -> Cues:
    """What the refine stage is given of a window: without hint and neighbours."""
    plate = window.of(frame.plate)
    return frame._replace(
        plate=plate,
        clean_plate=window.of(frame.clean_plate),
        known=window.of(frame.known),
        hint=window.of(frame.hint),
        previous=plate,
        following=plate,
    )


def _grown(tile: Tile, margin: int, height: int, width: int) -> Tile:
    """The tile with what around it counts for its pixels, within the frame."""
    top, left = max(0, tile.top - margin), max(0, tile.left - margin)
    bottom = min(height, tile.top + tile.height + margin)
    right = min(width, tile.left + tile.width + margin)
    return Tile(top, left, bottom - top, right - left)


def _wanted(error: Tensor, prior: Tensor) -> Tensor:
    """How much of the refine stage is taken, 0 to 1, at the coarse size.

    All of it at a pixel whose expected error asks for it, or that is mixed in the prior, and at
    those beside; fading out over two pixels further, so that no edge shows where refining ends,
    wherever tiles begin. Not where the prior is only in doubt of what it takes for solid: what is
    around a pixel does not tell the network more than the whole frame told the prior.
    """
    mixed = torch.minimum(prior[:, :1], 1 - prior[:, :1])
    asked = torch.maximum(mixed, error)
    return box_mean(dilate((asked > _ASKED).to(error.dtype), 2), 1)


def _unmixed(
    part: Cues, solved: Solved, error: Tensor, *, garbage: Tensor | None, holdout: Tensor | None
) -> _Done:
    """Final alpha of a window, and the foreground that makes the plate again with it.

    The background is the clean plate under the shadow pass, as it is written, not the network's.
    """
    alpha = snap(with_mattes(solved.alpha, garbage=garbage, holdout=holdout))
    shadow = shadow_factor(solved.background, part.clean_plate, part.exposure)
    background = part.clean_plate * shadow
    variance = noise_variance(part)
    foreground = unmix(part.plate, variance, part.exposure, alpha, solved.named, background)
    confidence = _confidence(part, alpha, background, solved.named, error)
    return _Done(alpha, foreground, shadow, confidence)


def _confidence(
    part: Cues, alpha: Tensor, background: Tensor, named: Tensor, error: Tensor
) -> Tensor:
    """Where to look: 1 is sure, 0 is a guess; (1, 1, h, w).

    Lower where the network expects its alpha to be off; where alpha is so small that the colour had
    to be named by the network; where bare background is not what clean plate and shadow say. 0
    where the clean plate is not known.
    """
    settled = (1 - _DOUBT * error).clamp(0, 1)
    variance = noise_variance(part)
    pull = colour_pull(variance, part.exposure, named).mean(1, keepdim=True)
    soft = settled * alpha**2 / (alpha**2 + pull)
    spread = variance + (_LEFT_OVER * background) ** 2
    beyond = box_mean(part.plate - background, 1) ** 2 / spread.clamp_min(1e-20)
    reach = beyond.mean(1, keepdim=True).sqrt() / _TOLERANCE
    bare = torch.minimum((2 - 2 * reach).clamp(0, 1), settled)
    confidence = torch.where(alpha <= 0, bare, torch.where(alpha >= 1, settled, soft))
    return confidence * (part.known > 0.5)
