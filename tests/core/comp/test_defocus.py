import numpy as np
import pytest
import scipy.signal
import torch

from platekey.core.comp.defocus import defocus, spread
from platekey.core.comp.kernels import Lens, lens_kernel
from platekey.core.errors import NonFinitePixels, ShapeError

SIZES = [(1, 1), (1, 9), (7, 5), (33, 48)]
LENSES = [Lens(1.2), Lens(3.4), Lens(9, 6, 20), Lens(8, squeeze=2)]


def rand(*size):
    return torch.rand(*size, generator=torch.Generator().manual_seed(8))


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("size", [(5, 3), (40, 53)])
def test_it_is_the_mean_that_scipy_takes_over_what_is_seen(size, lens):
    background = rand(1, 3, *size) * 4 - 1
    kernel = lens_kernel(lens).numpy().astype(float)

    def full(x):
        return scipy.signal.convolve2d(x, kernel)[kernel.shape[0] // 2 :, kernel.shape[1] // 2 :][
            : size[0], : size[1]
        ]

    expected = np.stack([full(c) for c in background[0].numpy().astype(float)])
    expected /= full(np.ones(size))
    np.testing.assert_allclose(defocus(background, lens)[0], expected, atol=2e-5)


def test_tiles_leave_no_seam():
    picture = rand(1, 2, 470, 460)  # more than one tile each way
    kernel = lens_kernel(Lens(5.5))
    expected = [
        scipy.signal.fftconvolve(c, kernel, mode="same") for c in picture[0].double().numpy()
    ]
    np.testing.assert_allclose(spread(picture, kernel)[0], np.stack(expected), atol=1e-5)


@pytest.mark.parametrize("lens", LENSES)
def test_a_highlight_keeps_its_energy_and_its_place(lens):
    background = torch.zeros(1, 3, 41, 41)
    background[..., 20, 20] = 5e4
    blurred = defocus(background, lens)
    torch.testing.assert_close(blurred.sum((2, 3)), torch.full((1, 3), 5e4))
    kernel = lens_kernel(lens)
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    around = blurred[0, 0, 20 - up : 21 + up, 20 - left : 21 + left]
    torch.testing.assert_close(around, kernel * 5e4, rtol=1e-4, atol=0.1)


def test_a_highlight_leaves_the_dark_beyond_its_reach_alone():
    background = torch.full((1, 3, 90, 90), 0.01)
    background[..., 20, 20] = 6e4
    blurred = defocus(background, Lens(10))
    torch.testing.assert_close(
        blurred[..., 40:, 40:], torch.full((1, 3, 50, 50), 0.01), rtol=1e-5, atol=0
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("value", [0.3, -4.0, 1e4])
def test_an_even_picture_stays_as_it_is(size, value):
    background = torch.full((1, 3, *size), value)
    torch.testing.assert_close(defocus(background, Lens(11.5)), background)


def test_a_highlight_on_the_border_is_not_smeared():
    background = torch.zeros(1, 3, 60, 60)
    background[..., 0, 30] = 100
    blurred = defocus(background, Lens(8))
    assert float(blurred[:, 0].sum()) == pytest.approx(100, rel=0.6)
    assert blurred.max() < 3 * 100 * float(lens_kernel(Lens(8)).max())


def test_light_stays_positive():
    background = torch.zeros(1, 3, 60, 60)
    background[..., 30, 30] = 1000
    assert defocus(background, Lens(9)).min() >= 0


def test_without_spread_it_is_the_input_itself():
    background = torch.full((1, 3, 8, 8), torch.nan)
    assert defocus(background, Lens(0.4)) is background


def test_a_subject_left_in_the_picture_does_not_bleed():
    background = torch.full((1, 3, 60, 60), 0.5)
    ignore = torch.zeros(1, 1, 60, 60)
    background[..., 10:50, 10:50] = 1000
    ignore[..., 10:50, 10:50] = 1
    blurred = defocus(background, Lens(6), ignore=ignore)
    torch.testing.assert_close(blurred, torch.full_like(blurred, 0.5), rtol=1e-2, atol=0)


def test_nan_is_refused():
    background = torch.ones(1, 3, 9, 9)
    background[0, 1, 2, 2] = torch.inf
    with pytest.raises(NonFinitePixels, match="background has 1 pixels"):
        defocus(background, Lens(3))


def test_wrong_shapes_are_named():
    with pytest.raises(ShapeError, match="background is"):
        defocus(torch.ones(1, 1, 9, 9), Lens(3))
    with pytest.raises(ShapeError, match="ignore is"):
        defocus(torch.ones(1, 3, 9, 9), Lens(3), ignore=torch.ones(1, 1, 3, 3))
