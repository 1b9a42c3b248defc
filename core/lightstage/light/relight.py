"""A captured subject under the light of a panorama: light adds up, so its passes do."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from platekey.core.errors import ShapeError

from .environment import light_colours
from .virtual_camera import VirtualCamera, crop_panorama


@dataclass(frozen=True)
class Relit:
    """A subject before a background of the same light, (B, C, H, W), scene-linear.

    Attributes:
        premultiplied: foreground times alpha, unbounded.
        alpha: as it was captured, [0, 1].
        background: what the camera sees of the panorama.
    """

    premultiplied: Tensor
    alpha: Tensor
    background: Tensor

    @property
    def plate(self) -> Tensor:
        """The composite: fg + (1 - alpha) · background."""
        return self.premultiplied + (1 - self.alpha) * self.background


def relight(passes: Tensor, lights: Tensor) -> Tensor:
    """The subject under N lamps of these colours, from pictures under one lamp at a time.

    Args:
        passes: (B, N, 3, H, W) premultiplied, scene-linear, unbounded, each under one white lamp
            of radiance 1, as capture.py renders them; (1, N, 3, H, W) serves all of `lights`.
        lights: (B, N, 3) radiance, as from light_colours.

    Returns:
        (B, 3, H, W) premultiplied.

    Raises:
        ShapeError: another number of lamps, or of pictures.
    """
    fits = passes.ndim == 5 and lights.ndim == 3 and passes.shape[1:3] == lights.shape[1:]
    if not fits or passes.shape[0] not in (1, lights.shape[0]):
        raise ShapeError(
            f"passes are {tuple(passes.shape)}, lights {tuple(lights.shape)}; they must be "
            "(B, N, 3, H, W) and (B, N, 3)."
        )
    if passes.shape[0] == 1:
        return torch.einsum("nchw,bnc->bchw", passes[0], lights.to(passes))
    return torch.einsum("bnchw,bnc->bchw", passes, lights.to(passes))


def relight_in_panorama(
    passes: Tensor,
    alpha: Tensor,
    panorama: Tensor,
    *,
    lamps: Tensor,
    camera: VirtualCamera,
    rotation: float | Tensor = 0.0,
    exposure: float | Tensor = 0.0,
) -> Relit:
    """Lights the subject by the panorama that it is put before.

    Args:
        passes: see relight.
        alpha: (B, 1, H, W), or one for all.
        panorama: (B, 3, H, 2H) radiance, scene-linear.
        lamps: (N, 3) unit vectors to the lamps in the camera's frame (x right, y up, z towards
            the camera), as captures store them.
        camera: of the capture's field of view and size, looking anywhere.
        rotation: of the panorama in degrees, one or (B,): another background, and its light.
        exposure: stops of both, one or (B,).

    Raises:
        ShapeError: shapes that do not fit.
    """
    size = (camera.height, camera.width)
    if passes.shape[-2:] != size or alpha.shape[-2:] != size:
        raise ShapeError(
            f"passes are {tuple(passes.shape)}, alpha {tuple(alpha.shape)}, but the camera's "
            f"picture is {size}; all must have one size."
        )
    in_world = lamps.to(panorama) @ camera.axes(device=panorama.device).to(panorama)
    lights = light_colours(panorama, in_world, rotation=rotation, exposure=exposure)
    background = crop_panorama(panorama, camera, rotation=rotation, exposure=exposure)
    premultiplied = relight(passes, lights)
    return Relit(premultiplied, alpha.expand(len(premultiplied), -1, -1, -1), background)
