"""Spill is removed for any background, and only spill."""

import pytest
import torch

from platekey.core.comp.despill import bounce_spill, despill, limit_spill, screen_channel
from platekey.core.comp.edge_spill import exchange_spill, spill_coverage
from platekey.core.comp.options import CompOptions, Despill, Screen
from platekey.core.comp.skin import skin_matte

HEIGHT, WIDTH = 45, 61
SUBJECT = torch.tensor([0.5, 0.25, 0.12]).view(1, 3, 1, 1)
WALLS = {"green": (0.1, 0.7, 0.15), "brick": (0.45, 0.2, 0.5), "bright": (4.0, 6.0, 9.0)}
CLASSICS = [Despill.AVERAGE, Despill.DOUBLE_AVERAGE, Despill.MAX, Despill.RED, Despill.BLUE]


def scene(wall, error=0.15):
    """A disc with a soft edge; the given alpha is too high by up to `error` there."""
    generator = torch.Generator().manual_seed(4)
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    alpha = ((18 - (x - 30.0).hypot(y - 22.0)) / 10).clamp(0, 1)[None, None]
    texture = 0.7 + 0.6 * torch.rand(1, 1, HEIGHT, WIDTH, generator=generator)
    foreground = (SUBJECT * texture).expand(1, 3, -1, -1)
    behind = torch.tensor(WALLS[wall]).view(1, 3, 1, 1).expand_as(foreground).contiguous()
    plate = foreground * alpha + behind * (1 - alpha)
    given = (alpha + error * 4 * alpha * (1 - alpha)).clamp(0, 1)
    wrong = (plate - (1 - given) * behind) / given.clamp_min(1e-3)
    return alpha, given, torch.where(given > 0, wrong, foreground), behind, foreground, plate


def grey_picture():
    generator = torch.Generator().manual_seed(9)
    level = torch.randn(1, 1, HEIGHT, WIDTH, generator=generator) * 3  # HDR and negatives
    return level.expand(1, 3, -1, -1).contiguous()


@pytest.mark.parametrize("wall", WALLS)
def test_a_composite_comes_nearer_to_the_truth_over_any_background(wall):
    alpha, given, wrong, behind, foreground, _ = scene(wall)
    confidence = 1 - 0.6 * 4 * given * (1 - given)
    cleaned = exchange_spill(wrong, given, behind, confidence, amount=1)
    for new in (torch.zeros_like(behind), torch.full_like(behind, 0.5), behind.flip(1)):
        truth = foreground * alpha + new * (1 - alpha)
        before = (wrong * given + new * (1 - given) - truth).abs().mean()
        after = (
            (cleaned.foreground * cleaned.alpha + new * (1 - cleaned.alpha) - truth).abs().mean()
        )
        assert after < 0.7 * before


@pytest.mark.parametrize("amount", [0.5, 1.0, 2.0])
def test_over_the_old_background_the_despill_changes_nothing(amount):
    _, given, wrong, behind, _, plate = scene("green")
    cleaned = exchange_spill(wrong, given, behind, None, amount=amount)
    again = cleaned.foreground * cleaned.alpha + behind * (1 - cleaned.alpha)
    torch.testing.assert_close(again, plate, rtol=1e-4, atol=1e-5)


def test_what_was_taken_is_the_spill():
    _, given, wrong, behind, _, _ = scene("brick")
    cleaned = exchange_spill(wrong, given, behind, None, amount=1)
    left = cleaned.foreground * cleaned.alpha
    torch.testing.assert_close(left + cleaned.spill, wrong * given, rtol=1e-4, atol=1e-5)


def test_solid_and_empty_pixels_keep_every_bit():
    _, given, wrong, behind, _, _ = scene("green")
    cleaned = exchange_spill(wrong, given, behind, None, amount=1)
    untouched = ((given == 0) | (given == 1)).expand_as(wrong)
    assert torch.equal(cleaned.foreground[untouched], wrong[untouched])
    assert torch.equal(cleaned.alpha[untouched[:, :1]], given[untouched[:, :1]])
    assert not cleaned.spill[untouched].any()


def test_a_sure_matte_is_left_alone():
    _, given, wrong, behind, _, _ = scene("green")
    assert not spill_coverage(wrong, given, behind, torch.ones_like(given)).any()


def test_alpha_stays_in_range_whatever_the_input():
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(1, 3, 33, 21, generator=generator)
    alpha = torch.rand(1, 1, 33, 21, generator=generator)
    cleaned = exchange_spill(
        1e3 * noise, alpha, 6e4 * noise.flip(2), torch.zeros_like(alpha), amount=2
    )
    assert cleaned.alpha.isfinite().all()
    assert 0 <= cleaned.alpha.min() <= cleaned.alpha.max() <= 1
    assert cleaned.foreground.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3)])
def test_any_size_is_taken(size):
    picture, alpha = torch.rand(1, 3, *size), torch.full((1, 1, *size), 0.5)
    cleaned = exchange_spill(picture, alpha, torch.rand(1, 3, *size), None, amount=1)
    assert cleaned.foreground.shape == (1, 3, *size)
    assert cleaned.foreground.isfinite().all()


