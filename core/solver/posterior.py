"""Alpha of single pixels by Bayes' rule, from a known background and a foreground colour model."""

from __future__ import annotations

import torch
from torch import Tensor

_STEPS = 21  # alphas that are weighed: 0, 0.05 ... 1
_BACKGROUND_ERROR = 0.02  # of the value: what the clean plate's conditioning leaves
_CHUNK, _CHUNK_OF_A_GPU = 16_384, 262_144  # pixels weighed at once; the first fit in a cache
_ODD_COLOUR = 8.0  # cost of a foreground colour that nothing nearby predicts, in nats


def alpha_posterior(
    plate: Tensor,
    background: Tensor,
    mean: Tensor,
    covariance: Tensor,
    noise: Tensor,
    softness_cost: Tensor,
    expected: Tensor,
    expectation_cost: Tensor,
) -> tuple[Tensor, Tensor]:
    """Mean and variance of alpha given the observed colour.

    For every alpha the plate is Gaussian around alpha F + (1 - alpha) B with covariance
    alpha^2 Cov F + noise; a prior makes fractional alpha cost more than 0 or 1.

    Args:
        plate: (N, 3) scene-linear.
        background: (N, 3) scene-linear.
        mean: (N, 3), mean foreground colour.
        covariance: (N, 6), of the foreground colour, rr rg rb gg gb bb.
        noise: (N, 3), variance of plate minus background.
        softness_cost: (N,), cost of 0 < alpha < 1 against 0 or 1, in nats.
        expected: (N,), alpha that a hint asks for, 0 to 1.
        expectation_cost: (N,), cost of being wrong about it by 1, in nats; 0 without a hint.

    Returns:
        alpha (N,) in [0, 1] and its variance (N,).

    Source: Chuang et al. 2001, eq. 4-7, with the background known (docs/references.md#chuang2001).
    """
    colours = (plate, background, mean, covariance, noise)
    inputs = (*colours, softness_cost, expected, expectation_cost)
    chunk = _CHUNK if plate.is_cpu else _CHUNK_OF_A_GPU
    parts = [_weigh(*part) for part in zip(*(torch.split(x, chunk) for x in inputs), strict=True)]
    if not parts:
        return plate.new_zeros(0), plate.new_zeros(0)
    return torch.cat([alpha for alpha, _ in parts]), torch.cat([v for _, v in parts])


def _weigh(
    plate: Tensor,
    background: Tensor,
    mean: Tensor,
    covariance: Tensor,
    noise: Tensor,
    softness_cost: Tensor,
    expected: Tensor,
    expectation_cost: Tensor,
) -> tuple[Tensor, Tensor]:
    alphas = torch.linspace(0, 1, _STEPS, device=plate.device)
    drift = (_BACKGROUND_ERROR * background) ** 2
    costs = []
    for index, alpha in enumerate(alphas.tolist()):
        spread = alpha * alpha * covariance
        diagonal = noise + (1 - alpha) ** 2 * drift
        residual = plate - alpha * mean - (1 - alpha) * background
        cost = _gaussian_cost(residual, spread, diagonal)
        if 0 < index < _STEPS - 1:
            cost = cost + softness_cost
        elif index == _STEPS - 1:
            # an unheard-of colour is opaque subject rather than an impossible mixture
            plain = _gaussian_cost(torch.zeros_like(residual), spread, diagonal)
            cost = torch.minimum(cost, plain + _ODD_COLOUR)
        costs.append(cost + expectation_cost * (expected - alpha) ** 2)
    stacked = torch.stack(costs, 1)
    weights = torch.softmax(-stacked, 1)
    alpha_mean = (weights * alphas).sum(1)
    variance = (weights * alphas**2).sum(1) - alpha_mean**2
    return alpha_mean, variance.clamp_min(0)


def _gaussian_cost(residual: Tensor, spread: Tensor, diagonal: Tensor) -> Tensor:
    """Negative log density up to a constant, (N,), covariance = spread + diag(diagonal)."""
    rr, rg, rb, gg, gb, bb = spread.unbind(1)
    rr, gg, bb = rr + diagonal[:, 0], gg + diagonal[:, 1], bb + diagonal[:, 2]
    # adjugate of the symmetric 3x3
    a, b, c = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    d, e, f = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    determinant = (rr * a + rg * b + rb * c).clamp_min(1e-30)
    x, y, z = residual.unbind(1)
    square = a * x * x + d * y * y + f * z * z + 2 * (b * x * y + c * x * z + e * y * z)
    return 0.5 * square / determinant + 0.5 * torch.log(determinant)
