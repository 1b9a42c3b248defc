"""The new background, made ready: the subject's shadow on it, and the lens's defocus."""

from __future__ import annotations

import torch
from torch import Tensor

from .defocus import defocus
from .depth_of_field import defocus_by_depth
from .inputs import CompInputs
from .kernels import Lens
from .options import CompOptions, Kernel
from .shadow import carry_shadow, shadow_from_plates


def defocused_background(inputs: CompInputs, options: CompOptions, shadow: Tensor) -> Tensor:
    """The shadowed background as an out-of-focus lens sees it, (1, 3, H, W); by depth if given.

    Args:
        inputs: see CompInputs.
        options: defocus and its lens are looked at.
        shadow: (1, 3, H, W), the factor on the background.

    Raises:
        OptionError: there is a depth, but focus is 0.
        NonFinitePixels: NaN or infinity, which would spread.
    """
    background = inputs.background * shadow
    if options.defocus == 0:
        return background
    lens = Lens(
        options.defocus,
        blades=options.blades if options.kernel is Kernel.POLYGON else 0,
        rotation=options.rotation,
        squeeze=options.squeeze if options.kernel is Kernel.ANAMORPHIC else 1.0,
    )
    if inputs.zdepth is not None:
        return defocus_by_depth(background, inputs.zdepth, lens, focus=options.focus)
    return defocus(background, lens)


def carried_shadow(inputs: CompInputs, ratio: Tensor | None, options: CompOptions) -> Tensor:
    """The factor on the new background, (1, 3, H, W), of a known shadow; 1 where there is none."""
    if ratio is None or options.shadow == 0:
        return torch.ones_like(inputs.background)
    return carry_shadow(
        ratio, inputs.alpha, strength=options.shadow, softness=options.shadow_softness
    )


def known_shadow(inputs: CompInputs) -> Tensor | None:
    """The shadow on the old background: the solve's, else from the plates; None without either."""
    if inputs.shadow is not None or inputs.plate is None or inputs.clean_plate is None:
        return inputs.shadow
    return shadow_from_plates(inputs.plate, inputs.clean_plate, inputs.alpha)
