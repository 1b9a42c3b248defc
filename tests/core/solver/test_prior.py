from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.network.coarse import MATTE
from platekey.core.network.cues import encoded, ordinary_exposure
from platekey.core.options import MatteOptions
from platekey.core.solver.prior import difference_prior
from platekey.core.solver.solve import solve_frame


class Prior(NamedTuple):
    alpha: Tensor
    foreground: Tensor
    shadow: Tensor
    doubt: Tensor


def prior_of(shot, gain=1.0, **options):
    conditioned = shot.conditioned()
    exposure = ordinary_exposure(conditioned.clean_plate) * gain
    packed = difference_prior(
        shot.plate, conditioned, exposure, MatteOptions(**options) if options else None
    )
    assert packed.shape[1] == MATTE
    return Prior(*packed.split([1, 3, 3, 1], 1)), exposure


def test_the_prior_is_the_difference_methods_matte(make_shot):
    shot = make_shot()
    prior, _ = prior_of(shot)
    solution = solve_frame(shot.plate, shot.conditioned(), MatteOptions())
    sure = (solution.alpha == 0) | (solution.alpha == 1)  # a solve removes the last traces
    torch.testing.assert_close(prior.alpha[~sure], solution.alpha[~sure])
    assert float((prior.alpha - solution.alpha).abs().max()) < 3e-3
    assert 0 <= float(prior.doubt.min()) <= float(prior.doubt.max()) <= 1


def test_where_the_subject_is_solid_its_colour_is_the_plates(make_shot):
    shot = make_shot()
    prior, exposure = prior_of(shot)
    solid = (prior.alpha >= 1).expand_as(prior.foreground)
    assert bool(solid.any())
    seen = encoded(shot.plate, exposure)
    torch.testing.assert_close(prior.foreground[solid], seen[solid])
    assert float((prior.foreground - seen).abs().max()) <= 6.0 + 1e-4


def test_the_prior_does_not_depend_on_the_shots_exposure(make_shot):
    shot = make_shot()
    usual, _ = prior_of(shot)
    brighter, _ = prior_of(shot, gain=4.0)
    torch.testing.assert_close(usual.alpha, brighter.alpha)
    assert float((brighter.foreground - usual.foreground).median()) > 1.5  # two stops


def test_a_small_coarse_frame_is_sharpened_to_the_full_size(make_shot):
    shot = make_shot()
    exposure = ordinary_exposure(shot.clean)
    height, width = shot.plate.shape[-2:]
    packed = difference_prior(
        shot.plate, shot.conditioned(), exposure, coarse_pixels=height * width // 4
    )
    assert packed.shape == (1, MATTE, height, width)
    assert float((packed[:, :1] - shot.alpha).abs().mean()) < 0.03
