"""How much of the clean plate is left in the foreground: alpha's error, told without the truth.

With the true alpha a and the subject's colour F the plate is aF + (1 - a)B. A matte alpha makes of
it the premultiplied foreground P = plate - (1 - alpha)B = aF + (alpha - a)B. Where the background
has texture of its own, the part of it that is found in P is alpha - a: too much background means
too much alpha, its negative means too little. The subject's texture agrees with the background's
only by chance, and chance is known from what the fit leaves over.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import box_mean, gaussian_blur

_FINE, _AROUND = 3, 5  # radii of texture and of the window in which it is compared, in pixels
_SURE = 2.0  # deviations of chance that are no leak
_TEXTURE = 8.0  # times the noise's energy, at which a window's texture counts half
_OWN_NOISE = 0.5  # the clean plate's part of the noise's variance; the rest is the plate's
_GENTLE = 0.1  # of alpha; a smaller leak pulls less
_SMOOTH = 12.0  # pixels over which shadows are smooth


class Leak(NamedTuple):
    """What is found around each pixel.

    Attributes:
        value: (B, 1, H, W) alpha less the true alpha, from -1 to 1, as far as it is beyond chance.
        weight: (B, 1, H, W) 0 to 1, how well the background's texture tells it.
    """

    value: Tensor
    weight: Tensor


def background_leak(
    plate: Tensor, alpha: Tensor, background: Tensor, variance: Tensor, known: Tensor
) -> Leak:
    """Finds the background's texture in the foreground; without gradients.

    Args:
        plate: (B, 3, H, W) scene-linear.
        alpha: (B, 1, H, W) in [0, 1].
        background: (B, 3, H, W) scene-linear, the clean plate under the subject's shadow.
        variance: (B, 3, H, W) of the noise of their difference.
        known: (B, 1, H, W) 1 where the clean plate is known.
    """
    plate, alpha, background = (each.detach() for each in (plate, alpha, background))
    quiet = torch.rsqrt(variance + 1e-12)  # to deviations of the noise
    texture = _detail(background) * quiet
    left = _detail(plate - (1 - alpha) * background) * quiet
    count = (2 * _AROUND + 1) ** 2
    energy = _around(texture * texture)
    noise = plate.shape[1] * _OWN_NOISE * (1 - 1 / (2 * _FINE + 1) ** 2)
    # the clean plate's own grain was taken from the plate too, and is found there as too little
    shared = _around(left * texture) + box_mean(1 - alpha, _AROUND) * noise
    value = shared / energy.clamp_min(1e-6)
    rest = (_around(left * left) - value * value * energy).clamp_min(0)
    chance = (rest / (energy * count).clamp_min(1e-6)).sqrt()
    value = (torch.relu(value - _SURE * chance) - torch.relu(-value - _SURE * chance)).clamp(-1, 1)
    signal = (energy - noise).clamp_min(0)
    weight = signal / (signal + _TEXTURE * noise) * (box_mean(known, _AROUND + _FINE) > 0.999)
    return Leak(value, weight)


def smooth_shadow(shadow: Tensor, alpha: Tensor) -> Tensor:
    """A shadow pass as smooth as shadows are, (B, 3, H, W): it may not hide hairs.

    Args:
        shadow: (B, 3, H, W), above 0; what the background's light is multiplied by.
        alpha: (B, 1, H, W); where it is 1 the shadow is not seen.
    """
    seen = (1 - alpha).clamp(0, 1)
    stops = torch.log2(shadow.clamp_min(2.0**-8))
    total = gaussian_blur(seen, _SMOOTH)
    return torch.exp2(gaussian_blur(stops * seen, _SMOOTH) / total.clamp_min(1e-3))


def leak_loss(alpha: Tensor, leak: Leak) -> Tensor:
    """How far alpha is from what the leak says it should be.

    The leak itself is no loss: it is lowest where alpha copies the background's texture. What it
    says is taken for the truth of the moment, and leads alpha evenly.
    """
    wanted = (alpha - leak.value).clamp(0, 1).detach()
    off = nnf.smooth_l1_loss(alpha, wanted, reduction="none", beta=_GENTLE)
    return (off * leak.weight).sum() / leak.weight.sum().clamp_min(1)


def _detail(x: Tensor) -> Tensor:
    return x - box_mean(x, _FINE)


def _around(x: Tensor) -> Tensor:
    return box_mean(x.sum(1, keepdim=True), _AROUND)
