"""The difference method's matte as the network's prior, packed like the network's own."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from platekey.core.network.coarse import MATTE
from platekey.core.network.cues import encoded
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.stopping import never

from .solve import scene_of, solve_in_tiles

_PULL = 0.05  # alpha squared at which the colour model counts as much as the equation
_FURTHEST = 6.0  # stops that the named colour may be off the plate's


def difference_prior(
    plate: Tensor,
    conditioned: ConditionedPlate,
    exposure: Tensor,
    options: MatteOptions | None = None,
    *,
    coarse_pixels: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> Tensor:
    """Solves a frame by the difference method.

    Args:
        plate: (1, 3, H, W) scene-linear.
        conditioned: the clean plate made to fit.
        exposure: (1, 1, 1, 1) that the network's encoding brings both to.
        options: tolerance, shadow_removal, edge_width and fill_holes count; None for the usual.
        coarse_pixels: see solve_in_tiles.
        should_stop: polled between the steps.

    Returns:
        (1, MATTE, H, W): alpha, foreground encoded, shadow in stops, one standard deviation of
        alpha; see network.coarse.see_frame.

    Raises:
        Cancelled: should_stop said so.
    """
    chosen = MatteOptions() if options is None else options
    scene = scene_of(plate, conditioned)
    own = exposure / conditioned.exposure  # the scene is exposed already
    prior = torch.empty_like(plate[:, :1]).repeat(1, MATTE, 1, 1)
    _, _, parts = solve_in_tiles(
        scene, chosen, coarse_pixels=coarse_pixels, should_stop=should_stop
    )
    for tile, part, matte in parts:
        alpha = matte.alpha
        lit = part.plate - (1 - alpha) * matte.background
        colour = (alpha * lit + _PULL * matte.colours.mean) / (alpha * alpha + _PULL)
        colour = torch.where(alpha >= 1, part.plate, colour)
        seen = encoded(part.plate, own)
        named = seen + (encoded(colour, own) - seen).clamp(-_FURTHEST, _FURTHEST)
        doubt = matte.variance.clamp_min(0).sqrt().clamp(0, 1)
        tile.of(prior).copy_(torch.cat([alpha, named, matte.shadow, doubt], 1))
    return prior
