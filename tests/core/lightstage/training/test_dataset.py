from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import DataLoader

from platekey.core.lightstage.training import dataset
from platekey.core.lightstage.training.backgrounds import Backgrounds
from platekey.core.lightstage.training.dataset import LayerDataset, SampleDataset
from platekey.core.lightstage.training.pack import Pieces, write_pieces
from platekey.core.lightstage.training.sample_options import SampleOptions

OPTIONS = SampleOptions(size=16)


@pytest.fixture
def pieces(make_ball, tmp_path):
    write_pieces([make_ball(f"{n}", size=24) for n in range(3)], tmp_path)
    return Pieces(tmp_path)


def test_two_workers_make_every_sample_once(pieces, monkeypatch):
    samples = LayerDataset(pieces, Backgrounds(), OPTIONS, range(10, 17))
    made = []
    for worker in range(2):
        info = SimpleNamespace(id=worker, num_workers=2)
        monkeypatch.setattr(dataset, "get_worker_info", lambda info=info: info)
        made.append([int(layers["number"]) for layers in samples])
    assert made == [[10, 12, 14, 16], [11, 13, 15]]


@pytest.mark.slow
def test_samples_of_two_workers_are_those_of_one_and_none_comes_twice(pieces):
    samples = SampleDataset(pieces, Backgrounds(), OPTIONS, range(7))
    alone = {int(sample["number"]): sample for sample in samples}
    # not forked: this process has threads of its own, which forking may not survive
    loader = DataLoader(
        samples, batch_size=None, num_workers=2, multiprocessing_context="forkserver"
    )
    together = list(loader)
    assert sorted(int(sample["number"]) for sample in together) == list(range(7))
    for sample in together:
        same = alone[int(sample["number"])]
        assert all(torch.equal(sample[name], same[name]) for name in same)


def test_a_stream_goes_on_where_it_was_left(pieces):
    whole = list(SampleDataset(pieces, Backgrounds(), OPTIONS, range(6)))
    rest = list(SampleDataset(pieces, Backgrounds(), OPTIONS, range(4, 6)))
    assert len(SampleDataset(pieces, Backgrounds(), OPTIONS, range(4, 6))) == 2
    for one, other in zip(whole[4:], rest, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_another_epoch_is_other_samples(pieces):
    first, second = (
        list(SampleDataset(pieces, Backgrounds(), OPTIONS, range(start, start + 3)))
        for start in (0, 3)
    )
    for one in first:
        assert not any(torch.equal(one["plate"], other["plate"]) for other in second)


def test_samples_and_layers_can_be_batched(pieces):
    for kind, key, shape in (
        (SampleDataset, "plate", (3, 3, 16, 16)),
        (LayerDataset, "foreground", (3, 3, 3, 16, 16)),
    ):
        (batch,) = DataLoader(kind(pieces, Backgrounds(), OPTIONS, range(3)), batch_size=3)
        assert batch[key].shape == shape
