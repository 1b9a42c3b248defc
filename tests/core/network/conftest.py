"""A network so small that it trains and solves in a blink, and cues of any size."""

import pytest
import torch

from platekey.core.network.cues import make_cues
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.plate.noise import NoiseModel

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


def outspoken(network):
    """The network, whose answers, which are nothing in a new one, are random."""
    with torch.no_grad():
        for layer in (network.coarse.answer, network.refine.answer):
            layer.reset_parameters()
    return network


@pytest.fixture
def tiny():
    torch.manual_seed(0)
    return outspoken(MattingNetwork(TINY).eval())


@pytest.fixture
def wide():
    """Of the usual widths, less deep, in training."""
    torch.manual_seed(1)
    return outspoken(MattingNetwork(NetworkOptions(depth=1)).train())


@pytest.fixture
def cues_of_size():
    def make(height, width, *, batch=1, scale=1.0, **more):
        generator = torch.Generator().manual_seed(1)
        plate, clean_plate = scale * torch.rand((2, batch, 3, height, width), generator=generator)
        noise = torch.full((1, 3, 1, 1), 1e-4)
        return make_cues(plate, clean_plate, NoiseModel(noise * scale, noise * scale**2), **more)

    return make
