"""A tiny network, a batch that is no trouble to make, and a training folder."""

import pytest
import torch

from platekey.core.network.coarse import no_prior
from platekey.core.network.cues import encoded
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.train.loop import Material
from platekey.core.train.options import Precision, Stage, TrainOptions

TINY = NetworkOptions(
    stem=8,
    quarter=8,
    eighth=8,
    sixteenth=16,
    depth=1,
    decoder=(8, 8, 8, 8),
    hidden=4,
    refine_half=8,
    refine_full=8,
    refine_blocks=1,
)


@pytest.fixture
def make_tiny():
    def make(seed=0):
        torch.manual_seed(seed)
        return MattingNetwork(TINY)

    return make


@pytest.fixture
def batch():
    """Two discs of a strong colour before noise, as a DataLoader would give them."""
    generator = torch.Generator().manual_seed(3)
    size, count = 32, 2
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    radius = torch.stack([(y - 14.0).hypot(x - 18.0), (y - 18.0).hypot(x - 12.0)])[:, None]
    alpha = ((9 - radius) / 4).clamp(0, 1)
    background = 0.1 + 0.2 * torch.rand((count, 3, size, size), generator=generator)
    foreground = torch.tensor([0.9, 0.5, 0.05]).view(1, 3, 1, 1).expand(background.shape).clone()
    plate = foreground * alpha + background * (1 - alpha)
    each = torch.full((count, 3, 1, 1), 1e-5)
    return {
        "plate": plate,
        "clean_plate": background,
        "known": torch.ones_like(alpha),
        "noise_gain": each,
        "noise_read": each,
        "hint": torch.zeros_like(alpha),
        "hint_present": torch.zeros(count, 1),
        "previous": plate,
        "next": plate,
        "has_neighbours": torch.zeros(count, 1),
        "alpha": alpha,
        "foreground": foreground,
        "background": background,
        "has_prior": torch.tensor([[1.0], [0.0]]),
        "prior": no_prior(encoded(plate, torch.ones(count, 1, 1, 1))),
    }


@pytest.fixture
def make_options():
    def make(**more):
        usual = {"steps": 4, "batch": 2, "size": 32, "workers": 0, "validation": 2, "warm_up": 2}
        usual |= {"precision": Precision.FP32, "stage": Stage.COARSE, "conditioned": 0.0}
        return TrainOptions(**{**usual, **more})

    return make


@pytest.fixture
def drawn():
    """No captures and no backgrounds: all is drawn."""
    return Material(captures=[])
