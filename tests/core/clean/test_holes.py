import pytest
import torch

from platekey.core.clean.holes import fill_holes


def hole(height=64, width=96):
    valid = torch.ones(1, 1, height, width)
    valid[..., 20:44, 30:66] = 0
    return valid


def test_what_is_known_stays_bit_for_bit(background):
    valid = hole(96, 160)
    spoilt = torch.where(valid > 0, background, torch.tensor(-99.0))
    filled = fill_holes(spoilt, valid)
    known = valid.expand_as(filled) > 0
    assert torch.equal(filled[known], background[known])
    assert bool(torch.isfinite(filled).all())
    assert float(filled.min()) > -1


def test_a_ramp_goes_on_through_the_hole():
    ramp = torch.linspace(0.1, 0.9, 96).expand(1, 3, 64, 96).clone()
    valid = hole()
    filled = fill_holes(ramp * valid, valid)
    assert float(((filled - ramp).abs() / ramp)[..., 20:44, 30:66].mean()) < 0.12


def test_texture_goes_on_so_that_the_fill_is_no_smear():
    generator = torch.Generator().manual_seed(1)
    picture = 0.3 * torch.exp(0.3 * torch.randn(1, 3, 64, 96, generator=generator))
    valid = hole()
    filled = fill_holes(picture * valid, valid)
    inside, outside = filled[..., 22:42, 32:64].std(), picture[..., :18, :].std()
    assert 0.5 < float(inside / outside) < 1.5


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_known_and_all_known_are_left_alone(value):
    picture = torch.rand(1, 3, 5, 7)
    assert torch.equal(fill_holes(picture, torch.full((1, 1, 5, 7), value)), picture)
