import numpy as np
import pytest
import scipy.ndimage
import torch

from platekey.core.comp.grain import (
    Grain,
    add_grain,
    grain_field,
    match_grain,
    measure_grain,
    regrain,
    white_grain,
)
from platekey.core.errors import NonFinitePixels, OptionError, ShapeError
from platekey.core.plate.noise import NoiseModel


def model(gain=1e-4, read=1e-6):
    return NoiseModel(torch.full((1, 3, 1, 1), gain), torch.full((1, 3, 1, 1), read))


def noisy(sigma, seed, side=256, shared=0.0):
    """A ramp with grain of a known size, and the ramp."""
    ramp = torch.linspace(0.05, 0.6, side).view(1, 1, 1, -1).expand(1, 3, side, side)
    field = np.random.default_rng(seed).standard_normal((3, side, side))
    field = field + shared * np.random.default_rng(seed + 100).standard_normal((1, side, side))
    if sigma:
        field = scipy.ndimage.gaussian_filter(field, (0, sigma, sigma), mode="wrap")
    field = torch.from_numpy(field / field.std()).float()[None]
    return ramp + field * model().variance(ramp).sqrt(), ramp


def correlation(field, lag):
    field = field - field.mean()
    return float((field[..., lag:] * field[..., : field.shape[-1] - lag]).mean() / field.var())


def test_grain_is_the_same_for_the_same_seed_and_frame_and_no_other():
    grain = white_grain(model())
    first = grain_field(grain, 9, 11, seed=3, frame=7)
    assert torch.equal(first, grain_field(grain, 9, 11, seed=3, frame=7))
    for seed, frame in ((3, 8), (4, 7), (7, 3), (-3, 7)):
        other = grain_field(grain, 9, 11, seed=seed, frame=frame)
        assert abs(correlation_of(first, other)) < 0.3


def correlation_of(a, b):
    return float(np.corrcoef(a.flatten(), b.flatten())[0, 1])


def test_the_grain_that_was_added_is_measured_again():
    flat = torch.full((1, 3, 200, 200), 0.3)
    grained = add_grain(flat, white_grain(model()), present=torch.zeros(1), seed=1, frame=1)
    expected = model().variance(flat)[0, 0, 0, 0]
    assert float((grained - flat).var()) == pytest.approx(float(expected), rel=0.03)
    assert float((grained - flat).mean()) == pytest.approx(0, abs=1e-4)


def test_only_what_lacks_is_added():
    flat = torch.full((1, 3, 200, 200), 0.3)
    present = model(gain=4e-5).variance(flat)
    grained = add_grain(flat, white_grain(model()), present=present, seed=1, frame=1)
    expected = float((model().variance(flat) - present).mean())
    assert float((grained - flat).var()) == pytest.approx(expected, rel=0.03)


def test_enough_grain_is_left_alone_bit_for_bit():
    picture = torch.rand(1, 3, 20, 20) - 0.2
    present = model(gain=1.0).variance(picture)
    assert torch.equal(
        add_grain(picture, white_grain(model()), present=present, seed=1, frame=1), picture
    )


def test_no_strength_is_the_input_itself():
    picture = torch.rand(1, 3, 20, 20)
    grain = white_grain(model())
    assert add_grain(picture, grain, present=torch.zeros(1), strength=0, seed=1, frame=1) is picture


