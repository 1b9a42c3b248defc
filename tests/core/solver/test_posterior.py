import numpy as np
import pytest
import scipy.stats
import torch

from platekey.core.solver.posterior import alpha_posterior


def posterior(plate, background, mean, spread=1e-4, noise=1e-6, softness=0.0, hint=None):
    covariance = torch.tensor([[spread, 0, 0, spread, 0, spread]]).float()
    three = [torch.tensor(np.array([v])).float() for v in (plate, background, mean)]
    cost = torch.tensor([0.0 if hint is None else 4.0])
    alpha, variance = alpha_posterior(
        *three,
        covariance,
        torch.full((1, 3), noise),
        torch.tensor([softness]),
        torch.tensor([hint or 0.0]),
        cost,
    )
    return float(alpha), float(variance)


@pytest.mark.parametrize("truth", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_a_mixture_of_known_colours_gives_its_alpha(truth, scale):
    background, mean = np.array([0.1, 0.5, 0.1]) * scale, np.array([0.6, 0.2, 0.3]) * scale
    plate = truth * mean + (1 - truth) * background
    alpha, variance = posterior(plate, background, mean, spread=1e-5 * scale**2)
    assert alpha == pytest.approx(truth, abs=0.02)
    assert variance < 0.01


def test_the_weights_are_those_of_a_gaussian_density():
    plate, background, mean = [0.3, 0.31, 0.2], [0.1, 0.4, 0.1], [0.5, 0.2, 0.3]
    alphas = np.linspace(0, 1, 21)
    density = []
    for a in alphas:
        centre = a * np.array(mean) + (1 - a) * np.array(background)
        drift = (1 - a) ** 2 * (0.02 * np.array(background)) ** 2
        covariance = np.diag(a * a * 1e-3 + 1e-4 + drift)
        density.append(scipy.stats.multivariate_normal(centre, covariance).pdf(plate))
    weights = np.array(density) / np.sum(density)
    alpha, variance = posterior(plate, background, mean, spread=1e-3, noise=1e-4)
    assert alpha == pytest.approx((weights * alphas).sum(), abs=1e-4)
    expected = (weights * alphas**2).sum() - (weights * alphas).sum() ** 2
    assert variance == pytest.approx(expected, abs=1e-4)


def test_shading_of_a_surface_is_opaque_when_fractions_cost():
    # darker skin towards a dark wall: on the line to the background, and yet no mixture
    plate, background, mean = [0.35, 0.25, 0.2], [0.1, 0.08, 0.06], [0.4, 0.28, 0.22]
    assert posterior(plate, background, mean, spread=1e-3, softness=15.0)[0] > 0.99


def test_a_colour_that_nothing_predicts_is_subject():
    assert posterior([0.1, 0.1, 2.0], [0.1, 0.5, 0.1], [0.6, 0.2, 0.1])[0] > 0.99


def test_a_hint_decides_where_the_colours_are_the_same():
    grey = [0.3, 0.3, 0.3]
    assert posterior(grey, grey, grey, hint=0.9)[0] > posterior(grey, grey, grey, hint=0.1)[0] + 0.2
    undecided, variance = posterior(grey, grey, grey)
    assert 0.02 < undecided < 0.98
    assert variance > 0.05


def test_no_pixels_give_no_alphas():
    nothing, none = torch.zeros(0, 3), torch.zeros(0)
    alpha, variance = alpha_posterior(
        nothing, nothing, nothing, torch.zeros(0, 6), nothing, none, none, none
    )
    assert alpha.shape == variance.shape == (0,)


@pytest.mark.parametrize("level", [1e-8, 6e4, -3.0])
def test_extreme_light_gives_finite_alpha(level):
    alpha, variance = posterior([level] * 3, [0.1, 0.5, 0.1], [level / 2] * 3)
    assert 0 <= alpha <= 1
    assert 0 <= variance <= 0.25
