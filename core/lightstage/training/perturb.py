"""From exact truth to what a set delivers: a plate and a clean plate that differ as real ones do.

The order is that of the light: the subject's colours; its shadow and bounce on the set, in the
plate alone; the clean plate's other camera position, focus, light and grade; then each picture's
own sensor noise and recording. plate = fg + (1 - alpha) · bgs holds exactly before the sensor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import OptionError, ShapeError

from .drift import blend_colours, bounce, cast_shadow, drift_light, shift_corners
from .sensor import add_noise, compress, defocus, subsample_chroma


@dataclass(frozen=True)
class PerturbOptions:
    """How often and how much. A chance is per picture, 0 to 1; a size is the largest drawn.

    Attributes:
        coincidence_chance: the subject takes on the background's colours.
        coincidence: how far; 1 is all the way.
        shadow_chance: the subject's shadow falls on the set.
        shadow_density: part of the light that it takes, 0 to 1.
        bounce_chance: the subject throws light on the set.
        bounce_strength: see drift.bounce.
        misalignment_chance: the clean plate's camera stood elsewhere.
        misalignment: by how many pixels a corner moves in x and in y; small ones are more likely.
        defocus_chance: one of the two has the background less sharp.
        defocus_radius: pixels, 0 to 8.
        light_chance: the clean plate has another exposure, white balance and gamma.
        exposure: stops, up or down.
        white_balance: stops of a channel, up or down.
        gamma: the logarithm to base 2 of the exponent, up or down; 0.1 is 0.93 to 1.07.
        noise_gain: smallest and largest shot noise, see sensor.add_noise; drawn as logarithms.
        read_noise: smallest and largest read noise, likewise; two zeros are none.
        chroma_chance: both are recorded in 4:2:2 or 4:2:0.
        compression_chance: both are recorded by a codec of blocks.
        compression_step: stops, see sensor.compress.
    """

    coincidence_chance: float = 0.15
    coincidence: float = 1.0
    shadow_chance: float = 0.5
    shadow_density: float = 0.7
    bounce_chance: float = 0.3
    bounce_strength: float = 0.3
    misalignment_chance: float = 0.5
    misalignment: float = 3.0
    defocus_chance: float = 0.3
    defocus_radius: float = 2.5
    light_chance: float = 0.5
    exposure: float = 0.3
    white_balance: float = 0.1
    gamma: float = 0.1
    noise_gain: tuple[float, float] = (1e-6, 5e-4)
    read_noise: tuple[float, float] = (1e-4, 5e-3)
    chroma_chance: float = 0.25
    compression_chance: float = 0.25
    compression_step: float = 0.1

    def __post_init__(self) -> None:
        """Checks the ranges."""
        parts = ("shadow_density", "coincidence")
        for item in fields(self):
            value = getattr(self, item.name)
            low, high = value if isinstance(value, tuple) else (0.0, value)
            largest = 1.0 if item.name.endswith("chance") or item.name in parts else 1e3
            if item.name == "defocus_radius":
                largest = 8.0
            if not 0 <= low <= high <= largest:
                raise OptionError(
                    f"{item.name} is {value}; it must be from 0 to {largest:g}, in order."
                )

    @classmethod
    def none(cls) -> PerturbOptions:
        """Nothing is changed: the clean plate is the background."""
        off: dict[str, Any] = {i.name: 0.0 for i in fields(cls) if i.name.endswith("chance")}
        return cls(**off, noise_gain=(0.0, 0.0), read_noise=(0.0, 0.0))


@dataclass(frozen=True)
class Moment:
    """The truth of one frame, scene-linear, unbounded.

    Attributes:
        premultiplied: (B, 3, H, W) foreground times alpha.
        alpha: (B, 1, H, W) in [0, 1].
        background: (B, 3, H, W) the set without the subject.
    """

    premultiplied: Tensor
    alpha: Tensor
    background: Tensor


@dataclass(frozen=True)
class Perturbed:
    """A training sample, all scene-linear (B, C, H, W).

    Attributes:
        plate: fg + (1 - alpha) · bgs, then the sensor.
        clean_plate: as it was delivered.
        premultiplied: the true foreground times alpha, without noise.
        alpha: the true one, [0, 1].
        background: bgs, the set behind the subject as the plate has it, without noise.
        shadow: (B, 3, H, W), bgs over the set without the subject: shadow and bounce, 1 is none.
        neighbours: plates of other frames, with the same shadow, light, focus and camera.
        amounts: what was drawn, by the name of its option without `_chance`, (B,); 0 is not at all.
    """

    plate: Tensor
    clean_plate: Tensor
    premultiplied: Tensor
    alpha: Tensor
    background: Tensor
    shadow: Tensor
    neighbours: tuple[Tensor, ...] = ()
    amounts: dict[str, Tensor] = field(default_factory=dict)


def perturb(
    premultiplied: Tensor,
    alpha: Tensor,
    background: Tensor,
    *,
    options: PerturbOptions,
    generator: torch.Generator,
    neighbours: Sequence[Moment] = (),
) -> Perturbed:
    """Makes plate and clean plate; the same generator state makes the same.

    Args:
        premultiplied: (B, 3, H, W) foreground times alpha, scene-linear, unbounded.
        alpha: (B, 1, H, W) in [0, 1].
        background: (B, 3, H, W) scene-linear, unbounded: the set without the subject.
        options: see PerturbOptions.
        generator: of random numbers; on the CPU it draws the same for every device, on the
            pictures' device it is faster.
        neighbours: other frames of the same shot, of the same shapes; they draw nothing before
            all of this frame is drawn.

    Raises:
        ShapeError: the three do not fit.
    """
    batch, _, height, width = premultiplied.shape
    if background.shape != premultiplied.shape or alpha.shape != (batch, 1, height, width):
        raise ShapeError(
            f"foreground is {tuple(premultiplied.shape)}, alpha {tuple(alpha.shape)}, background "
            f"{tuple(background.shape)}; they must be (B, 3, H, W), (B, 1, H, W), (B, 3, H, W)."
        )
    draw = _Draw(batch, premultiplied, generator)
    amount = draw.size("coincidence", options.coincidence_chance, options.coincidence)
    truth = Moment(premultiplied, alpha, background)
    moments = [_tinted(moment, amount) for moment in (truth, *neighbours)]
    shadows = _shadows(moments, options, draw)
    blur = draw.size("defocus", options.defocus_chance, options.defocus_radius)
    is_in_plate = draw.uniform(0, 1) < 0.5
    behind = [
        defocus(moment.background * shadow, blur * is_in_plate)
        for moment, shadow in zip(moments, shadows, strict=True)
    ]
    plates = [
        moment.premultiplied + (1 - moment.alpha) * bgs
        for moment, bgs in zip(moments, behind, strict=True)
    ]
    clean_plate = _displaced(background, options, draw)
    clean_plate = defocus(clean_plate, blur * ~is_in_plate)
    clean_plate = _drifted(clean_plate, options, draw)
    plate, clean_plate, *others = _recorded([plates[0], clean_plate, *plates[1:]], options, draw)
    foreground = moments[0].premultiplied
    return Perturbed(
        plate, clean_plate, foreground, alpha, behind[0], shadows[0], tuple(others), draw.amounts
    )


class _Draw:
    """Random numbers for a batch, (B, ..., 1, 1), on the pictures' device; it notes amounts."""

    def __init__(self, batch: int, like: Tensor, generator: torch.Generator) -> None:
        self.batch, self.like, self.generator = batch, like, generator
        self.amounts: dict[str, Tensor] = {}

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(B, 1, 1, 1), or (B, *shape)."""
        size = (self.batch, *(shape or (1, 1, 1)))
        drawn = torch.rand(size, generator=self.generator, device=self.generator.device)
        return (low + (high - low) * drawn).to(self.like)

    def logarithmic(self, low: float, high: float) -> Tensor:
        """As many below the geometric mean as above; zeros if `high` is 0."""
        low = max(low, 1e-3 * high)
        drawn = self.uniform(math.log(low), math.log(high)) if high > 0 else self.uniform(0, 0)
        return drawn.exp() if high > 0 else drawn

    def happens(self, chance: float) -> Tensor:
        """1 with this chance, else 0."""
        return (self.uniform(0, 1) < chance).to(self.like)

    def size(self, name: str, chance: float, largest: float) -> Tensor:
        """0, or with this chance from 0 to `largest`."""
        return self.note(name, self.happens(chance) * self.uniform(0, largest))

    def note(self, name: str, values: Tensor) -> Tensor:
        """Keeps B values among the amounts."""
        self.amounts[name] = values.reshape(self.batch)
        return values


def _tinted(moment: Moment, amount: Tensor) -> Moment:
    """With its subject in the background's colours, where amount is not 0."""
    chosen, foreground = _chosen(amount), moment.premultiplied.clone()
    foreground[chosen] = blend_colours(
        foreground[chosen], moment.alpha[chosen], moment.background[chosen], amount[chosen]
    )
    return Moment(foreground, moment.alpha, moment.background)


