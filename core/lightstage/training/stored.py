"""One capture as training keeps it: the subject under white light, and each lamp's share of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import ShapeError, UnreadableFile

Plane = NDArray[np.float32]

SCALE = 4  # pixels of the picture along a side of a pixel of shares, depth and motion
LARGEST_SIDE = 8192  # pixels
MOST_FRAMES = 64
MOST_LAMPS = 256


@dataclass(frozen=True, eq=False)
class StoredCapture:
    """A subject, still (F = 1) or as a short clip, in linear light, lit by L lamps.

    h and w are H and W over the scale (facts["scale"], else SCALE), rounded up: pixel i there is
    the mean of pixels scale · i to scale · (i + 1) - 1.

    Attributes:
        name: of the capture, unique within a set.
        facts: JSON: layout, seed, settings, what is known of subject and camera, software.
        foreground: (F, H, W, 3) straight (unpremultiplied), scene-linear Rec.709, under all lamps
            together, which is a white sky of radiance 1; smooth beyond alpha.
        alpha: (F, H, W) in [0, 1].
        shares: (F, L, h, w) each lamp's part of that light; over L they add up to 1.
        directions: (L, 3) unit vectors to the lamps: x right, y up, z towards the camera.
        depth: (F, h, w) metres from the camera, infinite where nothing is.
        motion: (F, h, w, 2) pixels of full size, right and down, from here to where it was in the
            frame before; 0 where unknown.
    """

    name: str
    facts: dict[str, Any]
    foreground: Plane
    alpha: Plane
    shares: Plane
    directions: Plane
    depth: Plane
    motion: Plane

    def __post_init__(self) -> None:
        """Checks that the arrays fit each other.

        Raises:
            ShapeError: they do not.
        """
        frames, height, width = self.alpha.shape if self.alpha.ndim == 3 else (0, 0, 0)
        lamps = len(self.directions)
        small = small_size(height, width, self.scale)
        wanted = {
            "foreground": (frames, height, width, 3),
            "shares": (frames, lamps, *small),
            "directions": (lamps, 3),
            "depth": (frames, *small),
            "motion": (frames, *small, 2),
        }
        if not (0 < frames <= MOST_FRAMES and 0 < lamps <= MOST_LAMPS) or not (
            0 < height <= LARGEST_SIDE and 0 < width <= LARGEST_SIDE
        ):
            raise ShapeError(
                f"capture {self.name}: alpha is {self.alpha.shape} with {lamps} lamps; there must "
                f"be 1 to {MOST_FRAMES} frames, 1 to {MOST_LAMPS} lamps, and sides of 1 to "
                f"{LARGEST_SIDE} pixels."
            )
        for name, shape in wanted.items():
            have = getattr(self, name).shape
            if have != shape:
                raise ShapeError(
                    f"capture {self.name}: {name} is {have}, but with this alpha and these lamps "
                    f"it must be {shape}."
                )

    @property
    def frames(self) -> int:
        """1 for a still."""
        return len(self.alpha)

    @property
    def scale(self) -> int:
        """See SCALE."""
        return scale_of(self.facts)

    @property
    def subject(self) -> str:
        """The kind of subject, as the renderer calls it; "" where that is not known."""
        return subject_of(self.facts)

    @property
    def samples(self) -> int:
        """Of the renderer, a pixel; 0 where that is not known."""
        settings = self.facts.get("settings")
        samples = settings.get("samples", 0) if isinstance(settings, dict) else 0
        return max(0, samples) if isinstance(samples, int) else 0


def scale_of(facts: dict[str, Any]) -> int:
    """The scale that facts tell.

    Raises:
        UnreadableFile: they tell none that can be.
    """
    scale = facts.get("scale", SCALE)
    if not isinstance(scale, int) or not 1 <= scale <= 64:
        raise UnreadableFile(
            f"a capture's scale is {scale!r}, which must be a whole number from 1 to 64; "
            "pack it again."
        )
    return scale


def subject_of(facts: dict[str, Any]) -> str:
    """See StoredCapture.subject."""
    settings = facts.get("settings")
    subject = settings.get("subject", "") if isinstance(settings, dict) else ""
    return subject if isinstance(subject, str) else ""


def small_size(height: int, width: int, scale: int) -> tuple[int, int]:
    """Height and width of shares, depth and motion."""
    return -(-height // scale), -(-width // scale)


def shade(shares: Plane, lights: Plane) -> Plane:
    """What to multiply the white-lit foreground with, to have it lit by these lamps.

    Args:
        shares: (..., L, h, w), see StoredCapture.
        lights: (L, 3) radiance of each lamp's part of the sphere, as from light_colours.

    Returns:
        (..., 3, h, w).
    """
    pixels = shares.reshape(*shares.shape[:-2], -1)
    shaded = lights.T.astype(np.float32) @ pixels
    return np.asarray(shaded.reshape(*shares.shape[:-3], 3, *shares.shape[-2:]), np.float32)
