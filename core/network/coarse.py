"""The coarse stage: sees the whole frame, small, and decides what the subject is."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from .blocks import ConvNorm, InvertedResidual
from .cues import (
    CLEAN,
    HINT,
    MOTION,
    PICTURE,
    PRIOR,
    Cues,
    clean_features,
    detail_features,
    encoded,
    hint_features,
    motion_features,
    prior_features,
)
from .options import NetworkOptions
from .resize import resized
from .switching import ContextSwitch

MATTE = 8  # channels of the coarse stage's answer before the hidden ones
_STEP = 16  # pixels of the coarse frame along a side of the smallest features' pixel
_GRIDS = (1, 2, 4)  # cells a side, over which the context is averaged
_SUREST = 0.98  # a prior's alpha of 0 and 1 is one of 0.01 and 0.99 before the network speaks
_CUE_STEM = 12  # channels of a cue's features at half size


class CoarseMatte(NamedTuple):
    """The coarse stage's answer, (B, C, h, w).

    Attributes:
        alpha: in [0, 1]; packed it is a level, see alpha_of.
        foreground: encoded, see cues.encoded.
        background: how much the plate's background is brighter than the clean plate, in stops:
            shadow, bounce and drift.
        error: how far alpha is expected to be off, 0 to 1.
        hidden: for the refine stage.
    """

    alpha: Tensor
    foreground: Tensor
    background: Tensor
    error: Tensor
    hidden: Tensor


def split_coarse(packed: Tensor) -> CoarseMatte:
    """Names the channels of what `changed` returns."""
    alpha = alpha_of(packed[:, :1])
    return CoarseMatte(alpha, packed[:, 1:4], packed[:, 4:7], packed[:, 7:8], packed[:, 8:])


class CueEncoder(nn.Module):
    """A light encoder of one cue."""

    def __init__(self, channels: int, quarter: int, eighth: int) -> None:
        """Takes the widths of the cue, and of its features at a quarter and an eighth."""
        super().__init__()
        self.stem = ConvNorm(channels, _CUE_STEM, kernel=3, stride=2, activation=nn.Hardswish)
        self.quarter = InvertedResidual(_CUE_STEM, 3 * _CUE_STEM, quarter, stride=2)
        self.eighth = InvertedResidual(quarter, 2 * quarter, eighth, kernel=5, stride=2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at a half, a quarter and an eighth."""
        half = self.stem(x)
        quarter = self.quarter(half)
        return half, quarter, self.eighth(quarter)


