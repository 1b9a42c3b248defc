"""A checkpoint that is damaged, or made by a stranger, is refused in a sentence before any step."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from platekey.core.errors import WeightsError
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.tune.checkpoint import Saved, has_ended, load_tune, save_tune
from platekey.core.tune.options import TuneOptions
from platekey.core.tune.selection import Selection
from platekey.core.tune.session import TuneSession

TINY = NetworkOptions(
    stem=8, quarter=8, eighth=8, sixteenth=16, depth=1, decoder=(8, 8, 8, 8), hidden=4,
    refine_half=8, refine_full=8, refine_blocks=1,
)  # fmt: skip
SETTINGS = {"base": "0"}


@pytest.fixture(scope="module")
def session():
    torch.manual_seed(0)
    return TuneSession(MattingNetwork(TINY), TuneOptions(steps=4), torch.device("cpu"))


@pytest.fixture
def saved(session, tmp_path):
    """A whole checkpoint's folder."""
    best = {name: each.clone() for name, each in session.average.items()}
    return save_tune(tmp_path, session, Saved(SETTINGS, Selection().to_json(), best))


def test_what_was_saved_comes_back(session, saved):
    found = load_tune(saved.parent, session, SETTINGS)
    assert found.settings == SETTINGS
    assert Selection.from_json(found.selection) == Selection()
    assert set(found.best) == set(session.average)


@pytest.mark.parametrize(
    "change",
    [
        {"step": "x"},
        {"step": 1e999},
        {"seconds": 10**400},
        {"settings": 3},
        {"work": {"crop": None}},
        {"selection": {}},
        {"selection": {**Selection().to_json(), "history": 3}},
        {"selection": {**Selection().to_json(), "waited": "x"}},
        {"selection": {**Selection().to_json(), "start": [1]}},
    ],
)
def test_a_state_that_cannot_be_meant_is_refused(session, saved, change):
    state = saved / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), **change}))
    with pytest.raises(WeightsError, match="is damaged; remove it to go on from the one before"):
        load_tune(saved.parent, session, SETTINGS)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "{"])
def test_a_state_that_is_no_object_is_refused(session, saved, text):
    (saved / "state.json").write_text(text)
    with pytest.raises(WeightsError, match="is damaged"):
        load_tune(saved.parent, session, SETTINGS)
    assert not has_ended(saved.parent, SETTINGS, 4, 0.0)


@pytest.mark.parametrize("part", ["student", "average", "best"])
def test_tensors_of_another_network_are_refused(session, saved, part):
    path = saved / f"{part}.safetensors"
    tensors = load_file(path)
    name = next(name for name, each in tensors.items() if each.dim() == 4)
    tensors[name] = tensors[name][..., :1].contiguous()
    save_file(tensors, path)
    with pytest.raises(WeightsError, match="belongs to another network; remove it"):
        load_tune(saved.parent, session, SETTINGS)


def test_a_moment_of_another_shape_is_refused(session, saved):
    name = next(iter(dict(session.student.named_parameters())))
    for moment in ("first", "second"):
        save_file({name: torch.zeros(1)}, saved / f"{moment}.safetensors")
    with pytest.raises(WeightsError, match="belongs to another network; remove it"):
        load_tune(saved.parent, session, SETTINGS)


def test_nan_is_refused(session, saved):
    path = saved / "best.safetensors"
    tensors = load_file(path)
    next(each for each in tensors.values() if each.dim() == 4).fill_(float("nan"))
    save_file(tensors, path)
    with pytest.raises(WeightsError, match="best holds NaN or infinity; remove"):
        load_tune(saved.parent, session, SETTINGS)
