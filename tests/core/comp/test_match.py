import pytest
import torch

from platekey.core.comp.match import match_gain
from platekey.core.errors import OptionError, ShapeError


@pytest.fixture
def scene():
    generator = torch.Generator().manual_seed(5)
    return torch.rand(1, 3, 60, 80, generator=generator) + 0.05


def whole(picture):
    return torch.ones_like(picture[:, :1])


def test_a_gained_copy_is_matched_back(scene):
    gain = torch.tensor([0.5, 2.0, 3.0]).view(1, 3, 1, 1)
    found = match_gain(scene / gain, whole(scene), scene)
    torch.testing.assert_close(found, gain, rtol=0.02, atol=0)


def test_exposure_alone_keeps_the_colour(scene):
    gain = torch.tensor([1.0, 2.0, 4.0]).view(1, 3, 1, 1)
    found = match_gain(scene / gain, whole(scene), scene, colour=0)
    torch.testing.assert_close(found, torch.full((1, 3, 1, 1), 2.0), rtol=0.02, atol=0)


def test_colour_alone_keeps_the_exposure(scene):
    gain = torch.tensor([1.0, 2.0, 4.0]).view(1, 3, 1, 1)
    found = match_gain(scene / gain, whole(scene), scene, exposure=0)
    assert float(found.log2().mean()) == pytest.approx(0, abs=1e-5)
    torch.testing.assert_close(found, gain / 2, rtol=0.02, atol=0)


def test_half_the_strength_is_half_the_stops(scene):
    full = match_gain(scene / 4, whole(scene), scene)
    half = match_gain(scene / 4, whole(scene), scene, exposure=0.5, colour=0.5)
    torch.testing.assert_close(half, full.sqrt())


def test_no_strength_is_exactly_one(scene):
    gain = match_gain(scene * 3, whole(scene), scene, exposure=0, colour=0)
    assert torch.equal(gain, torch.ones(1, 3, 1, 1))


def test_picked_greys_are_met_exactly(scene):
    ours, theirs = (0.1, 0.2, 0.3), (0.5, 0.4, 0.3)
    gain = match_gain(
        scene, whole(scene), scene, foreground_grey=ours, background_grey=theirs
    ).flatten()
    torch.testing.assert_close(gain * torch.tensor(ours), torch.tensor(theirs))


def test_lamps_and_black_corners_change_nothing(scene):
    before = match_gain(scene, whole(scene), scene)
    lit = scene.clone()
    lit[..., :2, :] = 5e4  # 3 % of the picture
    lit[..., -2:, :] = -1
    torch.testing.assert_close(match_gain(scene, whole(scene), lit), before, rtol=0.1, atol=0)


def test_only_the_subject_is_measured(scene):
    alpha = torch.zeros(1, 1, 60, 80)
    alpha[..., 20:40] = 1
    foreground = torch.full_like(scene, 1e6)
    foreground[..., 20:40] = scene[..., 20:40]
    here = match_gain(scene[..., 20:40].contiguous(), torch.ones(1, 1, 60, 20), scene)
    torch.testing.assert_close(match_gain(foreground, alpha, scene), here)


def test_an_empty_alpha_changes_nothing(scene):
    gain = match_gain(scene, torch.zeros(1, 1, 60, 80), scene * 7)
    assert torch.equal(gain, torch.ones(1, 3, 1, 1))


def test_a_black_scene_changes_nothing(scene):
    gain = match_gain(scene, whole(scene), torch.zeros(1, 3, 8, 8))
    assert torch.equal(gain, torch.ones(1, 3, 1, 1))


def test_a_channel_without_light_follows_the_others(scene):
    red_only = scene * 4
    red_only[:, 2] = 0
    gain = match_gain(scene, whole(scene), red_only).flatten()
    assert float(gain[2]) == pytest.approx(4, rel=0.05)


def test_nan_and_infinity_are_passed_over(scene):
    broken = scene.clone()
    broken[0, 0, 3, 4], broken[0, 1, 5, 5] = torch.nan, torch.inf
    gain = match_gain(broken, whole(scene), scene)
    torch.testing.assert_close(gain, torch.ones(1, 3, 1, 1), rtol=0.01, atol=0)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (3, 1)])
def test_a_few_pixels_are_enough(size):
    foreground = torch.full((1, 3, *size), 0.25)
    gain = match_gain(foreground, torch.full((1, 1, *size), 0.1), torch.ones(1, 3, 1, 1))
    torch.testing.assert_close(gain, torch.full((1, 3, 1, 1), 4.0))


def test_a_large_picture_is_sampled():
    picture = torch.full((1, 3, 600, 800), 0.5)
    torch.testing.assert_close(
        match_gain(picture, whole(picture), picture * 2), torch.full((1, 3, 1, 1), 2.0)
    )


def test_wrong_values_are_named(scene):
    alpha = whole(scene)
    with pytest.raises(OptionError, match="exposure match is 2; it must be from 0 to 1"):
        match_gain(scene, alpha, scene, exposure=2)
    with pytest.raises(OptionError, match="foreground's grey point is missing; pick one on both"):
        match_gain(scene, alpha, scene, background_grey=(1, 1, 1))
    with pytest.raises(OptionError, match="background's grey point is 0, 1, 1; it must be R, G, B"):
        match_gain(scene, alpha, scene, foreground_grey=(1, 1, 1), background_grey=(0, 1, 1))
    with pytest.raises(ShapeError, match="alpha is"):
        match_gain(scene, alpha[..., 1:], scene)