class GlobalContext(nn.Module):
    """Mixes in the means over the whole frame and its quarters, whatever its size.

    Source: Zhao et al. 2017 (docs/references.md#zhao2017).
    """

    def __init__(self, channels: int) -> None:
        """Takes the channels."""
        super().__init__()
        part = channels // 4
        self.parts = nn.ModuleList([nn.Conv2d(channels, part, 1) for _ in _GRIDS])
        self.mix = ConvNorm(channels + part * len(_GRIDS), channels, activation=nn.Hardswish)
        self.grids = list(_GRIDS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W), the same."""
        seen = [x]
        for index, part in enumerate(self.parts):
            mean = nnf.adaptive_avg_pool2d(x, self.grids[index])
            small = nnf.hardswish(part(mean))
            seen.append(resized(small, x.shape[2], x.shape[3]))
        mixed: Tensor = self.mix(torch.cat(seen, 1))
        return mixed


class CoarseNetwork(nn.Module):
    """MobileNetV3-like encoder with context switching, global context, and a decoder."""

    def __init__(self, options: NetworkOptions) -> None:
        """Takes the widths."""
        super().__init__()
        q, e, s = options.quarter, options.eighth, options.sixteenth
        swish = nn.Hardswish
        self.stem = ConvNorm(PICTURE, options.stem, kernel=3, stride=2, activation=swish)
        self.quarter = nn.Sequential(
            InvertedResidual(options.stem, 72, q, stride=2), InvertedResidual(q, 88, q)
        )
        self.clean = CueEncoder(CLEAN + PRIOR, q, e)
        self.hint = CueEncoder(HINT, q, e)
        self.motion = CueEncoder(MOTION, q, e)
        selects = options.switches_context
        self.switch_quarter = ContextSwitch(q, [q, q, q], selects=selects)
        self.eighth = nn.Sequential(
            InvertedResidual(q, 96, e, kernel=5, stride=2, squeezes=True, activation=swish),
            InvertedResidual(e, 4 * e, e, kernel=5, squeezes=True, activation=swish),
        )
        self.switch_eighth = ContextSwitch(e, [e, e, e], selects=selects)
        blocks: list[nn.Module] = [
            InvertedResidual(e, 4 * e, s, kernel=5, stride=2, squeezes=True, activation=swish)
        ]
        for index in range(options.depth):
            blocks.append(
                InvertedResidual(
                    s,
                    3 * s,
                    s,
                    kernel=5,
                    dilation=1 + index % 3,
                    squeezes=True,
                    activation=swish,
                )
            )
        self.sixteenth = nn.Sequential(*blocks, GlobalContext(s))
        a, b, c, d = options.decoder
        self.up_eighth = ConvNorm(s + e, a, kernel=3)
        self.up_quarter = ConvNorm(a + q, b, kernel=3)
        self.up_half = ConvNorm(b + options.stem + _CUE_STEM, c, kernel=3)
        self.up_full = ConvNorm(c + PICTURE + CLEAN + PRIOR, d, kernel=3)
        self.step = _STEP
        self.answer = nn.Conv2d(d, MATTE + options.hidden, 3, padding=1)
        with torch.no_grad():  # starts as the prior
            for parameter in self.answer.parameters():
                parameter[:MATTE] = 0

    def forward(
        self, picture: Tensor, clean: Tensor, hint: Tensor, motion: Tensor, prior: Tensor
    ) -> Tensor:
        """Answers for whole frames, from features as cues.py makes them, of any size.

        Returns:
            (B, MATTE + hidden, h, w): alpha, foreground and background as changes to the prior's;
            error; hidden. None of them bounded.
        """
        height, width = picture.shape[2], picture.shape[3]
        picture = _padded(picture, self.step)
        clean = _padded(torch.cat([clean, prior], 1), self.step)
        half = self.stem(picture)
        clean_half, clean_quarter, clean_eighth = self.clean(clean)
        _, hint_quarter, hint_eighth = self.hint(_padded(hint, self.step))
        _, motion_quarter, motion_eighth = self.motion(_padded(motion, self.step))
        quarter = self.switch_quarter(
            self.quarter(half), [clean_quarter, hint_quarter, motion_quarter]
        )
        eighth = self.switch_eighth(
            self.eighth(quarter), [clean_eighth, hint_eighth, motion_eighth]
        )
        x = self.sixteenth(eighth)
        x = self.up_eighth(torch.cat([_doubled(x), eighth], 1))
        x = self.up_quarter(torch.cat([_doubled(x), quarter], 1))
        x = self.up_half(torch.cat([_doubled(x), half, clean_half], 1))
        x = self.up_full(torch.cat([_doubled(x), picture, clean], 1))
        answer: Tensor = self.answer(x)[:, :, :height, :width].float()
        return answer


def see_frame(network: CoarseNetwork, cues: Cues, prior: Tensor | None = None) -> Tensor:
    """How the coarse stage changes the prior of whole frames; packed, see changed.

    Apart from the network, so that the network can be exported as it is.

    Args:
        network: see CoarseNetwork.
        cues: of frames at the coarse size.
        prior: (B, MATTE, h, w) a matte by other means: alpha, foreground encoded, background in
            stops against the clean plate, one standard deviation of alpha; None is no_prior.

    Returns:
        (B, MATTE + hidden, h, w): changes of alpha's level, foreground and background; how far
        alpha is expected to be off, 0 to 1; hidden features for the refine stage.
    """
    plate = encoded(cues.plate, cues.exposure)
    clean_plate = encoded(cues.clean_plate, cues.exposure)
    detail = detail_features(cues, plate, clean_plate)
    answer: Tensor = network(
        detail[:, :PICTURE],
        clean_features(detail, clean_plate),
        hint_features(cues),
        motion_features(cues, plate, clean_plate),
        prior_features(no_prior(plate) if prior is None else prior, plate),
    )
    return packed_answer(answer)


def no_prior(plate: Tensor) -> Tensor:
    """What stands for a prior where there is none, (B, MATTE, h, w); `plate` is encoded."""
    nothing, one = torch.zeros_like(plate), torch.ones_like(plate[:, :1])
    return torch.cat([one / 2, plate, nothing, one], 1)


def packed_answer(answer: Tensor) -> Tensor:
    """CoarseNetwork's answer with error and hidden features in their ranges."""
    error, hidden = bounded(answer[:, MATTE - 1 : MATTE]), torch.relu(answer[:, MATTE:])
    return torch.cat([answer[:, : MATTE - 1], error, hidden], 1)


def changed(prior: Tensor, changes: Tensor) -> Tensor:
    """A prior with changes at its own size, packed as split_coarse takes it apart.

    Alpha becomes a level, see alpha_of: what the prior is sure of stays as it is unless the network
    contradicts with force, and a little error there has little weight in training.
    """
    doubt = prior[:, MATTE - 1 : MATTE]
    sure = _SUREST * (1 - doubt**4)  # no doubt to speak of below a half
    level = torch.logit((prior[:, :1] - 0.5) * sure + 0.5) + changes[:, :1]
    rest = prior[:, 1 : MATTE - 1] + changes[:, 1 : MATTE - 1]
    return torch.cat([level, rest, changes[:, MATTE - 1 :]], 1)


def alpha_of(level: Tensor, trace: float = 0.02) -> Tensor:
    """Alpha in [0, 1] of a level, which is 0 at a half and without bounds.

    The ends are met: `trace` of the level's sigmoid at both ends is nothing.
    """
    return bounded((torch.sigmoid(level) - trace) / (1 - 2 * trace))


def bounded(x: Tensor) -> Tensor:
    """Clamps to [0, 1]; gradients pass, so that a pixel that is wrong beyond the end comes back."""
    return x.clamp(0, 1).detach() + (x - x.detach())  # the last is 0: the ends are met exactly


def _padded(x: Tensor, step: int) -> Tensor:
    right, bottom = -x.shape[3] % step, -x.shape[2] % step
    return nnf.pad(x, [0, right, 0, bottom], mode="replicate")


def _doubled(x: Tensor) -> Tensor:
    return resized(x, 2 * x.shape[2], 2 * x.shape[3])
