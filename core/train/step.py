"""The loss of a batch, by stage."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import reduce
from platekey.core.network.coarse import changed, split_coarse
from platekey.core.network.cues import Cues, encoded
from platekey.core.network.model import Matte, MattingNetwork
from platekey.core.plate.encoding import decode

from . import losses
from .options import LossOptions, Stage

FACTORS = (2, 4)  # by which frames are reduced for the coarse stage, in turns; one in HD is by 4
_BRIGHTEST = 22.0  # stops


@dataclass(frozen=True)
class Truth:
    """What is right, (B, C, H, W).

    Attributes:
        alpha: in [0, 1].
        foreground: straight, scene-linear.
        background: scene-linear, with shadow and bounce.
    """

    alpha: Tensor
    foreground: Tensor
    background: Tensor


def batch_losses(
    network: MattingNetwork,
    cues: Cues,
    truth: Truth,
    prior: Tensor,
    factor: int,
    *,
    stage: Stage,
    options: LossOptions,
) -> dict[str, Tensor]:
    """The weighted terms by name, and their sum as "total".

    Args:
        network: in training mode.
        cues: of whole frames.
        truth: of the same frames.
        prior: (B, MATTE, H, W), see difference_prior.
        factor: by which the frames are reduced for the coarse stage.
        stage: see Stage.
        options: weights.
    """
    with torch.set_grad_enabled(stage is not Stage.REFINE):
        changes = network.coarse_changes(cues, prior, factor)
    terms: dict[str, Tensor] = {}
    if stage is not Stage.COARSE:
        matte = network.refine_window(cues, prior, changes, factor, 0, 0)
        terms = full_terms(matte, cues, truth, options)
    if stage is not Stage.REFINE:
        coarse = changed(reduce(prior, factor), changes)
        below = coarse_terms(coarse, *_reduced(cues, truth, factor), options)
        share = options.coarse if stage is Stage.JOINT else 1.0
        terms |= {f"coarse_{name}": share * term for name, term in below.items() if share}
    return {**terms, "total": _sum(terms)}


def _reduced(cues: Cues, truth: Truth, factor: int) -> tuple[Cues, Truth]:
    """Pictures and truth at the coarse size."""
    alpha = reduce(truth.alpha, factor)
    small = Truth(
        alpha,
        reduce(truth.foreground * truth.alpha, factor) / alpha.clamp_min(1e-3),
        reduce(truth.background, factor),
    )
    plate, clean_plate = reduce(cues.plate, factor), reduce(cues.clean_plate, factor)
    return cues._replace(plate=plate, clean_plate=clean_plate), small


def coarse_terms(
    packed: Tensor, cues: Cues, truth: Truth, options: LossOptions
) -> dict[str, Tensor]:
    """Of the coarse matte, see `changed`; cues and truth at its size."""
    coarse = split_coarse(packed)
    alpha = coarse.alpha
    background = encoded(cues.clean_plate, cues.exposure) + coarse.background
    named = decode(coarse.foreground.clamp(-_BRIGHTEST, _BRIGHTEST)) / cues.exposure
    foreground = torch.where(alpha >= 1, cues.plate, named)
    terms = _terms(alpha, coarse.foreground, background, cues, truth)
    terms["composite"] = _composite(alpha, alpha * foreground, cues, truth)
    terms["error"] = losses.error_loss(coarse.error, alpha, truth.alpha)
    return _weighted(terms, options)


def full_terms(matte: Matte, cues: Cues, truth: Truth, options: LossOptions) -> dict[str, Tensor]:
    """Of what was solved at full size.

    The foreground's term is of the colour that the network names, for in what the equation makes of
    it the slope along alpha is without bounds where alpha is small. What is composited is the
    equation's premultiplied foreground.
    """
    named = encoded(matte.named, cues.exposure)
    background = encoded(matte.background, cues.exposure)
    terms = _terms(matte.alpha, named, background, cues, truth)
    premultiplied = cues.plate - (1 - matte.alpha) * matte.background.detach()
    terms["composite"] = _composite(matte.alpha, premultiplied, cues, truth)
    return _weighted(terms, options)


def _terms(
    alpha: Tensor, foreground: Tensor, background: Tensor, cues: Cues, truth: Truth
) -> dict[str, Tensor]:
    """The terms that both stages have; foreground and background are encoded."""
    colour = encoded(truth.foreground, cues.exposure)
    behind = encoded(truth.background, cues.exposure)
    return {
        "alpha": losses.alpha_loss(alpha, truth.alpha),
        "gradient": losses.gradient_loss(alpha, truth.alpha),
        "laplacian": losses.laplacian_loss(alpha, truth.alpha),
        "foreground": losses.foreground_loss(foreground, colour, truth.alpha),
        "background": losses.background_loss(background, behind, truth.alpha),
    }


def _composite(alpha: Tensor, premultiplied: Tensor, cues: Cues, truth: Truth) -> Tensor:
    """Over another background: the next sample's, mirrored, so that it is never its own."""
    new = truth.background.roll(1, 0).flip(-1) / cues.exposure * cues.exposure.roll(1, 0)
    ours = premultiplied + (1 - alpha) * new
    right = truth.alpha * truth.foreground + (1 - truth.alpha) * new
    return losses.composite_loss(encoded(ours, cues.exposure), encoded(right, cues.exposure))


def _weighted(terms: dict[str, Tensor], options: LossOptions) -> dict[str, Tensor]:
    return {
        name: getattr(options, name) * term
        for name, term in terms.items()
        if getattr(options, name)
    }


def _sum(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum()
