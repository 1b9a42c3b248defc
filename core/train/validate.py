"""How good a network is on samples that it was never trained on, beside a trivial matte."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.filters import enlarge
from platekey.core.network.coarse import changed, split_coarse
from platekey.core.network.cues import encoded
from platekey.core.network.model import Matte, MattingNetwork
from platekey.core.score.band import unknown_band

from .data import batch_cues, batch_prior
from .options import Stage
from .step import FACTORS

_CLEAR, _SOLID = 0.15, 0.5  # stops of difference, of the trivial matte


@dataclass(frozen=True)
class Validated:
    """What was found.

    Attributes:
        scores: mean over the samples; alpha's MAD and MSE are in thousandths.
        mattes: the samples' answers, (1, ...) each.
    """

    scores: dict[str, float]
    mattes: list[Matte]


def validate(
    network: MattingNetwork, batches: Iterable[dict[str, Tensor]], stage: Stage
) -> Validated:
    """Solves samples and compares.

    Args:
        network: any mode; it is put back.
        batches: of one sample each, on the network's device.
        stage: COARSE looks at the coarse matte alone.
    """
    was_training = network.training
    network.eval()
    rows: list[dict[str, float]] = []
    mattes = []
    try:
        with torch.no_grad():
            for batch in batches:
                matte = solve_sample(network, batch, stage)
                mattes.append(matte)
                trivial, prior = difference_matte(batch), batch["prior"][:, :1]
                rows.append(
                    {
                        **_errors(matte.alpha, batch["alpha"]),
                        **{
                            f"difference_{n}": e
                            for n, e in _errors(trivial, batch["alpha"]).items()
                        },
                        **{f"prior_{n}": e for n, e in _errors(prior, batch["alpha"]).items()},
                    }
                )
    finally:
        network.train(was_training)
    names = sorted({name for row in rows for name in row})
    scores = {}
    for name in names:
        values = [row[name] for row in rows if name in row]
        scores[name] = sum(values) / len(values)
    return Validated(scores, mattes)


def solve_sample(network: MattingNetwork, batch: dict[str, Tensor], stage: Stage) -> Matte:
    """The matte of samples as the stage makes it."""
    cues, factor = batch_cues(batch), FACTORS[0]
    prior = batch_prior(batch)
    if stage is not Stage.COARSE:
        solved: Matte = network(cues, factor, prior)
        return solved
    height, width = cues.plate.shape[-2:]
    changes = network.coarse_changes(cues, prior, factor)
    coarse = split_coarse(changed(prior, enlarge(changes, factor, height, width)))
    alpha = coarse.alpha
    # As good as a coarse matte's foreground gets, for the sheet: the equation with the clean plate.
    lit = cues.plate - (1 - alpha) * cues.clean_plate
    foreground = torch.where(alpha > 0.05, lit / alpha.clamp_min(0.05), cues.plate)
    return Matte(alpha, foreground, cues.clean_plate, coarse.error, foreground)


def difference_matte(batch: dict[str, Tensor]) -> Tensor:
    """The trivial matte: a ramp on the largest channel's difference in stops, (B, 1, H, W)."""
    cues = batch_cues(batch)
    plate, clean_plate = (
        encoded(picture, cues.exposure) for picture in (cues.plate, cues.clean_plate)
    )
    reach = (plate - clean_plate).abs().amax(1, keepdim=True)
    return ((reach - _CLEAR) / (_SOLID - _CLEAR)).clamp(0, 1)


def _errors(alpha: Tensor, truth: Tensor) -> dict[str, float]:
    difference = (alpha - truth).float()
    found = {
        "mad": 1e3 * float(difference.abs().mean()),
        "mse": 1e3 * float((difference**2).mean()),
    }
    band = torch.from_numpy(unknown_band(truth[0, 0].float().cpu().numpy()))
    if bool(band.any()):
        found["band_mad"] = 1e3 * float(difference[0, 0].cpu().abs()[band].mean())
    return found
