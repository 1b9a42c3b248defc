import pytest
import torch

from platekey.core.lightstage.training.backgrounds import Backgrounds, Source
from platekey.core.train import data
from platekey.core.train.captures import Joined, split_backgrounds, split_captures
from platekey.core.train.data import batch_cues, stage_samples, training_batches
from platekey.core.train.options import Stage


class Named:
    """Captures that are only counted."""

    def __init__(self, names):
        self.names = names

    def __len__(self):
        return len(self.names)

    def frames(self, index):
        return len(self.names[index])

    def side(self, index):
        return 10 * len(self.names[index])

    def load(self, index, *, frames=None):
        return self.names[index]


def loaded(captures):
    return [captures.load(index) for index in range(len(captures))]


def test_captures_are_trained_on_or_held_back():
    names = [f"capture {index}" for index in range(40)]
    kept, held_back = split_captures(Joined([Named(names[:7]), Named(names[7:])]))
    assert sorted(loaded(kept) + loaded(held_back)) == sorted(names)
    assert loaded(held_back) == [names[0], names[16], names[32]]
    assert kept.side(0) == 90
    assert kept.frames(0) == 9


def test_a_single_capture_is_trained_on():
    kept, held_back = split_captures(Named(["one"]))
    assert (len(kept), len(held_back)) == (1, 0)


def test_backgrounds_are_trained_on_or_held_back(tmp_path):
    files = [(Source.PHOTOGRAPH, tmp_path / str(index)) for index in range(20)]
    kept, held_back = split_backgrounds(files)
    assert held_back == [files[0], files[16]]
    assert sorted(kept + held_back) == sorted(files)
    assert split_backgrounds(files[:1]) == (files[:1], [])


def first_batches(options, count, **place):
    kinds = stage_samples([], Backgrounds(), options, seed=0)
    place = {"first": 0, "rank": 0, "ranks": 1, **place}
    with training_batches(kinds, options, **place) as batches:
        return [next(batches) for _ in range(count)]


def test_batches_do_not_depend_on_workers_or_on_where_one_starts(make_options):
    here = first_batches(make_options(conditioned=1.0), 3)
    elsewhere = first_batches(make_options(conditioned=1.0, workers=2), 3)
    later = first_batches(make_options(conditioned=1.0), 1, first=2)
    for one, other in zip(here, elsewhere, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(here[2]["plate"], later[0]["plate"])


def test_processes_see_different_samples(make_options):
    plates = [first_batches(make_options(), 1, rank=rank, ranks=2)[0]["plate"] for rank in (0, 1)]
    assert not torch.equal(*plates)


def test_each_stage_sees_its_kinds_of_samples(make_options):
    counts = {
        stage: len(stage_samples([], Backgrounds(), make_options(stage=stage), seed=0))
        for stage in Stage
    }
    assert counts == {Stage.COARSE: 2, Stage.REFINE: 1, Stage.JOINT: 2}


def test_samples_are_what_the_network_takes(make_options):
    cues = batch_cues(first_batches(make_options(), 1)[0])
    assert cues.exposure.shape == cues.hint_present.shape == (2, 1, 1, 1)
    assert cues.noise_read.shape == (2, 3, 1, 1)
    assert (cues.noise_read > 0).all()
    assert all(bool(torch.isfinite(each).all()) for each in cues)


def test_a_misfit_is_a_prior_with_much_error_or_one_that_takes_glass_for_solid():
    truth = torch.ones(1, 10, 10)
    prior = torch.zeros(8, 10, 10)
    prior[:1] = truth
    assert data._misfit({"alpha": truth, "prior": prior}) == 0
    prior[0, 0, :5] = 0.4  # hair may be wrong
    assert data._misfit({"alpha": truth, "prior": prior}) == pytest.approx(0.03 / 0.03)
    glass = truth.clone()
    glass[:, 5:7] = 0.85
    assert data._misfit({"alpha": glass, "prior": prior}) == pytest.approx(0.2 / 0.01)
