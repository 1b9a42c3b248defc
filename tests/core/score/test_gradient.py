import math

import numpy as np
import pytest
from scipy import ndimage

from platekey.core.errors import InputMismatch
from platekey.core.score.gradient import gradient_error, gradient_magnitude


def reference_magnitude(matte):
    sigma = 1.4
    i = np.arange(-4, 5)
    g = np.exp(-(i**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    h = np.outer(g, -i * g / sigma**2)
    h /= np.sqrt((h**2).sum())
    across = ndimage.correlate(matte, h, mode="nearest")
    down = ndimage.correlate(matte, h.T, mode="nearest")
    return np.sqrt(across**2 + down**2)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (31, 44)])
def test_magnitude_equals_a_plain_correlation(shape):
    matte = np.random.default_rng(1).random(shape)
    assert np.allclose(gradient_magnitude(matte), reference_magnitude(matte), atol=1e-12)


def test_equal_mattes_have_no_error():
    matte = np.random.default_rng(2).random((20, 30))
    assert gradient_error(matte, matte, stretch=True) == 0


def test_a_ramp_has_the_kernels_slope():
    ramp = np.tile(np.arange(40) / 100, (40, 1))
    i = np.arange(-4, 5)
    g = np.exp(-(i**2) / (2 * 1.4**2))
    expected = 0.01 * abs((i * i * g).sum()) / np.linalg.norm(i * g) * g.sum() / np.linalg.norm(g)
    assert gradient_magnitude(ramp)[20, 20] == pytest.approx(expected)


def test_stretching_ignores_scale_and_a_flat_matte_has_no_gradient():
    t = np.random.default_rng(3).random((16, 16))
    assert gradient_error(0.2 + 0.5 * t, t, stretch=True) == pytest.approx(0, abs=1e-20)
    assert gradient_error(0.2 + 0.5 * t, t) > 0.1
    flat = np.full((16, 16), 0.7)
    assert gradient_error(flat, np.zeros((16, 16)), stretch=True) == 0


def test_region_limits_the_sum_but_not_the_gradient():
    rng = np.random.default_rng(5)
    p, t = rng.random((2, 12, 12))
    region = rng.random((12, 12)) < 0.5
    squared = (reference_magnitude(p) - reference_magnitude(t)) ** 2
    assert gradient_error(p, t, region) == pytest.approx(squared[region].sum())


def test_sizes_must_agree():
    with pytest.raises(InputMismatch, match=r"estimate is 4x3, the reference is 3x4"):
        gradient_error(np.zeros((3, 4)), np.zeros((4, 3)))
