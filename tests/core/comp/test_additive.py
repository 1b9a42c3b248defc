import pytest
import torch

from platekey.core.comp.additive import lost_light


def wall(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 0.1 + torch.rand(1, 3, 12, 15, generator=generator)


def lost(plate, clean, new, *, alpha=0.0, bright=1.0, dark=1.0, noise=None):
    matte = torch.full_like(plate[:, :1], alpha)
    return lost_light(
        plate, plate * alpha, matte, clean, new, bright=bright, dark=dark, noise=noise
    )


def test_smoke_that_was_not_keyed_is_added_as_light():
    clean, smoke = wall(), torch.full((1, 3, 12, 15), 3.0)
    light = lost(clean + smoke, clean, wall(1), bright=0.5)
    torch.testing.assert_close(light, 0.5 * smoke)


def test_dark_smoke_darkens_the_new_background_in_proportion():
    clean, new = wall(), 7 * wall(1)
    light = lost(0.4 * clean, clean, new)
    torch.testing.assert_close(new + light, 0.4 * new)


def test_over_the_old_background_the_plate_comes_back():
    clean = wall()
    plate = clean * (0.3 + 2 * wall(2))
    torch.testing.assert_close(clean + lost(plate, clean, clean), plate)


def test_nothing_is_added_to_a_solid_subject():
    assert not lost(5 * wall(), wall(), wall(1), alpha=1.0).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_what_grain_explains_is_left_out(sign):
    clean = wall()
    noise = torch.full_like(clean, 0.01**2)
    assert not lost(clean + sign * 0.029, clean, wall(1), noise=noise).any()
    assert lost(clean + sign * 0.05, clean, wall(1), noise=noise).abs().min() > 1e-4


def test_a_black_clean_plate_takes_no_more_light_than_there_is():
    light = lost(torch.full((1, 3, 2, 2), -0.5), torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2))
    assert torch.equal(light, torch.full((1, 3, 2, 2), -1.0))
