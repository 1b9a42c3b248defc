"""Each term of the loss: 0 where it should be, and known where it should not."""

import dataclasses

import pytest
import torch

from platekey.core.network.cues import encoded
from platekey.core.network.linear import Estimate, Solved
from platekey.core.tune.batches import Batch, Place
from platekey.core.tune.motion import Motion
from platekey.core.tune.options import TermWeights
from platekey.core.tune.stored import StoredFrame
from platekey.core.tune.terms import (
    Answer,
    anchored_terms,
    composites,
    equation_terms,
    key_terms,
    temporal_terms,
)

WEIGHTS = TermWeights()


@pytest.fixture
def view(made_shot):
    folder = made_shot.request().folder / "frames"
    return StoredFrame(folder / "frame-1002.safetensors").window(0, 0, 96, 96)


def answer_of(view, alpha, *, foreground=None, background=None):
    colour = view.anchor.foreground if foreground is None else foreground
    behind = view.cues.clean_plate if background is None else background
    exposure = view.cues.exposure
    estimate = Estimate(alpha, encoded(colour, exposure), encoded(behind, exposure), 0 * alpha)
    return Answer(Place(0, 0, 0, view), estimate, Solved(alpha, colour, behind, colour))


def total(terms):
    return sum(float(term) for term in terms.values())


def test_the_teachers_own_answer_costs_nothing(view):
    assert total(anchored_terms(answer_of(view, view.anchor.alpha), 1.0)) == 0


def test_the_anchor_does_not_speak_where_a_key_does(view):
    taught = dataclasses.replace(view, taught=torch.ones_like(view.taught))
    other = (1 - view.anchor.alpha).requires_grad_()
    terms = anchored_terms(answer_of(taught, other), 1.0)
    assert total({name: term.detach() for name, term in terms.items()}) == 0


def test_a_key_costs_its_mean_error_where_it_is_taught(view):
    half = torch.zeros_like(view.taught)
    half[..., :48, :] = 1
    keyed = dataclasses.replace(view, key=torch.full_like(view.key, 0.5), taught=half)
    alpha = torch.full_like(view.key, 0.7)
    terms = key_terms(answer_of(keyed, alpha), 3.0, WEIGHTS)
    assert float(terms["key_alpha"]) == pytest.approx(3 * 0.2 / 2, rel=1e-5)
    assert total(key_terms(answer_of(keyed, keyed.key), 3.0, WEIGHTS)) == pytest.approx(0, abs=1e-6)


def test_what_adds_up_to_the_plate_costs_hardly_anything(view):
    cues = view.cues
    bare = torch.zeros_like(view.key)
    same = dataclasses.replace(view, cues=cues._replace(plate=cues.clean_plate))
    assert total(equation_terms(answer_of(same, bare), 1.0)) < 1e-3
    off = answer_of(same, bare, background=2 * cues.clean_plate)
    assert float(equation_terms(off, 1.0)["equation"]) > 0.1


def test_temporal_is_0_for_a_matte_that_moves_as_the_picture_does(view):
    y, x = torch.meshgrid(torch.arange(96), torch.arange(96), indexing="ij")
    before = ((30 - torch.hypot(y - 48.0, x - 40.0)) / 6).clamp(0, 1)[None, None]
    flow = torch.zeros(1, 2, 96, 96)
    flow[:, 0] = 5
    motion = Motion(flow, torch.ones_like(before))
    for after, expected in ((before.roll(5, 3), 0.0), (before, None)):
        answers = [answer_of(view, before), answer_of(view, after)]
        batch = Batch([], 2, [each.place for each in answers], [(0, 1, motion)], False)
        found = float(temporal_terms(answers, batch, 2.0)["temporal"])
        if expected is None:
            assert found > 0.02
        else:
            assert found == pytest.approx(expected, abs=1e-5)
    nothing = Batch([], 2, [], [], False)
    assert temporal_terms([], nothing, 2.0) == {}


def test_a_composite_is_over_the_new_background_and_both_are_filmed(view):
    new = torch.full((1, 3, 96, 96), 0.3)
    bare, solid = torch.zeros_like(view.key), torch.ones_like(view.key)
    answers = [answer_of(view, bare), answer_of(view, solid)]
    made, filmed = composites(answers, [new, new])
    assert torch.equal(made[0], new)
    expected = view.anchor.foreground * view.cues.exposure
    assert torch.allclose(made[1], expected)
    assert torch.allclose(filmed[0], view.cues.plate * view.cues.exposure)
    assert torch.equal(filmed[1], new)
