import numpy as np
import pytest
import scipy.ndimage
import torch

from platekey.core.comp.light_wrap import light_wrap
from platekey.core.errors import NonFinitePixels, OptionError, ShapeError

SIZES = [(1, 1), (1, 9), (7, 5), (33, 48)]


def half_plane(height, width, edge):
    alpha = torch.zeros(1, 1, height, width)
    alpha[..., edge:] = 1
    return alpha


def test_the_edge_of_an_opaque_subject_catches_half_of_the_light():
    alpha, background = half_plane(40, 80, 40), torch.full((1, 3, 40, 80), 3.0)
    light = light_wrap(background, alpha, radius=8, intensity=1)
    assert float(light[0, 0, 20, 40]) == pytest.approx(1.5, rel=0.12)
    assert float(light[0, 0, 20, 46]) < float(light[0, 0, 20, 42])
    assert light[..., 60:].abs().max() < 1e-3


def test_it_is_the_formula_worked_out_by_scipy():
    generator = torch.Generator().manual_seed(3)
    background = torch.rand(1, 3, 30, 41, generator=generator) * 5 - 0.5
    alpha = torch.rand(1, 1, 30, 41, generator=generator)
    b, a = background[0].numpy().astype(float), alpha[0].numpy().astype(float)

    def blur(x):
        return scipy.ndimage.gaussian_filter(x, (0, 1.5, 1.5), mode="nearest")

    expected = 0.7 * a * np.maximum(blur(b * (1 - a)) - (1 - a) * blur(b), 0)
    light = light_wrap(background, alpha, radius=3, intensity=0.7)
    np.testing.assert_allclose(light[0], expected, atol=5e-3)


@pytest.mark.parametrize("radius", [2.0, 30.0])
def test_outside_of_the_subject_there_is_no_light_at_all(radius):
    alpha, background = half_plane(40, 60, 30), torch.rand(1, 3, 40, 60) * 20
    light = light_wrap(background, alpha, radius=radius, intensity=2)
    assert (light[..., :30] == 0).all()


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_even_alpha_gets_no_light_twice(level):
    background = torch.rand(1, 3, 40, 40) * 10
    light = light_wrap(background, torch.full((1, 1, 40, 40), level), radius=12, intensity=1)
    assert light.max() < 1e-5


def test_a_highlight_behind_the_subject_does_not_shine_through():
    background = torch.zeros(1, 3, 60, 60)
    background[..., 40:50] = 100
    assert light_wrap(background, half_plane(60, 60, 30), radius=6, intensity=1).max() == 0


def test_highlights_keep_their_light():
    background, alpha = torch.ones(1, 3, 40, 60), half_plane(40, 60, 30)
    faint = light_wrap(background, alpha, radius=6, intensity=1)
    strong = light_wrap(background * 1000, alpha, radius=6, intensity=1)
    torch.testing.assert_close(strong, faint * 1000, rtol=1e-4, atol=1e-3)


def test_light_is_never_negative():
    light = light_wrap(
        torch.full((1, 3, 20, 30), -2.0), half_plane(20, 30, 15), radius=5, intensity=1
    )
    assert light.min() >= 0


@pytest.mark.parametrize(("radius", "intensity"), [(0, 1), (5, 0)])
def test_switched_off_it_is_exactly_nothing(radius, intensity):
    background = torch.full((1, 3, 8, 8), torch.nan)  # not even looked at
    light = light_wrap(background, torch.rand(1, 1, 8, 8), radius=radius, intensity=intensity)
    assert (light == 0).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("radius", [0.3, 9.0, 300.0])
def test_any_size_and_radius(size, radius):
    light = light_wrap(torch.ones(1, 3, *size), torch.rand(1, 1, *size), radius=radius, intensity=1)
    assert light.shape == (1, 3, *size)
    assert torch.isfinite(light).all()
    assert light.max() <= 1


def test_nan_is_refused_with_a_count():
    background = torch.ones(1, 3, 8, 8)
    background[0, :, 2, 3] = torch.nan
    with pytest.raises(NonFinitePixels, match="background has 1 pixels of NaN or infinity"):
        light_wrap(background, torch.ones(1, 1, 8, 8), radius=2, intensity=1)


def test_a_sum_that_overflows_is_no_reason_to_refuse():
    background = torch.full((1, 3, 8, 8), 3e38)
    light = light_wrap(background, torch.ones(1, 1, 8, 8), radius=2, intensity=1)
    assert light.max() == 0


def test_wrong_values_are_named():
    background, alpha = torch.ones(1, 3, 8, 8), torch.ones(1, 1, 8, 8)
    with pytest.raises(OptionError, match="light wrap radius is -1; it must be from 0 to 1000"):
        light_wrap(background, alpha, radius=-1, intensity=1)
    with pytest.raises(OptionError, match="light wrap intensity is nan"):
        light_wrap(background, alpha, radius=1, intensity=float("nan"))
    with pytest.raises(ShapeError, match="alpha is"):
        light_wrap(background, alpha[..., 1:], radius=1, intensity=1)
    with pytest.raises(ShapeError, match="background is"):
        light_wrap(background[:, :2], alpha, radius=1, intensity=1)
