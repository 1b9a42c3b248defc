"""A job with the network: weights, neighbours, what is skipped; with a small random network."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from platekey.core import protocol
from platekey.core.errors import MissingFrame, OptionError, WeightsError
from platekey.core.frames import sequence
from platekey.core.job import networks, one_frame
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import ARCHITECTURE, NetworkOptions
from platekey.core.network.weights import Lineage, digest_of, save_weights
from platekey.core.options import Method

FRAMES = (1001, 1002, 1003, 1004, 1005)


def write_weights(path, seed=0):
    torch.manual_seed(seed)
    options = NetworkOptions(sixteenth=16, depth=1, decoder=(8, 8, 8, 8), hidden=4, refine_half=8)
    save_weights(path, MattingNetwork(options), Lineage())
    return str(path)


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch):
    monkeypatch.setattr(networks, "_kept", {})


@pytest.fixture
def network(shot):
    """The options of a solve by the network."""
    return {"method": Method.NETWORK, "weights": write_weights(shot.folder / "w.safetensors")}


@pytest.fixture
def long_shot(shot, make_picture):
    for frame in FRAMES[3:]:
        shot.write_plate(frame, make_picture(shot.pixels(frame)))
    shot.frames = FRAMES
    return shot


def pixels_of(shot):
    return {frame: shot.result_of(frame).pixels for frame in shot.frames}


def test_the_header_names_the_weights(shot, network):
    result = shot.solve(network)
    assert (result.exit_code, result.written) == (0, [1001, 1002, 1003])
    header = shot.result_of(1002).attributes
    assert header["platekey:method"] == "network"
    assert header["platekey:weights"] == "w.safetensors"
    assert header["platekey:weights_sha256"] == digest_of(Path(network["weights"]))
    assert header["platekey:weights_version"] == ARCHITECTURE


def test_the_difference_method_names_none_and_tells_that_weights_are_not_used(shot):
    shot.solve({"weights": "anything.safetensors"}, frames="1001")
    assert not any("weights_" in name for name in shot.result_of(1001).attributes)
    (told,) = shot.told(protocol.Warning)
    assert "method is difference" in told.message
    assert shot.solve(frames="1001").skipped == [1001]


def test_frames_are_skipped_with_the_same_weights_and_made_with_others(shot, network):
    shot.solve(network)
    assert shot.solve(network).skipped == [1001, 1002, 1003]
    elsewhere = shot.folder / "elsewhere.safetensors"
    shutil.copy(network["weights"], elsewhere)
    assert shot.solve({**network, "weights": str(elsewhere)}).written == []
    write_weights(Path(network["weights"]), seed=1)
    assert shot.solve(network).written == [1001, 1002, 1003]
    assert shot.solve().written == [1001, 1002, 1003]


def test_a_neighbour_that_comes_or_changes_has_a_frame_made_again(long_shot, network, make_picture):
    long_shot.solve(network, frames="1001-1003")
    long_shot.write_plate(1004, make_picture(0.9 * long_shot.pixels(1004)))
    long_shot.write_plate(1006, make_picture(long_shot.pixels(1006)))
    result = long_shot.solve(network)
    assert (result.skipped, result.written) == ([1001, 1002], [1003, 1004, 1005, 1006])


@pytest.mark.parametrize(
    ("weights", "error", "said"),
    [
        ("gone.safetensors", MissingFrame, "gone.safetensors is not there"),
        (".", WeightsError, "is a folder or a device"),
        ("clean.exr", WeightsError, "no whole safetensors file"),
    ],
)
def test_weights_that_cannot_be_used_refuse_the_job(shot, weights, error, said):
    path = str(shot.folder / weights)
    with pytest.raises(error, match=said) as refused:
        shot.solve({"method": Method.NETWORK, "weights": path})
    assert refused.value.exit_code == 3
    assert shot.files() == []


def test_without_a_name_the_shipped_weights_solve(shot, monkeypatch):
    shipped = Path(write_weights(shot.folder / "base.safetensors", seed=4))
    monkeypatch.setattr(networks, "SHIPPED", shipped)
    shot.solve({"method": Method.NETWORK}, frames="1001")
    header = dict(shot.result_of(1001).attributes)
    assert header["platekey:weights_sha256"] == digest_of(shipped)


def test_without_a_name_and_without_shipped_weights_it_says_what_to_do(shot, monkeypatch):
    monkeypatch.setattr(networks, "SHIPPED", shot.folder / "none.safetensors")
    with pytest.raises(OptionError, match="none ship with this version") as refused:
        shot.solve({"method": Method.NETWORK})
    assert refused.value.exit_code == 2


def test_weights_that_change_while_they_are_read_are_refused(shot, network, monkeypatch):
    digests = iter("ab")
    monkeypatch.setattr(networks, "digest_of", lambda _: next(digests))
    with pytest.raises(WeightsError, match="changed while it was read"):
        shot.solve(network)


def test_a_network_is_read_once_for_the_jobs_that_name_its_content(shot, network, monkeypatch):
    real, read = networks.load_weights, []

    def load(path):
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(networks, "load_weights", load)
    for name in ("w", "copy", "other", "w", "third"):
        path = shot.folder / f"{name}.safetensors"
        if name == "copy":
            shutil.copy(network["weights"], path)
        elif name != "w":
            write_weights(path, seed=len(name))
        shot.solve({**network, "weights": str(path)}, frames="1001")
    assert read == ["w.safetensors", "other.safetensors", "third.safetensors"]
    assert len(networks._kept) == 2


def test_neighbours_are_those_on_disk_and_absent_at_the_ends(long_shot, network, monkeypatch):
    real, seen = one_frame.solve_frame_by_network, {}

    def mean(picture):
        return float(picture.double().mean())

    def solve(plate, *others, neighbours=None, **more):
        # a plate is known by its mean, for the disc leaves the brighter part of the wall
        frame = min(FRAMES, key=lambda f: abs(mean(plate) - long_shot.pixels(f).mean()))
        seen[frame] = neighbours and tuple(map(mean, neighbours))
        return real(plate, *others, neighbours=neighbours, **more)

    monkeypatch.setattr(one_frame, "solve_frame_by_network", solve)
    long_shot.solve(network, frames="1001-1005x2")
    assert seen[1001] is None
    assert seen[1005] is None
    expected = [long_shot.pixels(frame).mean() for frame in (1002, 1004)]
    assert seen[1003] == pytest.approx(expected, rel=1e-4)


def test_each_plate_is_read_once(long_shot, network, monkeypatch):
    real, read = sequence.read_frame, []

    def read_frame(path, **more):
        read.append(Path(path).name)
        return real(path, **more)

    monkeypatch.setattr(sequence, "read_frame", read_frame)
    long_shot.solve(network)
    assert sorted(read) == ["clean.exr", *(f"plate.{frame}.exr" for frame in FRAMES)]


def test_chunks_in_any_order_give_the_pixels_of_the_whole_range(long_shot, network):
    long_shot.solve(network)
    whole = pixels_of(long_shot)
    for chunk in ("1005", "1002,1001", "1003-1004"):
        long_shot.solve(network, frames=chunk, overwrite=True)
    for frame, pixels in pixels_of(long_shot).items():
        np.testing.assert_array_equal(pixels, whole[frame])


def test_a_damaged_neighbour_is_told_and_only_its_own_frame_fails(long_shot, network):
    with open(long_shot.plate % 1002, "r+b") as file:
        file.truncate(600)
    result = long_shot.solve(network)
    assert (result.exit_code, result.failed) == (4, [1002])
    told = {event.frame: event.message for event in long_shot.told(protocol.Warning)}
    assert list(told) == [1003]
    assert told[1003].startswith("solved without the plates before and after: ")


def test_a_neighbour_in_another_space_is_told(long_shot, network, make_picture):
    other = make_picture(long_shot.pixels(1003), colour_space="ACEScg")
    long_shot.write_plate(1003, other)
    long_shot.solve(network, frames="1002")
    (told,) = long_shot.told(protocol.Warning)
    assert "correct the tag that is wrong" in told.message


def test_without_memory_for_a_tile_a_frame_is_not_tried_with_larger_ones(
    shot, network, monkeypatch
):
    tiles = []

    def solve(plate, conditioned, network, options, **_):
        tiles.append(options.tile)
        raise MemoryError

    monkeypatch.setattr(one_frame, "solve_frame_by_network", solve)
    assert shot.solve(network, frames="1001").exit_code == 6
    assert shot.solve({**network, "tile": 600}, frames="1001").exit_code == 6
    assert tiles == [0, 600, 300]


def test_stopping_within_a_frame_writes_nothing(shot, network):
    answers = iter([False] * 8 + [True] * 99)
    result = shot.solve(network, should_stop=lambda: next(answers), frames="1002")
    assert (result.exit_code, result.written, result.failed) == (5, [], [])
    assert shot.files() == []
