import numpy as np
import pytest
import scipy.ndimage
import torch

from platekey.core.filters import box_mean, dilate, enlarge, erode, fill, gaussian_blur, reduce

SIZES = [(1, 1), (1, 7), (5, 3), (16, 33)]


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(7)


@pytest.mark.parametrize("size", SIZES)
def test_box_mean_is_scipys_uniform_filter(size, generator):
    x = torch.randn(1, 2, *size, generator=generator) * 100
    expected = scipy.ndimage.uniform_filter(x.numpy(), (0, 0, 5, 5), mode="nearest")
    np.testing.assert_allclose(box_mean(x, 2), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("radius", [1, 7, 9])
def test_dilate_is_scipys_maximum_filter(size, radius, generator):
    x = torch.randn(1, 1, *size, generator=generator)
    side = 2 * radius + 1
    expected = scipy.ndimage.maximum_filter(
        x.numpy(), (1, 1, side, side), mode="constant", cval=-np.inf
    )
    np.testing.assert_array_equal(dilate(x, radius), expected)
    np.testing.assert_array_equal(erode(-x, radius), -expected)


@pytest.mark.parametrize("sigma", [0.8, 2.0])
def test_gaussian_blur_is_scipys(sigma, generator):
    x = torch.rand(1, 1, 40, 31, generator=generator)
    expected = scipy.ndimage.gaussian_filter(x.numpy(), (0, 0, sigma, sigma), mode="nearest")
    np.testing.assert_allclose(gaussian_blur(x, sigma), expected, atol=2e-3)


@pytest.mark.parametrize("size", [*SIZES, (101, 67)])
@pytest.mark.parametrize("sigma", [0.0, 3.0, 30.0])
def test_gaussian_blur_keeps_a_constant(size, sigma):
    x = torch.full((1, 3, *size), -4.5)
    torch.testing.assert_close(gaussian_blur(x, sigma), x)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("factor", [1, 2, 4])
def test_enlarging_a_reduction_gives_the_size_back(size, factor):
    x = torch.full((1, 1, *size), 3.0)
    small = reduce(x, factor)
    assert small.shape[-2:] == (-(-size[0] // factor), -(-size[1] // factor))
    torch.testing.assert_close(enlarge(small, factor, *size), x)


def test_enlarging_keeps_a_ramp_in_its_place():
    ramp = torch.arange(64.0).view(1, 1, 1, -1).expand(1, 1, 8, -1).contiguous()
    again = enlarge(reduce(ramp, 4), 4, 8, 64)
    torch.testing.assert_close(again[..., 4:-4], ramp[..., 4:-4])


@pytest.mark.parametrize("size", SIZES)
def test_fill_keeps_a_constant_from_a_single_known_pixel(size):
    x, weight = torch.full((1, 2, *size), 9.0), torch.zeros(1, 1, *size)
    weight[..., 0, 0] = 1
    torch.testing.assert_close(fill(x, weight), x, rtol=1e-3, atol=1e-3)


def test_fill_ignores_unknown_pixels_whatever_they_hold():
    x, weight = torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    weight[..., 8:20, 8:20] = 0
    x[..., 8:20, 8:20] = 1e4
    torch.testing.assert_close(fill(x, weight), torch.ones_like(x), rtol=1e-3, atol=1e-3)


def test_fill_without_any_weight_is_zero():
    assert fill(torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)).abs().max() == 0
