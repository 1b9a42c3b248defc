"""A frame of the shot as a solve would see it, made once; and what is known of its matte.

All of it is in ordinary light: as bright as ConditionedPlate.exposure makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from platekey.core.filters import reduce
from platekey.core.network.coarse import changed, no_prior, see_frame, split_coarse
from platekey.core.network.cues import Cues, make_cues, reduce_cues
from platekey.core.network.model import MattingNetwork, coarse_factor, enlarged_window
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.noise import NoiseModel
from platekey.core.solver.by_network import solve_frame_by_network
from platekey.core.solver.prior import difference_prior
from platekey.core.solver.solution import Solution
from platekey.core.stopping import never
from platekey.core.train.adversarial import Anchor

_TURNS = 2  # views of a frame that the teacher answers: as it is, and mirrored
_DOUBT = 10.0  # a tenth of alpha in doubt is no trust at all


@dataclass(frozen=True)
class Key:
    """An artist's matte of a frame.

    Attributes:
        alpha: (1, 1, H, W) in [0, 1].
        weight: (1, 1, H, W) 1 where it counts, else 0.
        held_back: (1, 1, H, W) 1 where it is never taught, only compared; part of weight.
    """

    alpha: Tensor
    weight: Tensor
    held_back: Tensor

    @property
    def taught(self) -> Tensor:
        """1 where it is taught."""
        return self.weight * (1 - self.held_back)


@dataclass(frozen=True)
class PreparedFrame:
    """See the module.

    Attributes:
        cues: of the whole frame, at full size.
        prior: (1, MATTE, H, W), see difference_prior.
        factor: by which the coarse stage's frame is smaller.
        conditioned: the clean plate as a solve has it; its exposure is 1, for the light is
            ordinary.
        anchor: the teacher's matte; None until it was asked.
        key: the artist's, or None.
        gain: that brought the frame to ordinary light.
    """

    cues: Cues
    prior: Tensor
    factor: int
    conditioned: ConditionedPlate
    anchor: Anchor | None = None
    key: Key | None = None
    gain: float = 1.0

    def to(self, device: torch.device) -> PreparedFrame:
        """The frame on a device."""
        if device.type == "cpu":
            return self
        cues = Cues(*(each.to(device) for each in self.cues))
        known = self.conditioned
        noises = [
            NoiseModel(each.gain.to(device), each.read.to(device))
            for each in (known.plate_noise, known.clean_noise)
        ]
        conditioned = replace(
            known,
            clean_plate=cues.clean_plate,
            valid=cues.known,
            plate_noise=noises[0],
            clean_noise=noises[1],
            spread=None if known.spread is None else known.spread.to(device),
        )
        anchor, key = self.anchor, self.key
        if anchor is not None:
            anchor = Anchor(*(getattr(anchor, f.name).to(device) for f in fields(anchor)))
        if key is not None:
            key = Key(*(getattr(key, f.name).to(device) for f in fields(key)))
        prior = self.prior.to(device)
        return PreparedFrame(cues, prior, self.factor, conditioned, anchor, key, self.gain)

    def small(self) -> Cues:
        """The cues at the coarse size."""
        return reduce_cues(self.cues, self.factor)


def prepare_frame(
    plate: Tensor,
    conditioned: ConditionedPlate,
    *,
    neighbours: tuple[Tensor, Tensor] | None = None,
    needs_prior: bool = True,
    should_stop: Callable[[], bool] = never,
) -> PreparedFrame:
    """Brings a frame to ordinary light and gathers the network's cues and prior.

    Args:
        plate: (1, 3, H, W) scene-linear.
        conditioned: its clean plate.
        neighbours: the plates before and after.
        needs_prior: False takes none, for a frame that is only looked at.
        should_stop: polled between the steps.

    Raises:
        Cancelled: should_stop said so.
    """
    gain = conditioned.exposure
    noise = (conditioned.plate_noise + conditioned.clean_noise).exposed(gain)
    nothing = NoiseModel(torch.zeros_like(noise.gain), torch.zeros_like(noise.read))
    spread = conditioned.spread
    lit = replace(
        conditioned,
        clean_plate=conditioned.clean_plate * gain,
        plate_noise=noise,
        clean_noise=nothing,
        exposure=1.0,
        spread=None if spread is None else spread * gain,
    )
    beside = None if neighbours is None else (neighbours[0] * gain, neighbours[1] * gain)
    cues = make_cues(
        plate * gain, lit.clean_plate, noise, known=conditioned.valid, neighbours=beside
    )
    factor = coarse_factor(*plate.shape[-2:])
    if needs_prior:
        prior = difference_prior(cues.plate, lit, cues.exposure, should_stop=should_stop)
    else:
        prior = no_prior(cues.plate)
    return PreparedFrame(cues, prior, factor, lit, gain=gain)


def solve_prepared(
    network: MattingNetwork,
    frame: PreparedFrame,
    *,
    has_prior: bool = True,
    should_stop: Callable[[], bool] = never,
) -> Solution:
    """Solves a frame as `platekey solve` does; see Solution.

    Args:
        network: in evaluation mode.
        frame: prepared.
        has_prior: takes the frame's prior; else the difference method is asked anew.
        should_stop: polled between the steps.

    Raises:
        Cancelled: should_stop said so.
    """
    cues = frame.cues
    has_neighbours = bool(cues.has_neighbours.item())
    return solve_frame_by_network(
        cues.plate,
        frame.conditioned,
        network,
        MatteOptions(),
        neighbours=(cues.previous, cues.following) if has_neighbours else None,
        prior=frame.prior if has_prior else None,
        should_stop=should_stop,
    )


def ask_teacher(
    network: MattingNetwork, frame: PreparedFrame, *, should_stop: Callable[[], bool] = never
) -> Anchor:
    """The teacher's matte of a frame, and where to trust it.

    It answers twice, the second time mirrored: the mean of two answers is better than either, and
    where they differ, or where the teacher itself expects to be off, it is not trusted. The
    mirrored frame gets a prior of its own: where the difference method wavers is doubt too.
    """
    with torch.no_grad():
        answers = [
            solve_prepared(network, view, has_prior=view is frame, should_stop=should_stop)
            for view in (frame, mirrored_frame(frame))[:_TURNS]
        ]
        first, second = answers[0], answers[-1]
        alphas = [first.alpha, second.alpha.flip(-1)]
        known = reduce(frame.prior, frame.factor)
        changes = see_frame(network.coarse, frame.small(), known)
        expected = split_coarse(changed(known, changes)).error
        height, width = first.alpha.shape[-2:]
        error = enlarged_window(expected, frame.factor, 0, 0, height, width)
    alpha = (alphas[0] + alphas[1]) / 2
    foreground = (first.foreground + second.foreground.flip(-1)) / 2
    trust = (1 - _DOUBT * (alphas[0] - alphas[1]).abs()).clamp(0, 1)
    trust = trust * (1 - _DOUBT / 2 * error).clamp(0, 1) * (frame.cues.known > 0.5)
    return Anchor(alpha, foreground, trust)


def mirrored_frame(frame: PreparedFrame) -> PreparedFrame:
    """The frame mirrored left and right."""
    cues = mirrored_cues(frame.cues)
    spread = frame.conditioned.spread
    conditioned = replace(
        frame.conditioned,
        clean_plate=cues.clean_plate,
        valid=cues.known,
        spread=None if spread is None else spread.flip(-1),
    )
    return PreparedFrame(cues, frame.prior.flip(-1), frame.factor, conditioned)


def mirrored_cues(cues: Cues) -> Cues:
    """The cues of the mirrored frame."""
    return Cues(*(each.flip(-1) for each in cues))
