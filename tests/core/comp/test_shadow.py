import numpy as np
import pytest
import torch

from platekey.core.comp.shadow import carry_shadow, shadow_from_plates
from platekey.core.errors import NonFinitePixels, OptionError, ShapeError

SIZES = [(1, 1), (1, 9), (7, 5), (33, 48)]


def subject(height=64, width=64):
    alpha = torch.zeros(1, 1, height, width)
    alpha[..., 20:44, 20:44] = 1
    return alpha


def noise(shape, deviation):
    return deviation * torch.randn(shape, generator=torch.Generator().manual_seed(2))


def test_an_even_shadow_is_carried_as_it_is():
    ratio = torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    torch.testing.assert_close(carry_shadow(ratio, subject()), ratio, rtol=2e-3, atol=0)


def test_a_reflection_stays_brighter_than_one():
    ratio = torch.full((1, 3, 64, 64), 1.8)
    torch.testing.assert_close(carry_shadow(ratio, subject()), ratio, rtol=2e-3, atol=0)


def test_what_the_subject_hides_is_completed_from_beside_it():
    ratio = torch.full((1, 3, 64, 64), 0.5)
    ratio[..., 20:44, 20:44] = torch.rand(1, 3, 24, 24) * 30  # nonsense
    factor = carry_shadow(ratio, subject())
    torch.testing.assert_close(factor, torch.full_like(factor, 0.5), rtol=2e-2, atol=0)


def test_noise_goes_and_the_edge_of_the_shadow_stays():
    true = torch.ones(1, 3, 64, 64)
    true[..., 50:] = 0.4
    factor = carry_shadow(true * torch.exp2(noise(true.shape, 0.04)), torch.zeros(1, 1, 64, 64))
    assert float(factor[..., 54:].std()) < 0.5 * 0.4 * 0.04 * np.log(2)
    assert (factor[..., 46] - 1).abs().max() < 0.04
    assert (factor[..., 53] - 0.4).abs().max() < 0.04


def test_where_nothing_happened_the_factor_is_exactly_one():
    ratio = torch.ones(1, 3, 64, 64) * torch.exp2(noise((1, 3, 64, 64), 0.01))
    ratio[..., :10] = 0.5
    factor = carry_shadow(ratio, subject(), softness=4)
    assert (factor[..., 46:] == 1).all()
    assert (carry_shadow(torch.ones(1, 3, 64, 64), subject(), softness=9) == 1).all()


def test_strength_multiplies_the_stops():
    ratio = torch.full((1, 3, 40, 40), 0.5)
    alpha = torch.zeros(1, 1, 40, 40)
    half = carry_shadow(ratio, alpha, strength=0.5)
    twice = carry_shadow(ratio, alpha, strength=2)
    torch.testing.assert_close(half, torch.full_like(half, 0.5**0.5), rtol=1e-3, atol=0)
    torch.testing.assert_close(twice, torch.full_like(half, 0.25), rtol=1e-3, atol=0)


def test_without_strength_it_is_exactly_one():
    factor = carry_shadow(torch.rand(1, 3, 9, 9), torch.rand(1, 1, 9, 9), strength=0)
    assert (factor == 1).all()


def test_softness_widens_the_edge_and_keeps_the_shadow():
    ratio = torch.ones(1, 3, 40, 96)
    ratio[..., 48:] = 0.4
    alpha = torch.zeros(1, 1, 40, 96)
    hard, soft = carry_shadow(ratio, alpha), carry_shadow(ratio, alpha, softness=20)
    assert soft.diff(dim=-1).abs().max() < 0.3 * hard.diff(dim=-1).abs().max()
    torch.testing.assert_close(soft.mean(), hard.mean(), rtol=5e-3, atol=0)


def test_a_frame_full_of_subject_has_no_shadow():
    factor = carry_shadow(torch.rand(1, 3, 20, 20), torch.ones(1, 1, 20, 20))
    assert (factor == 1).all()


def test_nan_in_the_ratio_is_filled():
    ratio = torch.full((1, 3, 40, 40), 0.5)
    ratio[0, 1, 9, 9] = torch.nan
    ratio[0, 2, 30, 9] = torch.inf
    factor = carry_shadow(ratio, torch.zeros(1, 1, 40, 40))
    torch.testing.assert_close(factor, torch.full_like(factor, 0.5), rtol=1e-2, atol=0)


@pytest.mark.parametrize("size", SIZES)
def test_any_size(size):
    alpha = torch.rand(1, 1, *size)
    ratio = shadow_from_plates(torch.rand(1, 3, *size), torch.rand(1, 3, *size), alpha)
    factor = carry_shadow(ratio, alpha, strength=0.7, softness=6)
    assert ratio.shape == factor.shape == (1, 3, *size)
    assert torch.isfinite(factor).all()
    assert (factor > 0).all()


def test_negative_and_huge_ratios_stay_above_nothing_and_finite():
    ratio = torch.full((1, 3, 20, 20), 0.7)
    ratio[..., :5], ratio[..., 15:] = -3, 1e30
    factor = carry_shadow(ratio, torch.zeros(1, 1, 20, 20))
    assert torch.isfinite(factor).all()
    assert (factor > 0).all()


def test_the_ratio_of_two_plates_is_the_shadow_between_them():
    clean = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(4)) + 0.01
    shade = torch.tensor([0.5, 0.6, 1.4]).view(1, 3, 1, 1)
    alpha = subject()
    rim = torch.nn.functional.max_pool2d(alpha, 3, 1, 1)  # the subject reaches beyond its matte
    plate = torch.where(rim > 0, torch.full_like(clean, 9.0), clean * shade)
    ratio = shadow_from_plates(plate, clean, alpha)
    torch.testing.assert_close(ratio, shade.expand_as(ratio), rtol=1e-2, atol=0)


def test_the_ratio_is_the_least_squares_fit_of_its_window():
    generator = torch.Generator().manual_seed(6)
    plate = torch.rand(1, 3, 20, 24, generator=generator)
    clean = torch.rand(1, 3, 20, 24, generator=generator)
    ratio = shadow_from_plates(plate, clean, torch.zeros(1, 1, 20, 24))
    p, c = plate[0, 1, 4:9, 10:15].double(), clean[0, 1, 4:9, 10:15].double()
    assert float(ratio[0, 1, 6, 12]) == pytest.approx(
        float((p * c).sum() / (c * c).sum()), rel=1e-4
    )


def test_noise_in_the_dark_makes_no_shadow():
    clean = torch.zeros(1, 3, 32, 32)
    ratio = shadow_from_plates(clean + noise(clean.shape, 1e-4), clean, torch.zeros(1, 1, 32, 32))
    assert (ratio - 1).abs().max() < 0.02


def test_wrong_values_are_named():
    ratio, alpha = torch.ones(1, 3, 8, 8), torch.ones(1, 1, 8, 8)
    with pytest.raises(OptionError, match="shadow strength is 3; it must be from 0 to 2"):
        carry_shadow(ratio, alpha, strength=3)
    with pytest.raises(OptionError, match="shadow softness is -1"):
        carry_shadow(ratio, alpha, softness=-1)
    with pytest.raises(ShapeError, match="alpha is"):
        carry_shadow(ratio, alpha[..., 1:])
    with pytest.raises(ShapeError, match="clean plate is"):
        shadow_from_plates(ratio, ratio[..., 1:], alpha)
    with pytest.raises(NonFinitePixels, match="plate has 64 pixels"):
        shadow_from_plates(ratio * torch.nan, ratio, alpha)
