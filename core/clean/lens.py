"""One term of radial lens distortion, and pictures moved through it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.plate.registration import Matrix

Points = NDArray[np.float64]
_ROUNDS = 8  # of the fixed point that inverts the polynomial


@dataclass(frozen=True)
class Lens:
    """straight = centre + (bent - centre) (1 + k r^2), r in half diagonals of the picture.

    Attributes:
        k: of the term; negative straightens a pincushion, positive a barrel; 0 is no distortion.
        width: of the pictures, in pixels.
        height: of the pictures.

    Source: Brown 1966, first radial term (docs/references.md#brown1966).
    """

    k: float
    width: int
    height: int

    def straight(self, points: Points) -> Points:
        """(N, 2) positions x, y of the picture to where a lens without distortion has them."""
        offset, radius = self._offset(points)
        return self._centre + offset * (1 + self.k * radius)

    def bent(self, points: Points) -> Points:
        """The inverse of straight."""
        goal, _ = self._offset(points)
        offset = goal
        for _ in range(_ROUNDS):
            radius = (offset**2).sum(-1, keepdims=True) / self._unit
            offset = goal / (1 + self.k * radius)
        return self._centre + offset

    def warp(
        self, picture: Tensor, matrix: Matrix, height: int, width: int
    ) -> tuple[Tensor, Tensor]:
        """Moves a picture into another view through the lens.

        Args:
            picture: (1, C, h, w).
            matrix: homography from straight positions of the picture to those of the view.
            height: of the view.
            width: of the view.

        Returns:
            (1, C, height, width), and (1, 1, height, width) that is 1 where the picture reaches.
        """
        rows, columns = np.indices((height, width), np.float64)
        view = np.stack([columns.ravel(), rows.ravel()], axis=-1)
        source = self.straight(view) if self.k else view
        back = np.linalg.inv(matrix)
        depth = source @ back[2, :2] + back[2, 2]
        inside = depth > 1e-6 * abs(back[2, 2])
        source = (source @ back[:2, :2].T + back[:2, 2]) / np.where(inside, depth, 1)[:, None]
        source = self.bent(source) if self.k else source
        x, y = source.astype(np.float32).T.reshape(2, height, width)
        pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).cpu().numpy())
        moved = cv2.remap(pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        last = picture.shape[-1] - 1, picture.shape[-2] - 1
        inside &= ((source >= 0) & (source <= last)).all(-1)
        known = torch.from_numpy(inside.reshape(1, 1, height, width)).to(picture.dtype)
        moved = moved.reshape(height, width, -1)
        return torch.from_numpy(moved).permute(2, 0, 1)[None].contiguous(), known

    @property
    def _centre(self) -> Points:
        return np.array([(self.width - 1) / 2, (self.height - 1) / 2])

    @property
    def _unit(self) -> float:
        return (self.width**2 + self.height**2) / 4

    def _offset(self, points: Points) -> tuple[Points, Points]:
        offset = points - self._centre
        return offset, (offset**2).sum(-1, keepdims=True) / self._unit
