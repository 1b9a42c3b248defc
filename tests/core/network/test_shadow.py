import torch

from platekey.core.network.shadow import shadow_factor

ONE = torch.ones(1, 1, 1, 1)


def colour(value):
    return torch.full((1, 3, 1, 1), value)


def test_it_is_the_quotient_where_there_is_light():
    found = shadow_factor(colour(0.3), colour(0.5), ONE)
    torch.testing.assert_close(found, colour(0.6), atol=1e-4, rtol=0)


def test_less_than_a_hundredth_of_a_stop_is_exactly_1():
    assert (shadow_factor(colour(0.502), colour(0.5), ONE) == 1).all()


def test_black_and_negative_clean_plates_have_a_calm_one():
    for clean in (0.0, -0.01, 1e-6):
        found = shadow_factor(colour(clean) + 1e-5, colour(clean), ONE)
        assert float((found - 1).abs().max()) < 0.02
    bright = shadow_factor(colour(5.0), colour(0.0), ONE)
    assert float(bright.max()) <= 16


def test_it_does_not_depend_on_the_exposure():
    usual = shadow_factor(colour(0.01), colour(0.004), ONE)
    dim = shadow_factor(colour(0.01 / 64), colour(0.004 / 64), ONE * 64)
    torch.testing.assert_close(dim, usual)
