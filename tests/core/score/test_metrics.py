import math

import numpy as np
import pytest

from platekey.core.errors import InputMismatch, NonFinitePixels
from platekey.core.score import metrics


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape)


def test_known_answers():
    t = np.array([[0.0, 1.0], [0.5, 0.25]])
    p = np.array([[0.5, 1.0], [0.0, 0.25]])
    assert metrics.mad(p, t) == 0.25
    assert metrics.mse(p, t) == 0.125
    assert metrics.sad(p, t) == 1.0


def test_region_limits_what_counts():
    t, p = np.zeros((2, 2)), np.array([[1.0, 0.5], [0.0, 0.0]])
    region = np.array([[True, False], [True, False]])
    assert (metrics.mad(p, t, region), metrics.mse(p, t, region)) == (0.5, 0.5)
    assert metrics.sad(p, t, region) == 1.0


def test_an_empty_region_has_no_mean():
    t = noise(3, 3)
    assert math.isnan(metrics.mad(t, t, np.zeros((3, 3), bool)))
    assert metrics.sad(t, t, np.zeros((3, 3), bool)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (5, 2, 3)])
def test_any_shape_and_values_beyond_one(shape):
    t = noise(*shape) * 100 - 50
    assert metrics.mad(t + 0.5, t) == pytest.approx(0.5)
    assert metrics.mse(t - 2, t) == pytest.approx(4)


def test_dtssd_sees_change_and_not_a_constant_error():
    t0, t1 = noise(2, 6, 8)
    constant = {"previous_estimate": t0 + 0.3, "previous_reference": t0}
    assert metrics.dtssd(t1 + 0.3, t1, **constant) == pytest.approx(0, abs=1e-12)
    assert metrics.dtssd(t1 + 0.5, t1, **constant) == pytest.approx(0.2)


def test_dtssd_equals_its_formula():
    p0, p1, t0, t1 = noise(4, 5, 9, seed=1)
    expected = math.sqrt((((p1 - p0) - (t1 - t0)) ** 2).mean())
    found = metrics.dtssd(p1, t1, previous_estimate=p0, previous_reference=t0)
    assert found == pytest.approx(expected)


def test_foreground_error_counts_the_subject_alone():
    t = noise(4, 4, 3)
    p = t + np.array([1.0, 2.0, 3.0])
    is_subject = np.zeros((4, 4), bool)
    is_subject[0, 0] = True
    assert metrics.foreground_mse(p, t, is_subject=is_subject) == pytest.approx(14 / 3)
    assert metrics.foreground_mad(p, t, is_subject=is_subject) == pytest.approx(2)


def test_foreground_error_of_a_region_divides_by_the_whole_region():
    t = np.zeros((2, 4, 3))
    is_subject = np.zeros((2, 4), bool)
    is_subject[0, 0] = True
    region = np.ones((2, 4), bool)
    found = metrics.foreground_mse(t + 2, t, is_subject=is_subject, region=region)
    assert found == pytest.approx(4 / 8)


def test_composite_shows_the_background_where_alpha_is_zero():
    premultiplied, background = noise(2, 3, 3, 3)
    alpha = np.array([[0.0, 1.0, 0.5]] * 3)
    found = metrics.composite(premultiplied, alpha, background)
    expected = [background[0, 0], np.zeros(3), 0.5 * background[0, 2]] + premultiplied[0]
    assert np.allclose(found[0], expected)


def test_sizes_must_agree():
    with pytest.raises(InputMismatch, match=r"estimate is 3x2, the reference is 2x3; score"):
        metrics.mad(np.zeros((2, 3)), np.zeros((3, 2)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nonfinite_pixels_are_refused_with_a_sentence(value):
    t = np.zeros((2, 2))
    bad = np.array([[0, value], [0, value]])
    with pytest.raises(NonFinitePixels, match=r"estimate has 2 values that are NaN or infinite"):
        metrics.mse(bad, t)
    with pytest.raises(NonFinitePixels, match=r"reference has 2 values"):
        metrics.mse(t, bad)
