"""The difference method's coarse matte as the network's prior, packed like the network's own."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from platekey.core.network.cues import encoded
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.stopping import never

from .coarse import Scene, solve_coarse
from .solve import reduced_scene

_PULL = 0.05  # alpha squared at which the colour model counts as much as the equation
_FURTHEST = 6.0  # stops that the named colour may be off the plate's


def difference_prior(
    plate: Tensor,
    conditioned: ConditionedPlate,
    exposure: Tensor,
    factor: int,
    options: MatteOptions | None = None,
    *,
    should_stop: Callable[[], bool] = never,
) -> Tensor:
    """Solves a frame coarsely by the difference method.

    Args:
        plate: (1, 3, H, W) scene-linear.
        conditioned: the clean plate made to fit.
        exposure: (1, 1, 1, 1) that the network's encoding brings both to.
        factor: by which the frame is reduced.
        options: tolerance, shadow_removal, edge_width and fill_holes count; None for the usual.
        should_stop: polled between the steps.

    Returns:
        (1, MATTE, H / factor, W / factor): alpha, foreground encoded, shadow in stops, one standard
        deviation of alpha; see network.coarse.split_coarse.

    Raises:
        Cancelled: should_stop said so.
    """
    chosen = MatteOptions() if options is None else options
    gain = conditioned.exposure
    scene = Scene(
        plate=plate * gain,
        clean_plate=conditioned.clean_plate * gain,
        valid=conditioned.valid,
        noise=(conditioned.plate_noise + conditioned.clean_noise).exposed(gain),
        misalignment=conditioned.misalignment,
        hint=None,
        garbage=None,
        holdout=None,
    )
    small = reduced_scene(scene, factor)
    matte = solve_coarse(small, chosen, round(chosen.edge_width / factor), should_stop)
    alpha = matte.alpha
    background = small.clean_plate * torch.exp2(matte.shadow)
    lit = small.plate - (1 - alpha) * background
    colour = (alpha * lit + _PULL * matte.colours.mean) / (alpha * alpha + _PULL)
    colour = torch.where(alpha >= 1, small.plate, colour)
    seen = encoded(small.plate, exposure / gain)
    named = encoded(colour, exposure / gain)
    named = seen + (named - seen).clamp(-_FURTHEST, _FURTHEST)
    doubt = matte.variance.clamp_min(0).sqrt().clamp(0, 1)
    return torch.cat([alpha, named, matte.shadow, doubt], 1)
