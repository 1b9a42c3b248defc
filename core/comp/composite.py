"""One composite: the subject, its light and its shadow over the new background, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.plate.noise import estimate_noise

from .additive import lost_light
from .backdrop import carried_shadow, defocused_background, known_shadow
from .despill import despill
from .edges import bend_alpha, blur_alpha, choke, core_matte, edge_matte, repair_edge, spread_colour
from .grain import add_grain, match_grain, regrain
from .inputs import CompInputs
from .light_wrap import light_wrap
from .look import Look, measure_look
from .merge import hold_out, over, premultiply
from .options import CompOptions, Grain

_SEED = 1  # of the grain; the frame number makes it differ


@dataclass(frozen=True)
class Composite:
    """A composite and its parts; picture = premultiplied + (1 - alpha) * background.

    Attributes:
        picture: (1, 3, H, W).
        picture_alpha: (1, 1, H, W), 1 over an opaque background.
        premultiplied: (1, 3, H, W), the foreground with everything that was done to it.
        alpha: (1, 1, H, W) in [0, 1], its alpha.
        background: (1, 3, H, W), with shadow and defocus.
        spill: (1, 3, H, W), the light that the despill removed.
        shadow: (1, 3, H, W), the factor on the background.
        core: (1, 1, H, W), the solid subject within its edge.
        edge: (1, 1, H, W), the edge matte.
    """

    picture: Tensor
    picture_alpha: Tensor
    premultiplied: Tensor
    alpha: Tensor
    background: Tensor
    spill: Tensor
    shadow: Tensor
    core: Tensor
    edge: Tensor


def composite_frame(
    inputs: CompInputs, options: CompOptions, look: Look | None = None
) -> Composite:
    """Puts the subject over the new background.

    A step whose inputs are missing is left out: despill and additive keyer without a clean plate, a
    shadow without a shadow pass or plates. With nothing switched on it is a plain over.

    Args:
        inputs: see CompInputs.
        options: see CompOptions.
        look: what was measured for the whole shot; None measures this frame.

    Raises:
        ShapeError: inputs differ in size.
        OptionError: a picked grey is not in the picture, or a depth comes without a focus.
        NonFinitePixels: NaN or infinity that a filter would spread.
    """
    look = look or measure_look(inputs, options)
    old_shadow = known_shadow(inputs)
    shadow = carried_shadow(inputs, old_shadow, options)
    if options.additive:  # light on the old background is added as light, and only once
        shadow = shadow.clamp_max(1)
    background = _backdrop(inputs, options, look, shadow)
    spilt = despill(
        inputs.foreground,
        inputs.alpha,
        options,
        clean_plate=inputs.clean_plate,
        shadow=old_shadow,
        confidence=inputs.confidence,
    )
    alpha = choke(bend_alpha(spilt.alpha, options.alpha_gamma), options.choke)
    core = core_matte(alpha, options.edge_width)
    edge = edge_matte(alpha, core, options.edge_width)
    alpha = blur_alpha(alpha, options.edge_blur, edge)
    foreground = spilt.foreground
    if options.choke < 0 or options.edge_blur:  # alpha comes where it was none
        foreground = spread_colour(foreground, spilt.alpha)
    foreground = repair_edge(
        foreground,
        spilt.alpha,
        width=options.edge_width,
        extend=options.extend,
        dark_fringe=options.dark_fringe,
        bright_fringe=options.bright_fringe,
    )
    foreground = _matched(foreground, alpha, inputs.frame, options, look)
    premultiplied = premultiply(foreground, alpha)
    if options.wrap and options.wrap_radius:
        premultiplied = premultiplied + light_wrap(
            background, alpha, radius=options.wrap_radius, intensity=options.wrap
        )
    if options.additive or options.additive_dark:
        premultiplied = premultiplied + _lost(inputs, shadow, background, options, look)
    premultiplied, alpha = hold_out(premultiplied, alpha, inputs.holdout)
    picture = over(premultiplied, alpha, background)
    if options.grain is Grain.REGRAIN:
        picture = _regrained(picture, foreground, alpha, background, inputs.frame, options, look)
    behind = inputs.background_alpha
    return Composite(
        picture=picture,
        picture_alpha=torch.ones_like(alpha) if behind is None else over(alpha, alpha, behind),
        premultiplied=premultiplied,
        alpha=alpha,
        background=background,
        spill=spilt.spill,
        shadow=shadow,
        core=core,
        edge=edge,
    )


def _backdrop(inputs: CompInputs, options: CompOptions, look: Look, shadow: Tensor) -> Tensor:
    """The background with the shadow on it, both out of focus, and the grain that the blur took."""
    background = defocused_background(inputs, options, shadow)
    if not options.defocus or options.grain is not Grain.MATCH or look.background_grain is None:
        return background
    return add_grain(
        background,
        look.background_grain,
        present=torch.zeros_like(background),
        strength=min(1.0, options.grain_amount),
        seed=_SEED + 1,
        frame=inputs.frame,
    )


def _matched(
    foreground: Tensor, alpha: Tensor, frame: int, options: CompOptions, look: Look
) -> Tensor:
    """The foreground in the new scene's exposure, colour and grain."""
    if look.gain is not None:
        foreground = foreground * look.gain
    own, target = look.foreground_grain, look.background_grain
    if options.grain is not Grain.MATCH or own is None or target is None:
        return foreground
    strength = options.grain_amount
    return match_grain(foreground, alpha, own, target, strength=strength, seed=_SEED, frame=frame)


def _lost(
    inputs: CompInputs,
    shadow: Tensor,
    background: Tensor,
    options: CompOptions,
    look: Look,
) -> Tensor:
    """The additive keyer's light, which the carried shadow does not explain; 0 without plates."""
    if inputs.plate is None or inputs.clean_plate is None:
        return torch.zeros_like(background)
    light = lost_light(
        inputs.plate,
        premultiply(inputs.foreground, inputs.alpha),
        inputs.alpha,
        inputs.clean_plate * shadow,
        background,
        bright=options.additive,
        dark=options.additive_dark,
        noise=estimate_noise(inputs.plate).scaled(2).variance(inputs.plate),  # of both plates
    )
    return light if look.gain is None else light * look.gain


def _regrained(
    picture: Tensor,
    foreground: Tensor,
    alpha: Tensor,
    background: Tensor,
    frame: int,
    options: CompOptions,
    look: Look,
) -> Tensor:
    if look.foreground_grain is None or look.background_grain is None:
        return picture
    return regrain(
        picture,
        foreground,
        alpha,
        background,
        foreground_noise=look.foreground_grain.noise,
        background_noise=None if options.defocus else look.background_grain.noise,
        target=look.foreground_grain,
        strength=options.grain_amount,
        seed=_SEED,
        frame=frame,
    )
