"""The loss of a step, by term; each a number from 0 up, already weighted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.network.coarse import changed, see_frame, split_coarse
from platekey.core.network.cues import Cues, encoded, noise_variance
from platekey.core.network.linear import Estimate, Solved, solve_linear
from platekey.core.network.model import MattingNetwork
from platekey.core.network.shadow import shadow_factor
from platekey.core.train import losses
from platekey.core.train.adversarial import Adversary, Anchor, anchor_terms, composite_over

from .batches import Batch, Place
from .leak import background_leak, leak_loss, smooth_shadow
from .motion import follow
from .options import TermWeights, TuneOptions

_ALIKE = 0.05  # of alpha, within which the teacher's colour is that of the key's subject
_EQUATION = 0.2  # weight of the named colours against those of the plate
_BRIGHTEST = 22.0  # stops
_NOISE_IN_STOPS = 2.0  # deviations of the noise by which the equation may be off


@dataclass(frozen=True)
class Answer:
    """What the student says of a window, and what is solved with it."""

    place: Place
    estimate: Estimate
    solved: Solved


def answer_batch(network: MattingNetwork, batch: Batch) -> tuple[Tensor, list[Answer]]:
    """The coarse mattes of the frames, see `changed`, and the answers of the windows."""
    cues = Cues(
        *(
            torch.cat([getattr(each.view.cues, name) for each in batch.frames])
            for name in Cues._fields
        )
    )
    prior = torch.cat([each.view.prior for each in batch.frames])
    changes = see_frame(network.coarse, cues, prior)
    answers = []
    for place in batch.places:
        seen, own = place.view.cues, changes[place.frame : place.frame + 1]
        estimate, _ = network.estimate_window(
            seen, place.view.prior, own, batch.factor, place.top, place.left
        )
        solved = solve_linear(seen.plate, noise_variance(seen), seen.exposure, estimate)
        answers.append(Answer(place, estimate, solved))
    return changed(prior, changes), answers


def coarse_terms(coarse: Tensor, batch: Batch, weights: TermWeights) -> dict[str, Tensor]:
    """Of the coarse stage on whole frames: the target is the key where taught, else the teacher."""
    matte = split_coarse(coarse)
    views = [each.view for each in batch.frames]
    taught = torch.cat([each.taught for each in views])
    target = torch.lerp(
        torch.cat([each.anchor.alpha for each in views]),
        torch.cat([each.key for each in views]),
        taught,
    )
    trust = torch.maximum(torch.cat([each.anchor.trust for each in views]), taught)
    off, nothing = (matte.alpha - target) * trust, torch.zeros_like(target)
    terms = {
        "coarse_alpha": weights.coarse * losses.alpha_loss(off, nothing),
        "coarse_laplacian": weights.coarse * losses.laplacian_loss(off, nothing),
    }
    expected = (matte.alpha - target).abs().detach()
    terms["error"] = weights.error * ((matte.error - expected) ** 2 * trust).mean()
    return terms


def anchored_terms(answer: Answer, weight: float) -> dict[str, Tensor]:
    """The teacher's say, where it is sure and no key speaks."""
    view = answer.place.view
    anchor = Anchor(
        view.anchor.alpha, view.anchor.foreground, view.anchor.trust * (1 - view.taught)
    )
    solved = answer.solved
    terms = anchor_terms(solved.alpha, solved.foreground, anchor, view.cues.exposure)
    return {name: weight * term for name, term in terms.items()}


def key_terms(answer: Answer, weight: float, weights: TermWeights) -> dict[str, Tensor]:
    """The key's say, where it is taught."""
    view, alpha = answer.place.view, answer.solved.alpha
    off, nothing = (alpha - view.key) * view.taught, torch.zeros_like(alpha)
    terms = {
        "key_alpha": weights.key["alpha"] * losses.alpha_loss(off, nothing),
        "key_gradient": weights.key["gradient"] * losses.gradient_loss(off, nothing),
        "key_laplacian": weights.key["laplacian"] * losses.laplacian_loss(off, nothing),
    }
    agrees = ((view.anchor.alpha - view.key).abs() < _ALIKE).to(alpha.dtype)
    seen = view.taught * agrees * (view.key > _ALIKE).to(alpha.dtype)
    exposure = view.cues.exposure
    colour, wanted = (
        encoded(each, exposure) for each in (answer.solved.foreground, view.anchor.foreground)
    )
    terms["key_foreground"] = 0.3 * losses.colour_loss(colour, wanted, seen)
    return {name: weight * term for name, term in terms.items()}


