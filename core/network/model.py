"""The whole network: coarse over the frame, refine where wanted, solved in linear light."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from platekey.core.filters import reduce

from .blocks import ConvNorm
from .coarse import MATTE, CoarseNetwork, alpha_of, bounded, changed, no_prior, see_frame
from .cues import Cues, detail_features, encoded, noise_variance, reduce_cues
from .linear import Estimate, solve_linear
from .options import NetworkOptions
from .refine import RefineNetwork, refine_radius
from .resize import resized

COARSE_SIDE = 480  # pixels of the coarse frame's longer side, about


class Matte(NamedTuple):
    """The network's answer for a frame or a part of it.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1].
        foreground: (B, 3, H, W) straight, scene-linear; the plate itself where alpha is 1.
        background: (B, 3, H, W) scene-linear, the clean plate with the plate's shadow and drift.
        error: (B, 1, H, W) how far the coarse alpha was expected to be off, 0 to 1.
        named: (B, 3, H, W) scene-linear, the foreground's colour before the equation was asked.
    """

    alpha: Tensor
    foreground: Tensor
    background: Tensor
    error: Tensor
    named: Tensor


class MattingNetwork(nn.Module):
    """Alpha and foreground of plates before clean plates.

    For a frame in memory call it with the frame's cues. For tiles: `coarse_changes` of the frame
    once, then `refine_window` for each; with `radius` pixels around it, a tile has no seams.
    """

    def __init__(self, options: NetworkOptions | None = None) -> None:
        """Takes the widths."""
        super().__init__()
        self.options = options or NetworkOptions()
        self.coarse = CoarseNetwork(self.options)
        self.refine = RefineNetwork(self.options)
        self.radius = refine_radius(self.options)
        self.solves_linear = self.options.solves_linear

    def forward(self, cues: Cues, factor: int, prior: Tensor | None = None) -> Matte:
        """Solves whole frames, refined everywhere.

        Args:
            cues: see Cues.
            factor: see coarse_factor.
            prior: (B, MATTE, H, W) a matte by other means, see coarse.see_frame; None for none.
        """
        known = no_prior(encoded(cues.plate, cues.exposure)) if prior is None else prior
        changes = self.coarse_changes(cues, known, factor)
        return self.refine_window(cues, known, changes, factor, 0, 0)

    def coarse_changes(self, cues: Cues, prior: Tensor, factor: int) -> Tensor:
        """The coarse stage on whole frames, reduced by a factor; see coarse.see_frame."""
        return see_frame(self.coarse, reduce_cues(cues, factor), reduce(prior, factor))

    def refine_window(
        self, cues: Cues, prior: Tensor, changes: Tensor, factor: int, top: int, left: int
    ) -> Matte:
        """The refine stage and the solve on a part of a frame; see estimate_window."""
        estimate, error = self.estimate_window(cues, prior, changes, factor, top, left)
        solved = solve_linear(cues.plate, noise_variance(cues), cues.exposure, estimate)
        return Matte(solved.alpha, solved.foreground, solved.background, error, solved.named)

    def estimate_window(
        self,
        cues: Cues,
        prior: Tensor,
        changes: Tensor,
        factor: int,
        top: int,
        left: int,
        *,
        wanted: Tensor | None = None,
    ) -> tuple[Estimate, Tensor]:
        """What both stages make of the prior of a part of a frame, to be solved in linear light.

        Args:
            cues: of the part; hint and neighbours do not matter.
            prior: (B, MATTE, H, W) of the part.
            changes: of the whole frame, see coarse_changes.
            factor: with which they were made; even.
            top: first row of the part in the frame; even.
            left: first column; even.
            wanted: (B, 1, h, w) at the coarse size, 0 to 1: how much of the refine stage's changes
                is taken; None for all. A part that wants none is not refined.

        Returns:
            The estimate, and the expected error of alpha before it was refined, (B, 1, H, W).
        """
        height, width = cues.plate.shape[2], cues.plate.shape[3]
        rows, columns = height + height % 2, width + width % 2
        plate = encoded(cues.plate, cues.exposure)
        clean_plate = encoded(cues.clean_plate, cues.exposure)
        known = even(prior)
        enlarged = enlarged_window(changes[:, :MATTE], factor, top, left, rows, columns)
        full = changed(known, enlarged)
        share = None
        if wanted is not None:
            share = enlarged_window(wanted, factor, top, left, height, width)
        if share is not None and not bool(share.any()):
            answer = torch.zeros_like(full[:, :, :height, :width])
        else:
            halved = enlarged_window(
                changes, factor // 2, top // 2, left // 2, rows // 2, columns // 2
            )
            half = changed(nnf.avg_pool2d(known, 2), halved)
            detail, seen = even(detail_features(cues, plate, clean_plate)), even(plate)
            answer = self.refine(
                detail, beside_plate(half, nnf.avg_pool2d(seen, 2)), beside_plate(full, seen)
            )[:, :, :height, :width].float()
        full = full[:, :, :height, :width]
        estimate = combined(full, answer, clean_plate, share, solves_linear=self.solves_linear)
        return estimate, full[:, 7:8]


def beside_plate(matte: Tensor, plate: Tensor) -> Tensor:
    """A coarse matte with its foreground as a difference from the plate, both encoded.

    So a network without a notion of brightness will do.
    """
    return torch.cat([alpha_of(matte[:, :1]), matte[:, 1:4] - plate, matte[:, 4:]], 1)


def combined(
    coarse: Tensor,
    answer: Tensor,
    clean_plate: Tensor,
    share: Tensor | None = None,
    *,
    solves_linear: bool,
) -> Estimate:
    """A matte with the refine stage's changes.

    Args:
        coarse: (B, MATTE, H, W) as `changed` packs it.
        answer: (B, ANSWER, H, W) of the refine stage.
        clean_plate: (B, 3, H, W) encoded.
        share: (B, 1, H, W) how much of the answer is taken, 0 to 1; None for all.
        solves_linear: see NetworkOptions.
    """
    trust = answer[:, 7:8] if solves_linear else torch.zeros_like(answer[:, 7:8])
    if share is not None:
        answer, trust = answer * share, bounded(trust) * share
    return Estimate(
        coarse[:, :1] + answer[:, :1],
        coarse[:, 1:4] + answer[:, 1:4],
        clean_plate + coarse[:, 4:7] + answer[:, 4:7],
        trust,
    )


def coarse_factor(height: int, width: int) -> int:
    """By how much a frame is reduced for the coarse stage; even, for the refine stage halves it."""
    return 2 * max(1, (max(height, width) + COARSE_SIDE) // (2 * COARSE_SIDE))


def enlarged_window(
    small: Tensor, factor: int, top: int, left: int, height: int, width: int
) -> Tensor:
    """A window of `small` enlarged `factor` times, the same as if all of it were enlarged.

    Args:
        small: (B, C, h, w) of the whole frame.
        factor: whole.
        top: first row of the window, in enlarged pixels.
        left: first column.
        height: rows of the window.
        width: columns.
    """
    if factor == 1:
        return small[:, :, top : top + height, left : left + width]
    first_row, first_column = max(0, top // factor - 1), max(0, left // factor - 1)
    last_row = min(small.shape[2], (top + height - 1) // factor + 2)
    last_column = min(small.shape[3], (left + width - 1) // factor + 2)
    part = small[:, :, first_row:last_row, first_column:last_column]
    large = resized(part, part.shape[2] * factor, part.shape[3] * factor)
    y, x = top - first_row * factor, left - first_column * factor
    return large[:, :, y : y + height, x : x + width]


def fold_normalisation(network: nn.Module) -> None:
    """Puts every batch normalisation into its convolution: faster, the same answers.

    The network must be in evaluation mode, and is not to be trained any more.
    """
    for module in network.modules():
        if isinstance(module, ConvNorm):
            module.fold()


def even(x: Tensor) -> Tensor:
    """With the last row and column repeated where their number is odd."""
    return nnf.pad(x, [0, x.shape[3] % 2, 0, x.shape[2] % 2], mode="replicate")