@pytest.mark.parametrize("mode", [*CLASSICS, Despill.CLEAN_PLATE])
def test_grey_stays_grey_bit_for_bit(mode):
    grey = grey_picture()
    options = CompOptions(despill=mode, bounce=1.0)
    wall = torch.tensor(WALLS["green"]).view(1, 3, 1, 1).expand_as(grey).contiguous()
    result = despill(grey, torch.ones_like(grey[:, :1]), options, clean_plate=wall)
    assert torch.equal(result.foreground, grey)
    assert not result.spill.any()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Despill.AVERAGE, 0.4),
        (Despill.DOUBLE_AVERAGE, 0.5 - 0.2 / 3),
        (Despill.MAX, 0.5),
        (Despill.RED, 0.3),
        (Despill.BLUE, 0.5),
    ],
)
def test_the_classic_limits_are_those_of_the_field(mode, expected):
    pixel = torch.tensor([0.3, 0.9, 0.5]).view(1, 3, 1, 1)
    green = screen_channel(Screen.GREEN, None, pixel)
    left = pixel - limit_spill(pixel, green, mode, amount=1, skin_protection=0)
    torch.testing.assert_close(left.flatten(), torch.tensor([0.3, expected, 0.5]))


def test_a_blue_screen_is_found_and_limited():
    wall = torch.tensor([0.1, 0.2, 0.9]).view(1, 3, 1, 1)
    pixel = torch.tensor([0.4, 0.2, 0.8]).view(1, 3, 1, 1)
    options = CompOptions(despill=Despill.BLUE, skin_protection=0)  # limited by the other: green
    result = despill(pixel, torch.ones(1, 1, 1, 1), options, clean_plate=wall)
    torch.testing.assert_close(result.foreground.flatten(), torch.tensor([0.4, 0.2, 0.2]))
    torch.testing.assert_close(result.spill.flatten(), torch.tensor([0.0, 0.0, 0.6]))


def test_without_a_clean_plate_the_screen_is_green():
    assert screen_channel(Screen.AUTO, None, torch.zeros(1)).tolist() == [0, 1, 0]


def test_skin_protection_keeps_skin_and_nothing_else():
    skin, leaf = torch.tensor([0.5, 0.33, 0.2]), torch.tensor([0.2, 0.6, 0.1])
    pixels = torch.stack([skin, leaf], 1).view(1, 3, 1, 2)
    assert skin_matte(pixels).flatten().tolist() == [1, 0]
    wall = torch.tensor([0.9, 0.5, 0.3]).view(1, 3, 1, 1).expand_as(pixels).contiguous()
    kept = bounce_spill(pixels, wall, strength=1, skin_protection=1)
    taken = bounce_spill(pixels, wall, strength=1, skin_protection=0)
    assert not kept[..., 0].any()
    assert taken[..., 0].sum() > 0.1


def test_bounce_takes_the_walls_hue_out_of_an_opaque_subject():
    wall = torch.tensor([0.1, 0.7, 0.1]).view(1, 3, 1, 1).expand(1, 3, 9, 9).contiguous()
    clean = torch.full((1, 3, 9, 9), 0.3)
    lit = clean + 0.2 * wall
    left = lit - bounce_spill(lit, wall, strength=1, skin_protection=0)
    assert (left[:, 1] - left[:, 0]).abs().max() < 0.1 * (lit[:, 1] - lit[:, 0]).max()


def test_a_grey_background_bounces_no_hue():
    grey = torch.full((1, 3, 9, 9), 0.4)
    colourful = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(3))
    assert bounce_spill(colourful, grey, strength=2, skin_protection=0).abs().max() < 1e-4


def test_luminance_is_given_back_as_grey():
    pixel = torch.tensor([0.3, 0.9, 0.5]).view(1, 3, 1, 1)
    options = CompOptions(despill=Despill.AVERAGE, spill_luminance=1.0, skin_protection=0)
    result = despill(pixel, torch.ones(1, 1, 1, 1), options, clean_plate=None)
    weights = torch.tensor([0.2126, 0.7152, 0.0722])
    before, after = (weights @ p.flatten() for p in (pixel, result.foreground))
    torch.testing.assert_close(after, before)


def test_off_and_a_missing_clean_plate_return_the_input():
    _, given, wrong, behind, _, _ = scene("green")
    for options, clean in ((CompOptions(despill=Despill.OFF), behind), (CompOptions(), None)):
        result = despill(wrong, given, options, clean_plate=clean)
        assert result.foreground is wrong
        assert result.alpha is given


def test_bounce_at_its_strongest_takes_what_the_average_despill_takes_from_a_green_screen():
    green = torch.tensor([0.1, 0.7, 0.1]).view(1, 3, 1, 1).expand(1, 3, 8, 8).contiguous()
    hair = torch.tensor([0.30, 0.29, 0.12]).view(1, 3, 1, 1).expand(1, 3, 8, 8).contiguous()
    sure = bounce_spill(hair, green, strength=1, skin_protection=0)
    assert float(sure.abs().max()) < 1e-6  # yellow and green are alike, but not that much
    left = hair - bounce_spill(hair, green, strength=2, skin_protection=0)
    red, middle, blue = left[0, :, 4, 4].tolist()
    assert middle == pytest.approx((red + blue) / 2, abs=0.02)
    half = hair - bounce_spill(hair, green, strength=1.5, skin_protection=0)
    assert red < float(half[0, 0, 4, 4]) + 1e-6
    assert middle < float(half[0, 1, 4, 4]) <= 0.29
