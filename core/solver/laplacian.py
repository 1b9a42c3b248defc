"""The matting Laplacian, without its matrix: alpha is locally a linear function of colour."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

_WINDOW = 9  # pixels of a 3x3 window


class MattingLaplacian:
    """L of one picture, applied by box filters over 3x3 windows.

    Source: Levin et al. 2008, eq. 12; the box-filter form after He et al. 2010
    (docs/references.md#levin2008, docs/references.md#he2010).
    """

    def __init__(self, picture: Tensor, regulariser: float) -> None:
        """Prepares the window statistics.

        Args:
            picture: (1, 3, H, W), in units of its noise, H and W at least 3.
            regulariser: variance added to each window, in the same units squared.
        """
        self._picture = picture
        self._mean = _window_mean(picture)
        extra = regulariser / _WINDOW
        rr, rg, rb, gg, gb, bb = _window_covariance(picture, self._mean).chunk(6, 1)
        rr, gg, bb = rr + extra, gg + extra, bb + extra
        # Cholesky without roots, L D L': stays positive where the adjugate would cancel
        self._d1 = rr
        self._l21, self._l31 = rg / rr, rb / rr
        self._d2 = (gg - self._l21 * rg).clamp_min(extra)
        self._l32 = (gb - self._l31 * rg) / self._d2
        self._d3 = (bb - self._l31 * rb - self._l32**2 * self._d2).clamp_min(extra)
        windows = torch.ones_like(picture[:, :1, 2:, 2:])
        self.windows = _spread(windows) / _WINDOW  # share of the nine windows that hold a pixel

    def __call__(self, alpha: Tensor) -> Tensor:
        """L alpha, (1, 1, H, W)."""
        mean = _window_mean(alpha)
        covariance = _window_mean(self._picture * alpha) - self._mean * mean
        x, y, z = covariance.chunk(3, 1)
        y = y - self._l21 * x
        z = (z - self._l31 * x - self._l32 * y) / self._d3
        y = y / self._d2 - self._l32 * z
        x = x / self._d1 - self._l21 * y - self._l31 * z
        slope = torch.cat([x, y, z], 1)
        offset = mean - (slope * self._mean).sum(1, keepdim=True)
        spread = _spread(torch.cat([slope, offset], 1)) / _WINDOW
        fitted = (spread[:, :3] * self._picture).sum(1, keepdim=True) + spread[:, 3:]
        return self.windows * alpha - fitted


def smooth_alpha(
    alpha: Tensor, weight: Tensor, laplacian: MattingLaplacian, iterations: int
) -> Tensor:
    """Minimises a' L a + sum weight (a - alpha)^2 by conjugate gradients from alpha.

    Ends early where rounding wins: L takes differences of products, which in very bright parts of a
    picture (10^4 deviations of noise) leave nothing, and it is no longer positive.

    Args:
        alpha: (1, 1, H, W), the observation.
        weight: (1, 1, H, W) > 0, trust in it.
        laplacian: of the same picture.
        iterations: of the solver; from a good start a few dozen suffice.

    Returns:
        (1, 1, H, W), unclamped.
    """
    preconditioner = 1 / (0.7 * laplacian.windows + weight)  # near the diagonal of the system
    solution = alpha
    residual = -laplacian(alpha)  # weight * alpha - (L + weight) alpha
    direction = preconditioner * residual
    energy = (residual * direction).sum()
    for _ in range(iterations):
        if float(energy) < 1e-9:
            break
        held = weight * direction
        image = laplacian(direction) + held
        curvature = (direction * image).sum()
        if not float(curvature) > 0.5 * float((direction * held).sum()):
            break  # L adds to it, but for rounding
        step = energy / curvature
        solution = solution + step * direction
        residual = residual - step * image
        scaled = preconditioner * residual
        previous, energy = energy, (residual * scaled).sum()
        direction = scaled + (energy / previous) * direction
    return solution


def _window_covariance(picture: Tensor, mean: Tensor) -> Tensor:
    """Covariance of every whole 3x3 window, (1, 6, H - 2, W - 2); no cancellation in highlights."""
    height, width = mean.shape[-2:]
    total = torch.zeros_like(torch.cat([mean, mean], 1))
    for top in range(3):
        for left in range(3):
            r, g, b = (picture[..., top : top + height, left : left + width] - mean).chunk(3, 1)
            total += torch.cat([r * r, r * g, r * b, g * g, g * b, b * b], 1)
    return total / _WINDOW


def _window_mean(x: Tensor) -> Tensor:
    """Mean of every whole 3x3 window, (1, C, H - 2, W - 2)."""
    return _window_sum(x) / _WINDOW


def _spread(x: Tensor) -> Tensor:
    """Sum over the windows that hold a pixel: the transpose of _window_sum."""
    return _window_sum(nnf.pad(x, (2, 2, 2, 2)))


def _window_sum(x: Tensor) -> Tensor:
    """Sum of every whole 3x3 window; by rows and columns, several times faster than pooling."""
    rows = x[..., :-2, :] + x[..., 1:-1, :] + x[..., 2:, :]
    return rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
