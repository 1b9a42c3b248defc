"""A camera inside a panorama: the background that belongs to the panorama's light."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.filters import reduce

from .environment import check_panorama, locate, rotate

_MOST_SAMPLES = 4  # along each side of a pixel, where the panorama is the finer picture


@dataclass(frozen=True)
class VirtualCamera:
    """A pinhole in the middle of the panorama; square pixels.

    Attributes:
        yaw: degrees counter-clockwise from +X, seen from above: 0 looks along +X, 90 along +Y.
        pitch: degrees above the horizon, -90 to 90.
        field_of_view: degrees across the picture's width, above 0, below 180.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        roll: degrees by which the camera is turned counter-clockwise, seen from behind it: the
            picture turns clockwise.
    """

    yaw: float
    pitch: float
    field_of_view: float
    height: int
    width: int
    roll: float = 0.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not 0 < self.field_of_view < 180 or not -90 <= self.pitch <= 90:
            raise OptionError(
                f"the camera has field of view {self.field_of_view:g} and pitch {self.pitch:g}; "
                "they must be between 0 and 180, and from -90 to 90 degrees."
            )
        if min(self.height, self.width) < 1:
            raise OptionError(f"the picture is {self.width}x{self.height}; it needs pixels.")

    def rays(self, samples: int = 1, *, device: torch.device | None = None) -> Tensor:
        """World directions of the pixels, (samples · height, samples · width, 3), not unit."""
        height, width = samples * self.height, samples * self.width
        half = math.tan(math.radians(self.field_of_view) / 2)
        x = ((torch.arange(width, device=device) + 0.5) / width * 2 - 1) * half
        y = ((torch.arange(height, device=device) + 0.5) / height * 2 - 1) * half * height / width
        axes = self.axes(device=device)
        return x[None, :, None] * axes[0] - y[:, None, None] * axes[1] - axes[2]

    def axes(self, *, device: torch.device | None = None) -> Tensor:
        """Right, up and backwards (from the scene to the camera) in the world, (3, 3) in rows.

        These are the x, y and z of Blender's cameras: `directions @ axes` takes directions from
        the camera's frame to the world.
        """
        yaw, pitch, roll = (math.radians(angle) for angle in (self.yaw, self.pitch, self.roll))
        level = torch.tensor([math.sin(yaw), -math.cos(yaw), 0.0], dtype=torch.float64)
        steep = torch.tensor(
            [
                -math.sin(pitch) * math.cos(yaw),
                -math.sin(pitch) * math.sin(yaw),
                math.cos(pitch),
            ],
            dtype=torch.float64,
        )
        right = math.cos(roll) * level + math.sin(roll) * steep
        up = math.cos(roll) * steep - math.sin(roll) * level
        axes = torch.stack([right, up, torch.linalg.cross(right, up)])
        return axes.to(device, torch.float32)


def crop_panorama(
    panorama: Tensor,
    camera: VirtualCamera,
    *,
    rotation: float | Tensor = 0.0,
    exposure: float | Tensor = 0.0,
) -> Tensor:
    """What the camera sees, bilinear; averaged where the panorama has the smaller pixels.

    Args:
        panorama: (B, 3, H, 2H) radiance, scene-linear; see environment.py.
        camera: one for the batch.
        rotation: of the panorama in degrees, one or (B,); as for light_colours.
        exposure: stops that are added, one or (B,).

    Returns:
        (B, 3, height, width) radiance.

    Raises:
        ShapeError: the panorama is not (B, 3, H, 2H).
    """
    check_panorama(panorama)
    batch, _, height, width = panorama.shape
    step = 2 * math.tan(math.radians(camera.field_of_view) / 2) / camera.width
    samples = min(_MOST_SAMPLES, max(1, math.ceil(step / (2 * math.pi / width) - 0.01)))
    rays = camera.rays(samples, device=panorama.device).to(panorama.dtype)
    degrees = torch.as_tensor(rotation, dtype=panorama.dtype).to(panorama.device)
    column, row = locate(rotate(rays.expand(batch, *rays.shape), -degrees.reshape(-1, 1, 1)))
    # grid_sample's -1 and 1 are the outer edges of the padded picture
    across = (column * width + 1) / (width + 2) * 2 - 1
    along = (row * height + 1) / (height + 2) * 2 - 1
    seen = nnf.grid_sample(
        _closed(panorama), torch.stack([across, along], dim=-1), align_corners=False
    )
    stops = torch.as_tensor(exposure, dtype=panorama.dtype).to(panorama.device)
    return reduce(seen, samples) * torch.exp2(stops).reshape(-1, 1, 1, 1)


def _closed(panorama: Tensor) -> Tensor:
    """One more pixel on each side, as the sphere continues: round the seam, and over the poles."""
    half = panorama.shape[-1] // 2
    top, bottom = (row.roll(half, -1) for row in (panorama[..., :1, :], panorama[..., -1:, :]))
    tall = torch.cat([top, panorama, bottom], dim=-2)
    return torch.cat([tall[..., -1:], tall, tall[..., :1]], dim=-1)