def equation_terms(answer: Answer, weight: float) -> dict[str, Tensor]:
    """The compositing equation with the known clean plate: no leak, and colours that add up."""
    cues, solved = answer.place.view.cues, answer.solved
    variance = noise_variance(cues)
    background = shaded(cues, solved.background, solved.alpha)
    leak = background_leak(cues.plate, solved.alpha, background, variance, cues.known)
    named = solved.alpha * solved.named + (1 - solved.alpha) * solved.background
    off = (encoded(named, cues.exposure) - encoded(cues.plate, cues.exposure)).abs()
    noisy = encoded(cues.plate + variance.sqrt(), cues.exposure) - encoded(
        cues.plate, cues.exposure
    )
    beyond = torch.relu(off - _NOISE_IN_STOPS * noisy).clamp_max(2)
    return {
        "leak": weight * leak_loss(solved.alpha, leak),
        "equation": weight * _EQUATION * (beyond * cues.known).mean(),
    }


def shaded(cues: Cues, background: Tensor, alpha: Tensor) -> Tensor:
    """The clean plate under a shadow that is as smooth as shadows are; without gradients."""
    with torch.no_grad():
        shadow = shadow_factor(background, cues.clean_plate, cues.exposure)
        return cues.clean_plate * smooth_shadow(shadow, alpha)


def temporal_terms(answers: list[Answer], batch: Batch, weight: float) -> dict[str, Tensor]:
    """Alpha moves as the picture does."""
    terms = []
    for first, second, motion in batch.pairs:
        before, after = answers[first].solved.alpha, answers[second].solved.alpha
        moved, inside = follow(after, motion.flow)
        trust = motion.trust * (inside > 0.99)
        terms.append(((moved - before).abs() * trust).sum() / trust.sum().clamp_min(1))
    return {"temporal": weight * torch.stack(terms).mean()} if terms else {}


def composites(answers: list[Answer], backgrounds: list[Tensor]) -> tuple[list[Tensor], ...]:
    """Windows over new backgrounds, and what was filmed: the same windows, and the backgrounds.

    All at ordinary brightness, and with the plate's grain.
    """
    made, filmed = [], []
    for number, (answer, background) in enumerate(zip(answers, backgrounds, strict=True)):
        cues, solved = answer.place.view.cues, answer.solved
        height, width = solved.alpha.shape[-2:]
        new = background[:, :, :height, :width].to(solved.alpha)
        foreground = solved.foreground * cues.exposure
        made.append(composite_over(solved.alpha, foreground, new))
        filmed.append(cues.plate * cues.exposure if number % 2 == 0 else new)
    return made, filmed


def adversarial_term(
    adversary: Adversary, made: list[Tensor], weight: float
) -> tuple[dict[str, Tensor], Tensor]:
    """The generator's term, and the exposure that the discriminator sees with."""
    one = torch.ones((1, 1, 1, 1), device=made[0].device)
    terms = [adversary.term(_large_enough(each), one) for each in made]
    return {"adversarial": weight * torch.stack(terms).mean()}, one


def adversary_loss(adversary: Adversary, made: list[Tensor], filmed: list[Tensor]) -> Tensor:
    """The discriminator's own loss."""
    one = torch.ones((1, 1, 1, 1), device=made[0].device)
    each = [
        adversary.loss(_large_enough(real), _large_enough(fake), one)
        for real, fake in zip(filmed, made, strict=True)
    ]
    return torch.stack(each).mean()


def teach(
    network: MattingNetwork,
    batch: Batch,
    options: TuneOptions,
    weights: TermWeights,
    *,
    anchor_share: float,
) -> tuple[dict[str, Tensor], list[Answer]]:
    """All terms but the adversarial one, and the answers that it is made of."""
    coarse, answers = answer_batch(network, batch)
    groups: list[dict[str, Tensor]] = []
    for answer in answers:
        group = anchored_terms(answer, options.anchor * anchor_share)
        if batch.is_keyed:
            group |= key_terms(answer, options.keys_weight, weights)
        if options.leak and not batch.is_keyed:
            group |= equation_terms(answer, options.leak)
        groups.append(group)
    terms = {name: torch.stack([group[name] for group in groups]).mean() for name in groups[0]}
    terms |= coarse_terms(coarse, batch, weights)
    if options.temporal:
        terms |= temporal_terms(answers, batch, options.temporal)
    return terms, answers


def _large_enough(picture: Tensor) -> Tensor:
    """A picture that the discriminator can look at: narrow ones are continued."""
    bottom, right = (max(0, 80 - extent) for extent in picture.shape[-2:])
    return nnf.pad(picture, (0, right, 0, bottom), mode="replicate") if bottom or right else picture
