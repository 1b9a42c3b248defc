import math

import numpy as np
import pytest

from platekey.core.errors import InputMismatch
from platekey.core.score import metrics
from platekey.core.score.band import cropped, unknown_band
from platekey.core.score.gradient import gradient_error
from platekey.core.score.matte import Matte
from platekey.core.score.report import (
    BAND,
    WHOLE_FRAME,
    score_frame,
    summarise,
)


def matte(seed, shape=(18, 27), colour=True):
    rng = np.random.default_rng(seed)
    alpha = np.clip(rng.random(shape) * 1.4 - 0.2, 0, 1)
    foreground = 3 * rng.random((*shape, 3)) - 0.5
    if not colour:
        return Matte(alpha)
    return Matte(alpha, foreground * alpha[..., None], foreground)


def test_a_perfect_matte_scores_zero_everywhere():
    truth = matte(1)
    score = score_frame(7, truth, truth, previous=(matte(2), matte(2)))
    assert score.frame == 7
    assert set(score.whole) == set(WHOLE_FRAME)
    assert set(score.band) == set(BAND)
    assert max(*score.whole.values(), *score.band.values()) == 0
    assert min(*score.whole.values(), *score.band.values()) == 0


def test_units_are_those_of_the_tables():
    p, t = matte(1), matte(2)
    score = score_frame(1, p, t)
    band = unknown_band(cropped(t.alpha))
    assert score.band_pixels == band.sum() > 0
    assert score.whole["mad"] == pytest.approx(1e3 * np.abs(p.alpha - t.alpha).mean())
    assert score.whole["sad"] == pytest.approx(1e-3 * np.abs(p.alpha - t.alpha).sum())
    assert score.whole["grad"] == pytest.approx(1e-3 * gradient_error(p.alpha, t.alpha))
    difference = (cropped(p.alpha) - cropped(t.alpha))[band]
    assert score.band["mse"] == pytest.approx(1e3 * (difference**2).mean())
    assert score.band["sad"] == pytest.approx(1e-3 * np.abs(difference).sum())
    stretched = gradient_error(cropped(p.alpha), cropped(t.alpha), band, stretch=True)
    assert score.band["grad"] == pytest.approx(stretched)


def test_a_single_frame_has_no_dtssd():
    summary = summarise([score_frame(7, matte(1), matte(2))])
    assert summary.frame == 1
    assert math.isnan(summary.whole["dtssd"])
    assert math.isnan(summary.band["dtssd"])
    assert summary.whole["mad"] > 0


def test_foreground_counts_from_what_8_bits_would_round_up():
    alpha = np.array([[0.0019, 0.0020]])
    colour = np.ones((1, 2, 3))
    estimate = Matte(alpha, colour, colour + [[[5], [1]]])
    score = score_frame(1, estimate, Matte(alpha, colour, colour))
    assert score.whole["fg_mad"] == pytest.approx(1000)


def test_the_composite_is_measured_over_the_given_background_and_over_grey():
    p, t = matte(1), matte(2)
    background = np.random.default_rng(3).random((18, 27, 3))
    score = score_frame(1, p, t, background=background)
    over = [metrics.composite(m.premultiplied, m.alpha, background) for m in (p, t)]
    assert score.whole["comp_mad"] == pytest.approx(1e3 * np.abs(over[0] - over[1]).mean())
    grey = [m.premultiplied + (1 - m.alpha[..., None]) * 0.18 for m in (p, t)]
    assert score.whole["comp_grey_mse"] == pytest.approx(1e3 * ((grey[0] - grey[1]) ** 2).mean())


def test_without_true_colour_only_alpha_is_scored():
    score = score_frame(1, matte(1), matte(2, colour=False))
    assert math.isnan(score.whole["fg_mse"])
    assert math.isnan(score.band["comp_mad"])
    assert score.whole["mad"] > 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 9), (5, 4)])
def test_tiny_pictures_are_scored(shape):
    score = score_frame(1, matte(1, shape), matte(2, shape))
    assert score.whole["mad"] > 0
    if min(shape) < 4:  # nothing is left of them by the band's cropping
        assert math.isnan(score.band["mad"])


def test_the_summary_is_the_mean_of_what_was_scored():
    first = score_frame(1, matte(1), matte(2))
    second = score_frame(2, matte(3), matte(4, colour=False), previous=(matte(1), matte(2)))
    summary = summarise([first, second])
    assert summary.frame == 2
    assert summary.whole["mad"] == pytest.approx((first.whole["mad"] + second.whole["mad"]) / 2)
    assert summary.whole["dtssd"] == pytest.approx(second.whole["dtssd"] / 2)
    assert summary.whole["fg_mse"] == first.whole["fg_mse"]


def test_another_size_is_refused():
    with pytest.raises(InputMismatch, match=r"27x18.*8x8"):
        score_frame(1, matte(1), matte(2, (8, 8)))
