"""Takes the old background's light out of the subject: out of its soft edges, and the bounce on it.

Soft edges are edge_spill's. On the opaque subject the background's light bounces: what exceeds a
limit is taken out, with the classic limits of a green, blue or red screen, or with the clean
plate's own colour as the screen. Bounce changes the subject's colour, never its alpha.
"""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.filters import gaussian_blur

from .brightness import luminance
from .edge_spill import Despilled, exchange_spill
from .merge import unpremultiply
from .options import CompOptions, Despill, Screen
from .skin import skin_matte

BOUNCE_RADIUS = 8.0  # pixels; bounce comes from a part of the background, not from a point of it
GREY = 0.1  # hue of a background, of its light, below which it is too faint to be told from grey


def despill(
    foreground: Tensor,
    alpha: Tensor,
    options: CompOptions,
    *,
    clean_plate: Tensor | None,
    shadow: Tensor | None = None,
    confidence: Tensor | None = None,
) -> Despilled:
    """Removes the spill that the options say.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight, finite.
        alpha: (1, 1, H, W) in [0, 1].
        options: despill, its amount, bounce, luminance, skin protection and screen are looked at.
        clean_plate: (1, 3, H, W), finite; None leaves out what needs it: all but the classics.
        shadow: (1, 3, H, W), the subject's shadow on the clean plate; None is none.
        confidence: (1, 1, H, W) of the solve.

    Returns:
        The input, bit for bit, where there is no spill.
    """
    unspilt = Despilled(foreground, alpha, torch.zeros_like(foreground))
    mode, amount = options.despill, options.despill_amount
    if mode is Despill.OFF or amount == 0 or (mode is Despill.CLEAN_PLATE and clean_plate is None):
        return unspilt
    removed, result = unspilt.spill, unspilt
    if mode is Despill.CLEAN_PLATE and clean_plate is not None:
        background = clean_plate if shadow is None else clean_plate * shadow
        result = exchange_spill(foreground, alpha, background, confidence, amount=amount)
        if options.bounce:
            removed = bounce_spill(
                result.foreground,
                clean_plate,
                amount=amount,
                strength=options.bounce,
                skin_protection=options.skin_protection,
            )
    else:
        removed = limit_spill(
            foreground,
            screen_channel(options.screen, clean_plate, foreground),
            mode,
            amount=amount,
            skin_protection=options.skin_protection,
        )
    spill = result.spill + removed * result.alpha
    kept = result.foreground - removed
    if options.spill_luminance:
        kept = kept + options.spill_luminance * luminance(unpremultiply(spill, alpha)).clamp_min(0)
    return Despilled(kept, result.alpha, spill)


def limit_spill(
    foreground: Tensor,
    screen: Tensor,
    limit: Despill,
    *,
    amount: float,
    skin_protection: float,
) -> Tensor:
    """The light that exceeds the limit of a classic despill.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight.
        screen: (3,) one-hot: the screen's channel.
        limit: average, double average, max, red or blue.
        amount: share that is removed.
        skin_protection: 1 leaves skin as it is.

    Returns:
        (1, 3, H, W) straight, not negative, 0 in the other two channels, and exactly 0 where a
        pixel is grey.
    """
    channel = int(screen.argmax())
    first, second = (foreground[:, c : c + 1] for c in range(3) if c != channel)
    own = foreground[:, channel : channel + 1]
    most = torch.maximum(first, second)
    ceiling = {
        Despill.AVERAGE: (first + second) / 2,
        Despill.DOUBLE_AVERAGE: most - (first - second).abs() / 3,
        Despill.MAX: most,
        Despill.RED: foreground[:, 1:2] if channel == 0 else foreground[:, 0:1],
        Despill.BLUE: foreground[:, 1:2] if channel == 2 else foreground[:, 2:3],
    }[limit]
    excess = (own - ceiling).clamp_min(0) * amount
    return excess * _spared(foreground, skin_protection) * screen.view(1, 3, 1, 1)


def bounce_spill(
    foreground: Tensor,
    background: Tensor,
    *,
    strength: float,
    skin_protection: float,
    amount: float = 1.0,
) -> Tensor:
    """The light of a background of any colour on the subject.

    Hue is what is left of a colour without its mean. What of the subject's hue points the way of
    the background's, beyond what it has across, is bounce for sure: hues within 45 degrees of the
    background's. At strength 2 it is all that points that way, which is what the average despill
    takes for a green screen, here for any colour. A grey background has no hue and no bounce.

    Args:
        foreground: (1, 3, H, W) scene-linear, straight.
        background: (1, 3, H, W), the clean plate.
        strength: up to 1 the share of what is sure, from there to 2 ever more of what is not.
        skin_protection: 1 leaves skin as it is.
        amount: factor on what is removed.

    Returns:
        (1, 3, H, W) straight, of the background's colour; 0 where the subject is grey, and never
        more than the pixel has of any channel.
    """
    allowed = min(2.0 - strength, 1.0)  # of what the pixel has across
    amount = amount * min(strength, 1.0)
    light = gaussian_blur(background, BOUNCE_RADIUS)
    hue = light - light.mean(1, keepdim=True)
    length = (hue * hue).sum(1, keepdim=True).sqrt()
    own = foreground - foreground.mean(1, keepdim=True)
    along = (own * hue).sum(1, keepdim=True) / length.clamp_min(1e-6)
    across = ((own * own).sum(1, keepdim=True) - along * along).clamp_min(0).sqrt()
    excess = (along - allowed * across).clamp_min(0) * amount * _spared(foreground, skin_protection)
    level = light.abs().sum(1, keepdim=True)
    # of a faintly coloured background too much light would go with so little hue
    spill = excess * length / (length * length + (GREY * level) ** 2 + 1e-12) * light.clamp_min(0)
    room = (foreground.clamp_min(0) / spill.clamp_min(1e-12)).amin(1, keepdim=True)
    return spill * room.clamp_max(1)


def screen_channel(screen: Screen, clean_plate: Tensor | None, foreground: Tensor) -> Tensor:
    """The screen's channel as a (3,) one-hot: the clean plate's strongest, if it is not given.

    Without a clean plate, green, as nearly all screens are.
    """
    order = (Screen.RED, Screen.GREEN, Screen.BLUE)
    if screen is not Screen.AUTO:
        channel = order.index(screen)
    elif clean_plate is None:
        channel = 1
    else:
        channel = int(clean_plate.mean((0, 2, 3)).argmax())
    one_hot = torch.zeros(3, dtype=foreground.dtype, device=foreground.device)
    one_hot[channel] = 1
    return one_hot


def _spared(foreground: Tensor, skin_protection: float) -> Tensor | float:
    return 1 - skin_protection * skin_matte(foreground) if skin_protection else 1.0
