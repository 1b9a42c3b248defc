"""The solve of the whole frame at once, at a size that fits in time and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from platekey.core.options import MatteOptions
from platekey.core.plate.encoding import encode, slope
from platekey.core.plate.noise import NoiseModel
from platekey.core.plate.quick_filters import box_mean, dilate, erode
from platekey.core.stopping import go_on

from .colour_model import ColourModel, model_foreground
from .difference import measure_difference
from .impostors import find_impostors
from .laplacian import MattingLaplacian, smooth_alpha
from .posterior import alpha_posterior
from .regions import Regions, find_regions

_SURELY_DEEP = 36.0  # pixels inside
_SAID = 0.9  # of a holdout matte or hint, that its subject is solid
_PURE = 0.95  # mean alpha of a neighbourhood without background
_ROUNDS = 3  # of colour model and alpha
_WIDEST_EDGE = 40  # pixels at the coarse size, if the artist does not say
_DEPTH_SHARE = 0.5
_EDGE_COST, _HAIR_COST = 1.5, 3.0  # nats against fractional alpha
_NEAR_COST, _DEEP_COST = 6.0, 15.0  # the same inside a smooth surface
_EDGE_DEPTH, _DEEP_DEPTH = 2.0, 10.0  # pixels inside
_TEXTURE = 0.3  # stops of local deviation that make a hairy surface
_HINT_COST = 4.0  # nats
_HINT_TRUST = 1 / 3  # of the tolerance is enough where the hint sees the subject
_SMOOTHING, _LEAST_VARIANCE = 1000.0, 0.003
_ITERATIONS = 40
_REGULARISER = 9.0  # noise variances


@dataclass(frozen=True)
class Scene:
    """What a solve works on, all at one size.

    Attributes:
        plate: (1, 3, H, W) scene-linear.
        clean_plate: like plate, conditioned.
        valid: (1, 1, H, W), 1 where the clean plate is known.
        noise: noise of the difference of the two.
        misalignment: pixels.
        hint: (1, 1, H, W) or None, likewise garbage and holdout.
        garbage: see hint.
        holdout: see hint.
        spread: (1, 3, H, W) by which the background may be off the clean plate, or None; see
            ConditionedPlate.
    """

    plate: Tensor
    clean_plate: Tensor
    valid: Tensor
    noise: NoiseModel
    misalignment: float
    hint: Tensor | None
    garbage: Tensor | None
    holdout: Tensor | None
    spread: Tensor | None = None


@dataclass(frozen=True)
class CoarseMatte:
    """The coarse solution, (1, C, H, W) each.

    Attributes:
        alpha: in [0, 1].
        variance: of alpha.
        shadow: stops, three channels.
        significance: of the difference, in standard deviations.
        regions: sure foreground, sure background, depth.
        softness_cost: nats against fractional alpha.
        colours: model of the foreground.
        drift: stops, see Difference.
    """

    alpha: Tensor
    variance: Tensor
    shadow: Tensor
    significance: Tensor
    regions: Regions
    softness_cost: Tensor
    colours: ColourModel
    drift: float


def solve_coarse(
    scene: Scene, options: MatteOptions, widest_edge: int, should_stop: Callable[[], bool]
) -> CoarseMatte:
    """Solves alpha for the whole scene.

    Args:
        scene: see Scene.
        options: tolerance, shadow_removal and fill_holes are used.
        widest_edge: pixels at this size, 0 for the default.
        should_stop: polled between the steps.

    Returns:
        The coarse matte.

    Raises:
        Cancelled: should_stop said so.
    """
    difference = measure_difference(
        scene.plate,
        scene.clean_plate,
        scene.valid,
        scene.noise,
        misalignment=scene.misalignment,
        shadow_removal=options.shadow_removal,
        subject=scene.hint,
        spread=scene.spread,
    )
    significance = difference.significance
    if options.shadow_removal > 0:
        impostors = find_impostors(
            scene.plate,
            difference.background,
            difference.deviation,
            significance,
            options.tolerance,
        )
        significance = torch.where(impostors, torch.zeros_like(significance), significance)
    if scene.hint is not None:
        lowered = significance / _HINT_TRUST
        significance = torch.where(scene.hint > 0.5, lowered, significance)
    regions = find_regions(
        significance,
        options.tolerance,
        widest_edge=widest_edge or _WIDEST_EDGE,
        depth_share=_DEPTH_SHARE,
        fill_holes=options.fill_holes,
        garbage=scene.garbage,
        holdout=scene.holdout,
    )
    softness_cost = _softness_cost(scene, regions.depth)
    regions = _without_mixtures(scene, difference.background, regions, softness_cost)
    sure = regions.is_foreground
    alpha, variance = sure, torch.zeros_like(sure)
    colours = model_foreground(scene.plate, sure)
    for _ in range(_ROUNDS):
        go_on(should_stop)
        alpha, variance = band_posterior(
            scene, difference.background, regions.is_unknown, sure, colours, softness_cost
        )
        weight = torch.maximum(sure, erode((alpha > 0.97).to(sure.dtype), 1))
        colours = model_foreground(scene.plate, weight)
    smooth = _smoothed(alpha, variance, scene, regions, should_stop)
    # where neighbours overrule a pixel's own colour, neither is sure
    variance = variance + (smooth - alpha) ** 2
    return CoarseMatte(
        alpha=smooth,
        variance=variance,
        shadow=difference.shadow,
        significance=difference.significance,
        regions=regions,
        softness_cost=softness_cost,
        colours=colours,
        drift=difference.drift,
    )


def band_posterior(
    scene: Scene,
    background: Tensor,
    is_unknown: Tensor,
    elsewhere: Tensor,
    colours: ColourModel,
    softness_cost: Tensor,
) -> tuple[Tensor, Tensor]:
    """Alpha and its variance inside the unknown band; `elsewhere` and 0 outside of it."""
    rows, columns = is_unknown[0, 0].nonzero(as_tuple=True)

    def picked(x: Tensor) -> Tensor:
        return x[0][:, rows, columns].T

    seen, behind = picked(scene.plate), picked(background)
    noise = scene.noise.variance(((seen + behind) / 2).T[None, :, None])[0, :, 0].T
    if scene.spread is not None:
        noise = noise + picked(scene.spread) ** 2
    hint = softness_cost if scene.hint is None else scene.hint.clamp(0, 1)
    mean, variance = alpha_posterior(
        seen,
        behind,
        picked(colours.mean),
        picked(colours.covariance),
        noise,
        picked(softness_cost)[:, 0],
        picked(hint)[:, 0],
        torch.full_like(rows, 0.0 if scene.hint is None else _HINT_COST, dtype=torch.float32),
    )
    alpha, spread = elsewhere.clone(), torch.zeros_like(elsewhere)
    alpha[0, 0, rows, columns] = mean
    spread[0, 0, rows, columns] = variance
    return alpha, spread


def _without_mixtures(
    scene: Scene, background: Tensor, regions: Regions, softness_cost: Tensor
) -> Regions:
    """Hands shallow parts of the sure foreground that look like mixtures back to the solver.

    A dense clump of hair has no background pixel in it, and yet is no pure foreground; judged by
    the colours of the deep inside it is seen to hold background.
    """
    sure = regions.is_foreground
    shallow = sure * (regions.depth < _SURELY_DEEP)
    for said in (scene.holdout, scene.hint):  # the artist knows what it is made of
        if said is not None:
            shallow = shallow * (said <= _SAID)
    deep = sure - shallow
    if not bool(deep.any()) or not bool(shallow.any()):
        return regions
    colours = model_foreground(scene.plate, deep)
    alpha, _ = band_posterior(scene, background, shallow > 0, sure, colours, softness_cost)
    mixed = (box_mean(alpha, 2) < _PURE).to(sure.dtype)
    pure = sure * (1 - dilate(mixed, 2) * shallow)
    return replace(regions, is_foreground=pure)


def _softness_cost(scene: Scene, depth: Tensor) -> Tensor:
    """Nats that a fractional alpha costs: little at the edge, much deep in a smooth surface."""
    seen = encode(scene.plate)
    noise = (scene.noise.variance(scene.plate) * slope(scene.plate) ** 2).mean(1, keepdim=True)
    noise = 2 * noise  # a small window's variance scatters above its mean
    spread = (box_mean(seen * seen, 2) - box_mean(seen, 2) ** 2).mean(1, keepdim=True) - noise
    texture = (spread.clamp_min(0).sqrt() / _TEXTURE).clamp(0, 1)
    inside = ((depth - _EDGE_DEPTH) / (_DEEP_DEPTH - _EDGE_DEPTH)).clamp(0, 1)
    smooth = _NEAR_COST + (_DEEP_COST - _NEAR_COST) * inside
    cost = torch.lerp(smooth, torch.full_like(smooth, _HAIR_COST), texture)
    return torch.where(depth <= _EDGE_DEPTH, torch.full_like(cost, _EDGE_COST), cost)


def _smoothed(
    alpha: Tensor,
    variance: Tensor,
    scene: Scene,
    regions: Regions,
    should_stop: Callable[[], bool],
) -> Tensor:
    """Alpha made to agree with its neighbours of like colour, in [0, 1]."""
    go_on(should_stop)
    rows, columns = _around(regions.is_unknown)
    part = alpha[..., rows, columns]
    if min(part.shape[-2:]) >= 3:
        picture = scene.noise.stabilised(scene.plate[..., rows, columns])
        trust = 1 / (_SMOOTHING * (variance + _LEAST_VARIANCE))
        trust = torch.where(regions.is_unknown, trust, torch.full_like(trust, 10.0))
        laplacian = MattingLaplacian(picture, _REGULARISER)
        smooth = smooth_alpha(part, trust[..., rows, columns], laplacian, _ITERATIONS)
        alpha = alpha.clone()
        alpha[..., rows, columns] = smooth.clamp(0, 1)
    alpha = torch.where(regions.is_foreground > 0, torch.ones_like(alpha), alpha)
    return torch.where(regions.is_background > 0, torch.zeros_like(alpha), alpha)


def _around(is_unknown: Tensor) -> tuple[slice, slice]:
    """Rows and columns that hold the unknown band, with the windows that it shares."""
    rows, columns = is_unknown[0, 0].nonzero(as_tuple=True)
    if not rows.numel():
        return slice(0, 0), slice(0, 0)
    margin = 4  # pixels
    top, left = max(0, int(rows.min()) - margin), max(0, int(columns.min()) - margin)
    return slice(top, int(rows.max()) + margin + 1), slice(left, int(columns.max()) + margin + 1)
