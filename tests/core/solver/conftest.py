"""Synthetic shots with exact truth: a textured wall, a disc with soft fringe and thin strands."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.noise import NoiseModel


@dataclass
class Shot:
    """Truth of a synthetic shot, (1, C, H, W)."""

    plate: torch.Tensor
    clean: torch.Tensor
    alpha: torch.Tensor
    foreground: torch.Tensor

    def conditioned(self, deviation=0.002, misalignment=0.0, valid=None):
        shape = (1, 3, 1, 1)
        noise = NoiseModel(torch.zeros(shape), torch.full(shape, deviation**2))
        known = torch.ones_like(self.alpha) if valid is None else valid
        return ConditionedPlate(self.clean, known, noise, noise, misalignment, {})


def build_shot(
    height=120, width=160, colour=(0.5, 0.1, 0.04), seed=5, deviation=0.002, gain=1.0, strands=True
):
    generator = torch.Generator().manual_seed(seed)

    def grain(sigma):
        field = gaussian_blur(torch.randn(1, 3, height, width, generator=generator), sigma)
        return field / field.std().clamp_min(1e-6)

    clean = gain * 0.18 * torch.exp2(0.4 * grain(1.5) + 0.5 * grain(6.0)).clamp(0.3, 4)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    distance = np.hypot(y - height * 0.55, x - width * 0.5)
    radius = 0.3 * min(height, width)
    alpha = np.clip((radius - distance) / 3 + 0.5, 0, 1)
    if strands:
        for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
            along = (x - width * 0.5) * np.cos(angle) + (y - height * 0.55) * np.sin(angle)
            across = -(x - width * 0.5) * np.sin(angle) + (y - height * 0.55) * np.cos(angle)
            strand = np.clip(1.2 - np.abs(across), 0, 1) * (along > 0) * (along < radius * 1.35)
            alpha = np.maximum(alpha, 0.8 * strand)
    matte = torch.from_numpy(alpha).float()[None, None]
    shade = torch.from_numpy(0.8 + 0.4 * x / width).float()[None, None]
    foreground = gain * torch.tensor(colour).view(1, 3, 1, 1) * shade
    plate = matte * foreground + (1 - matte) * clean
    noise = [deviation * torch.randn(plate.shape, generator=generator) for _ in range(2)]
    return Shot(plate + noise[0], clean + noise[1], matte, foreground.expand_as(plate))


@pytest.fixture(scope="session")
def make_shot():
    return build_shot
