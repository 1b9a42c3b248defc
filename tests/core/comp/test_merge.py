import torch

from platekey.core.comp.merge import hold_out, over, premultiply, unpremultiply


def pictures(height=5, width=7):
    generator = torch.Generator().manual_seed(2)
    colour = torch.randn(1, 3, height, width, generator=generator) * 100  # HDR and negatives
    alpha = torch.rand(1, 1, height, width, generator=generator)
    alpha[..., 0, :2] = torch.tensor([0.0, 1.0])
    return colour, alpha


def test_premultiplication_round_trips_where_there_is_alpha():
    colour, alpha = pictures()
    back = unpremultiply(premultiply(colour, alpha), alpha)
    seen = (alpha > 0).expand_as(colour)
    torch.testing.assert_close(back[seen], colour[seen])


def test_a_half_float_alpha_round_trips_to_its_smallest_value():
    alpha = torch.full((1, 1, 1, 1), 2.0**-24)
    colour = torch.full((1, 3, 1, 1), 3.0)
    assert torch.equal(unpremultiply(premultiply(colour, alpha), alpha), colour)


def test_light_without_alpha_is_kept_and_not_divided():
    light = torch.full((1, 3, 1, 1), 0.25)
    assert torch.equal(unpremultiply(light, torch.zeros(1, 1, 1, 1)), light)


def test_over_an_opaque_foreground_changes_no_bit_and_under_none_neither():
    colour, alpha = pictures()
    behind = pictures()[0].flip(3) * 1e4
    merged = over(premultiply(colour, alpha), alpha, behind)
    assert torch.equal(merged[..., 0, 0], behind[..., 0, 0])
    assert torch.equal(merged[..., 0, 1], colour[..., 0, 1])


def test_over_is_the_compositing_equation():
    colour, alpha = pictures()
    behind = colour.flip(2)
    expected = colour.double() * alpha.double() + behind.double() * (1 - alpha.double())
    torch.testing.assert_close(
        over(colour * alpha, alpha, behind).double(), expected, rtol=1e-5, atol=1e-4
    )


def test_a_nan_stays_in_its_pixel():
    colour, alpha = pictures()
    colour[..., 3, 3] = torch.nan
    merged = over(premultiply(colour, alpha), alpha, colour.nan_to_num())
    assert merged.isnan().sum() == 3


def test_a_holdout_hides_foreground_and_alpha_alike():
    colour, alpha = pictures()
    holdout = torch.zeros_like(alpha)
    holdout[..., 2, :] = 1.5  # clamped
    held, left = hold_out(colour, alpha, holdout)
    assert not held[..., 2, :].any()
    assert not left[..., 2, :].any()
    assert torch.equal(held[..., 1, :], colour[..., 1, :])


def test_no_holdout_returns_the_input():
    colour, alpha = pictures()
    assert hold_out(colour, alpha, None) == (colour, alpha)
