import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from platekey.core.errors import MissingFrame, OutputError, WeightsError
from platekey.core.network import weights
from platekey.core.network.options import ARCHITECTURE, ENCODING
from platekey.core.network.weights import Lineage, digest_of, load_weights, save_weights


@pytest.fixture
def saved(tiny, tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, tiny, Lineage({"steps": 3}, {"mad": 1.5}, "parent.safetensors"))
    return path


def test_what_was_saved_comes_back(tiny, saved, cues_of_size):
    network, lineage = load_weights(saved)
    assert lineage == Lineage({"steps": 3}, {"mad": 1.5}, "parent.safetensors")
    assert network.options == tiny.options
    cues = cues_of_size(16, 16)
    assert torch.equal(network(cues, 2).alpha, tiny(cues, 2).alpha)
    assert saved.stat().st_mode & 0o444


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFrame, match="nothing.safetensors"):
        load_weights(tmp_path / "nothing.safetensors")


def test_every_cut_is_refused(saved):
    data = saved.read_bytes()
    for length in (0, 4, 8, 100, len(data) // 2, len(data) - 1):
        saved.write_bytes(data[:length])
        with pytest.raises(WeightsError):
            load_weights(saved)


def test_noise_and_pickles_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    torch.save({"a": torch.ones(1)}, path)
    with pytest.raises(WeightsError):
        load_weights(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_file_without_an_end_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.safetensors")
    for path in (Path("/dev/zero"), tmp_path / "pipe.safetensors", tmp_path):
        for read in (load_weights, digest_of):
            with pytest.raises(WeightsError, match="is a folder or a device; name a"):
                read(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"architecture": "other"}, "architecture 'other'"),
        ({"encoding": "other"}, "encoding 'other'"),
        ({"options": "{"}, "header"),
        ({"options": '{"stem": 1e9}'}, "header"),
        ({"options": "[]"}, "header"),
        ({"options": '{"stem": 512, "sixteenth": 512}'}, "does not hold"),
    ],
)
def test_strange_headers_are_refused(tiny, tmp_path, change, said):
    path = tmp_path / "w.safetensors"
    header = {"architecture": ARCHITECTURE, "encoding": ENCODING, "parent": ""}
    header |= {"options": json.dumps(tiny.options.to_json()), "recipe": "{}", "scores": "{}"}
    save_file(tiny.state_dict(), str(path), metadata={**header, **change})
    with pytest.raises(WeightsError, match=said):
        load_weights(path)


def test_nan_is_refused(tiny, tmp_path):
    tiny.coarse.answer.bias.data[0] = float("nan")
    path = tmp_path / "w.safetensors"
    save_weights(path, tiny, Lineage())
    with pytest.raises(WeightsError, match="NaN"):
        load_weights(path)


def test_files_that_are_too_large_are_neither_written_nor_read(tiny, saved, monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "LARGEST", 100)
    with pytest.raises(OutputError, match="narrower"):
        save_weights(tmp_path / "new.safetensors", tiny, Lineage())
    saved.write_bytes(saved.read_bytes() + bytes(2 << 20))
    with pytest.raises(WeightsError, match="at most"):
        load_weights(saved)
