"""Light of the new background that bleeds over the subject's edge, as lens and air do it."""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.filters import enlarge, gaussian_blur, reduce
from platekey.core.options import check_range

from .checks import check_finite, check_matte, check_picture

LARGEST_RADIUS = 1000.0  # pixels
STRONGEST = 4.0
_WIDE = 2.0  # pixels; from this deviation on a picture of half the size is enough


def light_wrap(background: Tensor, alpha: Tensor, *, radius: float, intensity: float) -> Tensor:
    """The light to add to the composite, inside the subject only.

    With B the background, a alpha and G a Gaussian of deviation radius / 2:

        light = intensity * a * max(G[B (1 - a)] - (1 - a) G[B], 0)

    The first term is the background's light that the camera sees around a pixel, the second what
    the pixel lets through already. They are equal where alpha does not change, so neither glass
    nor smoke nor bare background is brightened, and light behind the subject adds nothing.

    Args:
        background: (1, 3, H, W) scene-linear, finite, unbounded; shadow and defocus applied.
        alpha: (1, 1, H, W) in [0, 1].
        radius: how far the light reaches in, in pixels; 0 gives none.
        intensity: 0 gives none; 1 lets the edge of an opaque subject catch half of the light
            beside it.

    Returns:
        (1, 3, H, W) scene-linear, never negative, 0 where alpha is 0.

    Raises:
        ShapeError: background or alpha of another shape.
        OptionError: radius or intensity out of range.
        NonFinitePixels: NaN or infinity in background or alpha.
    """
    check_picture("background", background)
    check_matte("alpha", alpha, background)
    check_range("light wrap radius", radius, 0, LARGEST_RADIUS)
    check_range("light wrap intensity", intensity, 0, STRONGEST)
    if radius == 0 or intensity == 0:
        return torch.zeros_like(background)
    check_finite("background", background)
    check_finite("alpha", alpha)
    through = 1 - alpha
    both = torch.cat([background * through, background], 1)
    both = _blurred(both, radius / 2)
    around, everywhere = both[:, :3], both[:, 3:]
    return (around - through * everywhere).clamp_min(0) * (alpha * intensity)


def _blurred(x: Tensor, sigma: float) -> Tensor:
    if sigma < _WIDE or min(x.shape[-2:]) == 1:
        return gaussian_blur(x, sigma)
    return enlarge(gaussian_blur(reduce(x, 2), sigma / 2), 2, x.shape[-2], x.shape[-1])