def test_highlights_and_negatives_stay_finite():
    picture = torch.tensor([6e4, -5.0, 0.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    grained = add_grain(picture, white_grain(model()), present=torch.zeros(1), seed=1, frame=1)
    assert torch.isfinite(grained).all()


def test_bare_background_is_untouched_by_a_match():
    foreground, alpha = torch.rand(1, 3, 20, 30), torch.ones(1, 1, 20, 30)
    alpha[..., :10] = 0
    own, target = white_grain(model(gain=0.0)), white_grain(model())
    matched = match_grain(foreground, alpha, own, target, seed=1, frame=1)
    assert torch.equal(matched[..., :10], foreground[..., :10])
    assert (matched[..., 10:] != foreground[..., 10:]).any()


def test_a_soft_edge_is_regrained_as_everything_else():
    alpha = torch.linspace(0, 1, 300).view(1, 1, 1, -1).expand(1, 1, 300, 300)
    flat = torch.full((1, 3, 300, 300), 0.3)
    plain = white_grain(model())
    foreground = add_grain(flat, plain, present=torch.zeros(1), seed=1, frame=1)
    background = add_grain(flat, plain, present=torch.zeros(1), seed=2, frame=1)
    composite = alpha * foreground + (1 - alpha) * background
    found = regrain(
        composite,
        foreground,
        alpha,
        background,
        foreground_noise=model(),
        background_noise=model(),
        target=plain,
        seed=3,
        frame=1,
    )
    expected = float(model().variance(flat).mean())
    middle = slice(130, 170)
    assert float(composite[..., middle].var()) < 0.6 * expected
    assert float(found[..., middle].var()) == pytest.approx(expected, rel=0.05)


def test_a_clean_background_gets_the_plates_grain():
    flat = torch.full((1, 3, 200, 200), 0.3)
    alpha = torch.zeros(1, 1, 200, 200)
    found = regrain(
        flat,
        flat,
        alpha,
        flat,
        foreground_noise=model(),
        background_noise=None,
        target=white_grain(model()),
        seed=3,
        frame=1,
    )
    assert float(found.var()) == pytest.approx(float(model().variance(flat).mean()), rel=0.03)


@pytest.mark.parametrize("sigma", [0.0, 0.7, 1.1])
def test_size_is_measured_from_two_plates(sigma):
    plate, ramp = noisy(sigma, 1)
    clean, _ = noisy(sigma, 2)
    grain = measure_grain(plate, clean, torch.zeros(1, 1, 256, 256))
    field = grain_field(grain, 256, 256, seed=1, frame=1)
    true = (plate - ramp) / model().variance(ramp).sqrt()
    for lag in (1, 2):
        assert correlation(field, lag) == pytest.approx(correlation(true, lag), abs=0.06)
    assert float(field.var()) == pytest.approx(1, rel=0.05)
    strength = grain.noise.deviation_at_grey() / model().deviation_at_grey()
    assert 0.8 < strength < 1.15


def test_shared_noise_of_the_channels_is_measured():
    plate, _ = noisy(0, 1, shared=1.0)
    clean, _ = noisy(0, 2, shared=1.0)
    grain = measure_grain(plate, clean, torch.zeros(1, 1, 256, 256))
    field = grain_field(grain, 256, 256, seed=1, frame=1)
    assert correlation_of(field[0, 0], field[0, 1]) == pytest.approx(0.5, abs=0.05)
    assert correlation_of(field[0, 0], field[0, 2]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("sigma", "expected"), [(0.0, 0.0), (0.7, 0.55)])
def test_size_is_measured_from_one_picture(sigma, expected):
    picture, _ = noisy(sigma, 1, side=384)
    field = grain_field(measure_grain(picture), 200, 200, seed=1, frame=1)
    assert correlation(field, 1) == pytest.approx(expected, abs=0.12)


def test_a_subject_in_the_way_is_not_measured():
    plate, _ = noisy(0, 1)
    clean, _ = noisy(0, 2)
    alpha = torch.zeros(1, 1, 256, 256)
    alpha[..., :, :128] = 1
    coarse, _ = noisy(1.5, 3)
    plate[..., :128] = coarse[..., :128]
    grain = measure_grain(plate, clean, alpha)
    assert abs(correlation(grain_field(grain, 99, 99, seed=1, frame=1), 1)) < 0.06


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 9)])
def test_a_small_picture_has_white_grain(size):
    grain = measure_grain(torch.rand(1, 3, *size))
    assert grain.kernel.shape == (3, 1, 1, 1)
    assert grain_field(grain, *size, seed=1, frame=1).shape == (1, 3, *size)


def test_a_picture_without_noise_has_next_to_none():
    grain = measure_grain(torch.full((1, 3, 128, 128), 0.2))
    assert grain.noise.deviation_at_grey() < 1e-4


def test_exposing_a_picture_exposes_its_grain():
    grain = Grain(model(), torch.ones(3, 1, 1, 1), torch.eye(3))
    brighter = grain.exposed(4.0)
    torch.testing.assert_close(
        brighter.noise.variance(torch.full((1, 3, 1, 1), 0.8)),
        16 * grain.noise.variance(torch.full((1, 3, 1, 1), 0.2)),
    )


def test_wrong_values_are_named():
    picture, grain = torch.rand(1, 3, 8, 8), white_grain(model())
    with pytest.raises(OptionError, match="grain strength is 5; it must be from 0 to 4"):
        add_grain(picture, grain, present=torch.zeros(1), strength=5, seed=1, frame=1)
    with pytest.raises(ShapeError, match="picture is"):
        add_grain(picture[0], grain, present=torch.zeros(1), seed=1, frame=1)
    with pytest.raises(ShapeError, match="alpha is"):
        match_grain(picture, picture, grain, grain, seed=1, frame=1)
    with pytest.raises(NonFinitePixels, match="picture has 64 pixels"):
        measure_grain(picture * torch.nan)