def _shadows(moments: list[Moment], options: PerturbOptions, draw: _Draw) -> list[Tensor]:
    """Shadow and bounce as one factor, (B, 3, H, W) each. Blurs are alike in a batch."""
    side = max(draw.like.shape[-2:])
    softness, reach = _one(draw, 0.005, 0.08) * side, _one(draw, 0.05, 0.2) * side
    density = draw.size("shadow", options.shadow_chance, options.shadow_density)
    shift = draw.uniform(-0.25, 0.25, 2)
    sky = 1 - draw.uniform(0, 0.3) * draw.like.new_tensor((0.0, 0.35, 1.0)).view(1, 3, 1, 1)
    strength = draw.size("bounce", options.bounce_chance, options.bounce_strength)
    growth = torch.exp2(draw.uniform(-0.5, 0.5, 1, 1))
    shape = (torch.eye(2).to(shift) + draw.uniform(-0.15, 0.15, 2, 2)) * growth
    cast = partial(
        cast_shadow, density=density, shift=shift, softness=softness, sky=sky, shape=shape
    )
    return [
        cast(moment.alpha) * bounce(moment.premultiplied, strength=strength, reach=reach)
        for moment in moments
    ]


def _one(draw: _Draw, low: float, high: float) -> float:
    """One number for the whole batch, with low and high equally likely as logarithms."""
    generator = draw.generator
    part = float(torch.rand((), generator=generator, device=generator.device))
    return math.exp(math.log(low) + part * math.log(high / low))


