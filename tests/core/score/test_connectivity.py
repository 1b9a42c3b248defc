import numpy as np
import pytest
from scipy import ndimage

from platekey.core.errors import NonFinitePixels
from platekey.core.score.connectivity import connectivity_error, largest_component


def reference_error(p, t, region):
    """The definition, one pixel at a time."""
    level = np.full(p.shape, -1.0)
    for i in range(1, 11):
        labels, count = ndimage.label((p >= i / 10) & (t >= i / 10))
        sizes = [np.sum(labels == k) for k in range(1, count + 1)]
        omega = labels == 1 + int(np.argmax(sizes)) if count else np.zeros(p.shape, bool)
        for pixel in zip(*np.nonzero((level == -1) & ~omega), strict=True):
            level[pixel] = (i - 1) / 10
    level[level == -1] = 1

    def phi(x):
        d = x - level
        return 1 - d * (d >= 0.15)

    return np.abs(phi(p) - phi(t))[region].sum()


@pytest.mark.parametrize("seed", range(4))
def test_error_equals_the_plain_definition(seed):
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random((2, 23, 31)), (0, 2, 2))
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    p, t = np.clip(smooth * 1.4 - 0.2, 0, 1)
    region = rng.random(p.shape) < 0.7
    expected = reference_error(p, t, region)
    assert expected > 0
    assert connectivity_error(p, t, region) == pytest.approx(expected, abs=1e-12)


def test_equal_mattes_have_no_error():
    t = np.random.default_rng(0).random((9, 7))
    assert connectivity_error(t, t) == 0


def test_an_island_that_the_reference_lacks_costs_its_height():
    t = np.zeros((12, 12))
    t[:, :6] = 1
    p = t.copy()
    p[3, 9] = 0.8
    assert connectivity_error(p, t) == pytest.approx(0.8)


def test_differences_below_the_slack_are_free():
    t = np.zeros((8, 8))
    t[:, :4] = 1
    p = t.copy()
    p[2, 6] = 0.14
    assert connectivity_error(p, t) == 0


def test_an_empty_matte_has_no_component():
    assert not largest_component(np.zeros((4, 4), bool)).any()
    assert connectivity_error(np.zeros((4, 4)), np.zeros((4, 4))) == 0


def test_diagonal_neighbours_are_not_connected():
    picture = np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    assert largest_component(picture).tolist() == [[True, True, False], [False, False, False]]


def test_nan_is_refused_with_a_sentence():
    p = np.zeros((4, 4))
    p[1, 1] = np.nan
    with pytest.raises(NonFinitePixels, match=r"estimate has 1 values that are NaN or infinite"):
        connectivity_error(p, np.zeros((4, 4)))
