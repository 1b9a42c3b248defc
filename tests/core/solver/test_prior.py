from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.filters import enlarge, reduce
from platekey.core.network.coarse import MATTE
from platekey.core.network.cues import encoded, ordinary_exposure
from platekey.core.options import MatteOptions
from platekey.core.solver.prior import difference_prior


class Prior(NamedTuple):
    alpha: Tensor
    foreground: Tensor
    shadow: Tensor
    doubt: Tensor


def prior_of(shot, factor=2, gain=1.0, **options):
    conditioned = shot.conditioned()
    exposure = ordinary_exposure(conditioned.clean_plate) * gain
    packed = difference_prior(
        shot.plate, conditioned, exposure, factor, MatteOptions(**options) if options else None
    )
    assert packed.shape[1] == MATTE
    return Prior(*packed.split([1, 3, 3, 1], 1)), exposure


def test_the_prior_is_the_difference_methods_matte_at_the_coarse_size(make_shot):
    shot = make_shot()
    prior, _ = prior_of(shot)
    truth = reduce(shot.alpha, 2)
    assert prior.alpha.shape == truth.shape
    assert float((prior.alpha - truth).abs().mean()) < 0.02
    assert 0 <= float(prior.doubt.min()) <= float(prior.doubt.max()) <= 1


def test_where_the_subject_is_solid_its_colour_is_the_plates(make_shot):
    shot = make_shot()
    prior, exposure = prior_of(shot)
    solid = (prior.alpha >= 1).expand_as(prior.foreground)
    assert bool(solid.any())
    seen = encoded(reduce(shot.plate, 2), exposure)
    torch.testing.assert_close(prior.foreground[solid], seen[solid])
    assert float((prior.foreground - seen).abs().max()) <= 6.0 + 1e-4


def test_the_prior_does_not_depend_on_the_shots_exposure(make_shot):
    shot = make_shot()
    usual, _ = prior_of(shot)
    brighter, _ = prior_of(shot, gain=4.0)
    torch.testing.assert_close(usual.alpha, brighter.alpha)
    assert float((brighter.foreground - usual.foreground).median()) > 1.5  # two stops


def test_an_odd_size_is_rounded_up(make_shot):
    shot = make_shot()
    conditioned = shot.conditioned()
    packed = difference_prior(shot.plate, conditioned, ordinary_exposure(shot.clean), 4)
    height, width = shot.plate.shape[-2:]
    assert packed.shape[-2:] == (-(-height // 4), -(-width // 4))
    assert enlarge(packed, 4, height, width).shape[-2:] == (height, width)