def _displaced(background: Tensor, options: PerturbOptions, draw: _Draw) -> Tensor:
    """Most of a displacement is common to the corners, the rest turns, scales and tilts."""
    reach = options.misalignment * draw.uniform(0, 1, 1, 1) ** 2
    reach = reach * draw.happens(options.misalignment_chance).view(-1, 1, 1)
    draw.note("misalignment", reach)
    common, own = draw.uniform(-0.7, 0.7, 1, 2), draw.uniform(-0.3, 0.3, 4, 2)
    if min(background.shape[-2:]) < 2 or not bool(reach.any()):
        return background
    return shift_corners(background, reach * (common + own))


def _drifted(picture: Tensor, options: PerturbOptions, draw: _Draw) -> Tensor:
    happens = draw.happens(options.light_chance)
    exposure = draw.uniform(-options.exposure, options.exposure)
    balance = draw.uniform(-options.white_balance, options.white_balance, 3, 1, 1)
    gamma = torch.exp2(happens * draw.uniform(-options.gamma, options.gamma))
    draw.note("light", happens * exposure)
    return drift_light(picture, stops=happens * (exposure + balance), gamma=gamma)


def _recorded(pictures: list[Tensor], options: PerturbOptions, draw: _Draw) -> list[Tensor]:
    """One camera and one codec for all of the pictures, with noise of their own."""
    gain = draw.logarithmic(*options.noise_gain)
    read = draw.logarithmic(*options.read_noise)
    is_subsampled, rows = draw.happens(options.chroma_chance), 1 + draw.happens(0.5)
    step = draw.size("compression", options.compression_chance, options.compression_step)
    draw.note("chroma", is_subsampled * rows)
    draw.note("noise", gain)
    recorded = []
    for picture in pictures:
        seen = add_noise(picture, gain=gain, read=read, generator=draw.generator)
        for number in (1, 2):
            chosen = _chosen(is_subsampled * (rows == number))
            seen[chosen] = subsample_chroma(seen[chosen], rows=number, columns=2)
        chosen = _chosen(step)
        seen[chosen] = compress(seen[chosen], step=step[chosen])
        recorded.append(seen)
    return recorded


def _chosen(values: Tensor) -> Tensor:
    """The pictures of a batch whose value, (B, 1, 1, 1), is not 0: the others are not computed."""
    return values.flatten().nonzero().flatten()
