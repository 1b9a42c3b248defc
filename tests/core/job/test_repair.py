"""NaN and infinity are counted and filled, and nothing else is touched."""

import numpy as np
import pytest

from platekey.core.job.repair import count_nonfinite, fill_nonfinite


@pytest.fixture
def pixels():
    return np.random.default_rng(3).normal(0.2, 5.0, (13, 17, 3)).astype(np.float32)


def test_pixels_are_counted_once_whatever_their_channels(pixels):
    pixels[2, 3] = np.nan
    pixels[5, 6, 0] = np.inf
    pixels[7, 8, 1], pixels[7, 8, 2] = np.inf, -np.inf
    assert count_nonfinite(pixels) == 3


def test_large_finite_values_are_no_error():
    assert count_nonfinite(np.full((64, 64, 3), 3e38, np.float32)) == 0


def test_a_single_pixel_takes_the_mean_of_neighbours(pixels):
    pixels[4:6, 6:8] = [1.0, 2.0, 3.0]
    pixels[4, 6] = np.nan
    np.testing.assert_allclose(fill_nonfinite(pixels)[4, 6], [1.0, 2.0, 3.0], rtol=1e-6)


def test_finite_values_stay_bit_for_bit_channel_by_channel(pixels):
    pixels[::3, ::2, 1] = np.nan
    pixels[3:9, 3:9, 2] = np.inf
    finite = np.isfinite(pixels)
    filled = fill_nonfinite(pixels)
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled[finite], pixels[finite])


def test_a_hole_is_filled_within_the_range_around_it(pixels):
    pixels = np.abs(pixels)
    pixels[2:11, 2:15] = -np.inf
    filled = fill_nonfinite(pixels)
    around = pixels[np.isfinite(pixels)]
    assert around.min() <= filled.min()
    assert filled.max() <= around.max()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (5, 1, 1), (2, 2, 4)])
def test_a_picture_without_any_finite_value_becomes_black(shape):
    filled = fill_nonfinite(np.full(shape, np.nan, np.float32))
    np.testing.assert_array_equal(filled, np.zeros(shape, np.float32))
