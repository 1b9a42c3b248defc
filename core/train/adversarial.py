"""The adversarial stage: composites over new backgrounds have to pass for filmed pictures.

For the refinement of base weights on plates without truth and for the fine-tune of a shot. A frozen
teacher's answers anchor the network: without them it makes everything opaque, for then the
composite is the plate. Discriminator and losses after Sengupta et al. 2020, section 3.2
(docs/references.md#sengupta2020).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.network.cues import encoded

from . import losses
from .discriminator import PatchDiscriminator

_VISIBLE = 0.01  # alpha from which a foreground has a colour that can be told


@dataclass(frozen=True)
class AdversarialOptions:
    """How the discriminator learns.

    Attributes:
        rate: its learning rate.
        every: it learns at every so manieth step, else it wins and says nothing any more.
        width: its channels.
    """

    rate: float = 1e-4
    every: int = 5
    width: int = 32

    def __post_init__(self) -> None:
        """Checks the ranges."""
        limits = {"rate": (0, 1), "every": (1, 10**6), "width": (1, 256)}
        for item in fields(self):
            low, high = limits[item.name]
            if not low <= getattr(self, item.name) <= high:
                raise OptionError(
                    f"adversarial {item.name} is {getattr(self, item.name)}; it must be from "
                    f"{low} to {high}."
                )


@dataclass(frozen=True)
class Anchor:
    """What a teacher says, (B, C, H, W).

    Attributes:
        alpha: in [0, 1].
        foreground: straight, scene-linear.
        trust: how much of it counts, 0 to 1; (B, 1, H, W).
    """

    alpha: Tensor
    foreground: Tensor
    trust: Tensor


class Adversary:
    """A discriminator in training.

    Attributes:
        network: the discriminator.
        optimiser: its own.
        options: see AdversarialOptions.
    """

    def __init__(self, options: AdversarialOptions, device: torch.device, *, seed: int) -> None:
        """Makes a discriminator; the same seed makes the same one."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = PatchDiscriminator(options.width)
        self.network.to(device)
        self.options = options
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=options.rate, betas=(0.5, 0.999)
        )

    def learns_at(self, step: int) -> bool:
        """Whether the discriminator learns at this step."""
        return step % self.options.every == 0

    def term(self, composite: Tensor, exposure: Tensor) -> Tensor:
        """The generator's loss: how far composites are from passing; see PatchDiscriminator."""
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)
        answer: Tensor = self.network(composite, exposure)
        return ((answer - 1) ** 2).mean()

    def loss(self, filmed: Tensor, composite: Tensor, exposure: Tensor) -> Tensor:
        """The discriminator's own loss, with gradients for it alone.

        Args:
            filmed: (B, 3, H, W) parts of real pictures: the plates and the new backgrounds.
            composite: (B, 3, H, W) made with the network's mattes.
            exposure: (B, 1, 1, 1) of both.
        """
        for parameter in self.network.parameters():
            parameter.requires_grad_(True)
        real: Tensor = self.network(filmed.detach(), exposure)
        fake: Tensor = self.network(composite.detach(), exposure)
        return (((real - 1) ** 2).mean() + (fake**2).mean()) / 2


def composite_over(alpha: Tensor, foreground: Tensor, background: Tensor) -> Tensor:
    """The subject over another background, (B, 3, H, W) scene-linear."""
    return alpha * foreground + (1 - alpha) * background


def anchor_terms(
    alpha: Tensor, foreground: Tensor, anchor: Anchor, exposure: Tensor
) -> dict[str, Tensor]:
    """How far the network is from its teacher, where that is to be trusted.

    Args:
        alpha: (B, 1, H, W) of the network.
        foreground: (B, 3, H, W) straight, scene-linear.
        anchor: see Anchor.
        exposure: (B, 1, 1, 1) of the encoding.
    """
    nothing = torch.zeros_like(alpha)
    off = (alpha - anchor.alpha) * anchor.trust
    seen = anchor.trust * (anchor.alpha > _VISIBLE).to(alpha.dtype)
    colour, wanted = (encoded(each, exposure) for each in (foreground, anchor.foreground))
    return {
        "anchor_alpha": losses.alpha_loss(off, nothing),
        "anchor_gradient": 0.5 * losses.gradient_loss(off, nothing),
        "anchor_foreground": 0.3 * losses.colour_loss(colour, wanted, seen),
    }


def refinement_terms(
    alpha: Tensor,
    foreground: Tensor,
    anchor: Anchor,
    exposure: Tensor,
    background: Tensor,
    adversary: Adversary,
    *,
    weight: float,
) -> tuple[dict[str, Tensor], Tensor]:
    """The loss of a batch of plates without truth: the teacher's say and the adversary's.

    After the network's own step, where `adversary.learns_at(step)`, the discriminator descends
    `adversary.loss(filmed, composite, ones)`, with plates and backgrounds at ordinary brightness
    as what was filmed.

    Args:
        alpha: (B, 1, H, W) of the network.
        foreground: (B, 3, H, W) straight, scene-linear.
        anchor: of a frozen teacher, which saw the same plates.
        exposure: (B, 1, 1, 1) what brings the plates to ordinary brightness.
        background: (B, 3, H, W) new ones, at ordinary brightness.
        adversary: see Adversary.
        weight: of the adversary's say.

    Returns:
        The weighted terms by name, and the composite.
    """
    composite = composite_over(alpha, foreground * exposure, background)
    terms = anchor_terms(alpha, foreground, anchor, exposure)
    terms["adversarial"] = weight * adversary.term(composite, torch.ones_like(exposure))
    return terms, composite
