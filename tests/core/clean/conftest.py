"""Footage in memory with a known truth."""

from types import SimpleNamespace

import pytest
import torch

from platekey.core.clean.footage import Footage, Seen

HEIGHT, WIDTH = 96, 160


def noise_of(light):
    """Deviation of a camera's noise."""
    return (6e-5 * light.clamp_min(0) + 1e-6).sqrt()


def grainy(picture, seed):
    generator = torch.Generator().manual_seed(seed)
    return picture + noise_of(picture) * torch.randn(picture.shape, generator=generator)


def textured(height=HEIGHT, width=WIDTH, seed=3):
    """A background with detail at every scale, and a lamp far above 1; (1, 3, H, W)."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(1, 3, height, width)
    for cell in (4, 10, 32):
        rough = torch.rand(1, 3, height // cell + 2, width // cell + 2, generator=generator)
        total += torch.nn.functional.interpolate(rough, size=(height, width), mode="bicubic")
    picture = (total / 3).clamp_min(0.05) ** 2
    picture[..., : height // 8, : width // 8] = 30.0
    return picture


def footage_of(pictures, visible=None):
    shown = torch.ones_like(pictures[0][:, :1])
    return Footage(
        tuple(range(1, len(pictures) + 1)),
        lambda number: Seen(
            pictures[number - 1], shown if visible is None else visible[number - 1]
        ),
    )


@pytest.fixture(scope="session")
def made():
    """The functions above: test modules cannot import a conftest."""
    return SimpleNamespace(
        footage_of=footage_of, grainy=grainy, noise_of=noise_of, textured=textured
    )


@pytest.fixture(scope="session")
def background():
    return textured()


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.inference_mode():
        yield
