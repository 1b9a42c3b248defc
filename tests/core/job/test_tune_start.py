import pytest
import torch

from platekey.core.errors import MissingFrame
from platekey.core.job import tune_start
from platekey.core.job.tune_start import NEW, start_of
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, digest_of, save_weights

SMALL = NetworkOptions(8, 8, 8, 16, 1, (8, 8, 8, 8), 4, 8, 8, 1)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "hair.safetensors"
    save_weights(path, MattingNetwork(SMALL), Lineage(parent="base.safetensors"))
    return path


def test_named_weights_are_the_start(weights):
    start = start_of(str(weights), 0)
    assert (start.name, start.parent) == ("hair.safetensors", "base.safetensors")
    assert start.digest == digest_of(weights)
    assert start.network.options == SMALL


def test_without_a_name_it_is_what_ships(weights, monkeypatch):
    monkeypatch.setattr(tune_start, "SHIPPED", weights)
    assert start_of(" ", 0).digest == digest_of(weights)


def test_if_nothing_ships_it_is_a_new_network_that_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tune_start, "SHIPPED", tmp_path / "none.safetensors")
    state = torch.random.get_rng_state()
    start, same, other = start_of("", 3), start_of("", 3), start_of("", 4)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert start.name == NEW
    assert start.digest == same.digest != other.digest
    assert not start.network.training
    assert not start.network.refine.answer.weight.any()
    for one, two in zip(start.network.parameters(), same.network.parameters(), strict=True):
        assert torch.equal(one, two)


def test_named_weights_that_are_not_there_are_said(tmp_path):
    with pytest.raises(MissingFrame, match="gone"):
        start_of(str(tmp_path / "gone.safetensors"), 0)
