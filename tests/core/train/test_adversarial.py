import pytest
import torch

from platekey.core.errors import OptionError
from platekey.core.train.adversarial import (
    AdversarialOptions,
    Adversary,
    Anchor,
    anchor_terms,
    composite_over,
    refinement_terms,
)
from platekey.core.train.discriminator import FIELD, PatchDiscriminator

CPU, ONE = torch.device("cpu"), torch.ones(1, 1, 1, 1)


def test_an_answer_sees_its_field_and_no_more():
    torch.manual_seed(0)
    network = PatchDiscriminator(8)
    picture = torch.rand(1, 3, 120, 120, requires_grad=True)
    answer = network(picture, ONE)
    answer[0, 0, 2, 2].backward()
    rows = picture.grad.abs().amax((0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 == FIELD


def test_it_learns_to_tell_smooth_from_rough():
    adversary = Adversary(AdversarialOptions(rate=4e-3, width=8), CPU, seed=1)
    rough = torch.rand((1, 3, 80, 80), generator=torch.Generator().manual_seed(2))
    smooth = torch.full_like(rough, 0.4)
    losses = []
    for _ in range(30):
        loss = adversary.loss(rough, smooth, ONE)
        adversary.optimiser.zero_grad()
        loss.backward()
        adversary.optimiser.step()
        losses.append(float(loss.detach()))
    assert min(losses[-5:]) < 0.5 * losses[0]
    assert adversary.term(rough, ONE) < adversary.term(smooth, ONE)


def test_the_generators_term_leaves_the_discriminator_alone():
    adversary = Adversary(AdversarialOptions(width=8), CPU, seed=1)
    composite = torch.rand(1, 3, 96, 96, requires_grad=True)
    adversary.term(composite, ONE).backward()
    assert composite.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in adversary.network.parameters())


def test_the_discriminators_loss_leaves_the_matte_alone():
    adversary = Adversary(AdversarialOptions(width=8), CPU, seed=1)
    composite = torch.rand(1, 3, 96, 96, requires_grad=True)
    adversary.loss(torch.rand(1, 3, 96, 96), composite, ONE).backward()
    assert composite.grad is None
    assert all(parameter.grad is not None for parameter in adversary.network.parameters())


def test_the_same_seed_makes_the_same_discriminator_and_draws_nothing_elsewhere():
    torch.manual_seed(5)
    first = Adversary(AdversarialOptions(width=8), CPU, seed=3).network.state_dict()
    drawn = torch.rand(1)
    second = Adversary(AdversarialOptions(width=8), CPU, seed=3).network.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))


def test_it_learns_at_every_fifth_step():
    adversary = Adversary(AdversarialOptions(width=8), CPU, seed=1)
    assert [step for step in range(12) if adversary.learns_at(step)] == [0, 5, 10]


def test_the_anchor_counts_only_where_it_is_trusted():
    alpha = torch.full((1, 1, 16, 16), 0.5)
    foreground = torch.full((1, 3, 16, 16), 0.2)
    trust = torch.zeros_like(alpha)
    trust[..., :8, :] = 1
    anchor = Anchor(torch.full_like(alpha, 0.7), foreground, trust)
    terms = anchor_terms(alpha, foreground, anchor, ONE)
    assert float(terms["anchor_alpha"]) == pytest.approx(0.1)
    assert float(terms["anchor_foreground"]) == 0
    same = anchor_terms(alpha, foreground, Anchor(alpha, foreground, trust), ONE)
    assert sum(float(term) for term in same.values()) == 0


def test_a_composite_is_the_equation():
    made = composite_over(torch.tensor(0.25), torch.tensor(4.0), torch.tensor(-1.0))
    assert float(made) == pytest.approx(0.25)


def test_options_out_of_range_are_refused():
    with pytest.raises(OptionError, match="every"):
        AdversarialOptions(every=0)


def test_a_batch_without_truth_is_held_by_the_teacher_and_pulled_by_the_adversary():
    adversary = Adversary(AdversarialOptions(width=4), CPU, seed=1)
    alpha = torch.full((2, 1, 80, 80), 0.5, requires_grad=True)
    foreground, background = torch.full((2, 3, 80, 80), 0.4), torch.full((2, 3, 80, 80), 0.1)
    anchor = Anchor(alpha.detach(), foreground, torch.ones(2, 1, 80, 80))
    exposure = torch.full((2, 1, 1, 1), 2.0)
    terms, composite = refinement_terms(
        alpha, foreground, anchor, exposure, background, adversary, weight=0.5
    )
    assert float(composite.detach().mean()) == pytest.approx(0.5 * 0.8 + 0.5 * 0.1)
    assert float(terms["anchor_alpha"].detach()) == 0
    terms["adversarial"].backward()
    assert alpha.grad.abs().sum() > 0
