"""Light for a subject where no panorama tells it: guessed from the picture behind it, or drawn.

All panoramas here are small and stand as the camera does: it looks at their middle (+X), a quarter
from their left edge is to its left (+Y), up is +Z. That is VirtualCamera with yaw and pitch 0.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.filters import reduce
from platekey.core.lightstage.light.environment import (
    light_colours,
    pixel_directions,
    solid_angles,
)
from platekey.core.lightstage.light.virtual_camera import VirtualCamera

from .stored import Plane

_HEIGHT = 32  # of a guessed panorama: lamps are many times further apart than its pixels
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LEVEL = VirtualCamera(yaw=0.0, pitch=0.0, field_of_view=90.0, height=1, width=1)


def luminance(colour: Plane) -> Plane:
    """Of (..., 3) scene-linear Rec.709."""
    return np.asarray(colour @ _LUMINANCE, np.float32)


def panorama_behind(picture: Plane) -> Tensor:
    """A panorama in which a picture fills the half that the camera sees; its mirror is the rest.

    Args:
        picture: (H, W, 3) scene-linear.

    Returns:
        (1, 3, 32, 64).
    """
    small = np.asarray(cv2.resize(picture, (_HEIGHT, _HEIGHT), interpolation=cv2.INTER_AREA))
    whole = np.pad(small, ((0, 0), (_HEIGHT // 2, _HEIGHT // 2), (0, 0)), mode="symmetric")
    planar = np.ascontiguousarray(whole.transpose(2, 0, 1), np.float32)
    return torch.from_numpy(planar)[None]


def small_panorama(panorama: Tensor) -> Tensor:
    """A panorama with few pixels and all of the light, (1, 3, h, 2h), where its size allows it."""
    height, width = panorama.shape[-2:]
    factor = max(1, height // _HEIGHT)
    if height % factor:
        return panorama
    flux = reduce(panorama * solid_angles(height, width), factor) * factor**2
    return flux / solid_angles(height // factor, width // factor)


def random_lights(random: np.random.Generator) -> Tensor:
    """A panorama of one to three lamps in a dim surrounding, (1, 3, 32, 64), of mean luminance 1.

    Keys and rims of any direction but from below, from a bare bulb to a softbox, warm or cold.
    """
    directions = pixel_directions(_HEIGHT, 2 * _HEIGHT).numpy()
    light = np.full((*directions.shape[:2], 3), 0.2, np.float32) * _tint(random, 0.1)
    for _ in range(int(random.integers(1, 4))):
        azimuth, up = random.uniform(-math.pi, math.pi), random.uniform(-0.2, 0.95)
        across = math.sqrt(1 - up * up)
        towards = np.array([across * math.cos(azimuth), across * math.sin(azimuth), up])
        sharpness = math.exp(random.uniform(math.log(2), math.log(120)))
        lobe = np.exp(sharpness * (directions @ towards - 1)) * sharpness
        light += random.uniform(0.2, 1.5) * lobe[..., None] * _tint(random, 0.35)
    planar = torch.from_numpy(np.ascontiguousarray(light.transpose(2, 0, 1), np.float32))[None]
    return planar / mean_luminance(planar)


def mean_luminance(panorama: Tensor) -> float:
    """Over the sphere, of (1, 3, H, 2H)."""
    weights = torch.from_numpy(_LUMINANCE).view(1, 3, 1, 1)
    flux = panorama * weights * solid_angles(*panorama.shape[-2:])
    return max(float(flux.sum()) / (4 * math.pi), 1e-8)


def lamp_lights(
    panorama: Tensor, directions: Plane, camera: VirtualCamera = _LEVEL, *, rotation: float = 0.0
) -> Plane:
    """The light that each lamp of a capture gives, (L, 3), when its camera stands so.

    Args:
        panorama: (1, 3, H, 2H).
        directions: (L, 3), in the camera's frame; see StoredCapture.
        camera: where it looks.
        rotation: see light_colours.
    """
    in_world = torch.from_numpy(np.ascontiguousarray(directions, np.float32)) @ camera.axes()
    return light_colours(panorama, in_world, rotation=rotation)[0].numpy()


def _tint(random: np.random.Generator, stops: float) -> Plane:
    """White, warmer or colder by up to so many stops of red against blue."""
    lean = random.uniform(-stops, stops)
    return np.array([2 ** (lean / 2), 1.0, 2 ** (-lean / 2)], np.float32)
