import numpy as np
from scipy import ndimage

from platekey.core.score.band import cropped, unknown_band


def soft_disc(height=57, width=75, softness=4.0):
    y, x = np.indices((height, width))
    radius = np.hypot(y - height / 2, x - width / 2)
    return np.clip((height / 3 - radius) / softness + 0.5, 0, 1)


def test_a_hard_matte_has_no_band():
    assert not unknown_band((soft_disc() > 0.5).astype(np.float64)).any()


def test_thresholds_are_inclusive():
    alpha = np.zeros((1, 60))
    alpha[0, 28:32] = 0.0599, 0.06, 0.96, 0.9601
    assert np.flatnonzero(unknown_band(alpha)).tolist() == [29, 30]


def test_a_gap_of_twenty_pixels_closes_and_one_of_twenty_one_does_not():
    alpha = np.zeros((1, 60))
    alpha[0, [10, 31]] = 0.5
    assert unknown_band(alpha)[0, 10:32].all()
    alpha[0, 31], alpha[0, 32] = 0, 0.5
    assert not unknown_band(alpha)[0, 11:32].any()


def test_band_equals_scipy_closing():
    rng = np.random.default_rng(4)
    alpha = np.where(rng.random((57, 75)) < 0.02, 0.5, soft_disc())
    seeds = (alpha >= 0.06) & (alpha <= 0.96)
    cross = ndimage.generate_binary_structure(2, 1)
    dilated = ndimage.binary_dilation(seeds, cross, iterations=10)
    # border_value=1: the picture's border does not erode
    expected = ndimage.binary_erosion(dilated, cross, iterations=10, border_value=1)
    assert np.array_equal(unknown_band(alpha), expected)


def test_cropping_keeps_the_top_left_multiples_of_four():
    values = np.arange(7 * 10).reshape(7, 10)
    assert np.array_equal(cropped(values), values[:4, :8])
    assert cropped(values[:3]).shape == (0, 8)
