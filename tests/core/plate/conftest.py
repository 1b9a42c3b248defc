"""A wall with detail at every scale, and the cameras that look at it."""

import numpy as np
import pytest
import torch

from platekey.core.filters import gaussian_blur


def wall(height, width, seed=3):
    """(1, 3, H, W) scene-linear, 0.03 to about 1, textured, coloured."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(1, 3, height, width)
    for sigma, strength in ((1.0, 0.5), (3.0, 1.0), (9.0, 1.5)):
        grain = gaussian_blur(torch.randn(1, 3, height, width, generator=generator), sigma)
        total += strength * grain / grain.std()
    return 0.18 * torch.exp2(0.6 * total).clamp(0.2, 5.0)


@pytest.fixture(scope="session")
def make_wall():
    return wall


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(11)


@pytest.fixture(scope="session")
def with_subject():
    """Puts an even disc over a plate; returns the plate and its alpha."""

    def put(plate, colour=(0.6, 0.12, 0.05), share=0.15):
        height, width = plate.shape[-2:]
        y, x = np.mgrid[:height, :width]
        radius = np.sqrt(share * height * width / np.pi)
        distance = np.hypot(y - height / 2, x - width / 2)
        alpha = torch.from_numpy(np.clip(radius - distance + 0.5, 0, 1)).float()[None, None]
        subject = torch.tensor(colour).view(1, 3, 1, 1)
        return alpha * subject + (1 - alpha) * plate, alpha

    return put
