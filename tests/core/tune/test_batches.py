"""Prepared frames on disk, and the windows that are cut out of them."""

import dataclasses

import numpy as np
import pytest
import torch

from platekey.core.errors import WeightsError
from platekey.core.filters import reduce
from platekey.core.tune import batches
from platekey.core.tune.augment import Change, change_window
from platekey.core.tune.batches import Material, draw_batch, draw_window
from platekey.core.tune.moved import moved_frame
from platekey.core.tune.options import Workload
from platekey.core.tune.prepared import Key
from platekey.core.tune.stored import StoredFrame, store_frame

WORK = Workload(64, 2, 2)
STILL = Change(torch.ones(1, 3, 1, 1), 0.0, 0, True, True, False, False)


@pytest.fixture(scope="module")
def frames(made_shot):
    folder = made_shot.request().folder / "frames"
    return [StoredFrame(folder / f"frame-{number}.safetensors") for number in made_shot.frames]


@pytest.fixture
def material(frames):
    return Material(frames, [1, 2, -1], [])


def test_a_window_is_a_part_of_the_whole_and_small_is_the_whole_reduced(frames):
    frame, motion = frames[1].whole()
    view = frames[1].window(16, 32, 64, 48)
    assert torch.equal(view.cues.plate, frame.cues.plate[..., 16:80, 32:80])
    assert torch.equal(view.anchor.alpha, frame.anchor.alpha[..., 16:80, 32:80])
    assert torch.equal(view.prior, frame.prior[..., 16:80, 32:80])
    small = frames[1].small()
    expected = reduce(frame.cues.plate, frame.factor)
    assert torch.allclose(small.view.cues.plate, expected, rtol=2e-3, atol=1e-4)
    assert bool(small.view.cues.has_neighbours.item())
    assert motion.flow.shape[-2:] == frame.cues.plate.shape[-2:]


def test_a_damaged_frame_is_told(frames, tmp_path):
    damaged = tmp_path / "frame.safetensors"
    damaged.write_bytes(frames[0].path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="no whole prepared frame"):
        StoredFrame(damaged)


def test_the_same_step_sees_the_same_and_another_sees_something_else(material):
    first, again, other, rank = (
        draw_batch(material, WORK, seed=1, step=step, rank=r)
        for step, r in ((4, 0), (4, 0), (6, 0), (4, 1))
    )
    plates = [
        torch.cat([place.view.cues.plate.flatten() for place in batch.places])
        for batch in (first, again, other, rank)
    ]
    assert torch.equal(plates[0], plates[1])
    assert not torch.equal(plates[0], plates[2])
    assert not torch.equal(plates[0], plates[3])


def test_frames_in_a_row_are_seen_through_the_same_windows(material):
    linked = [draw_batch(material, WORK, seed=2, step=step) for step in range(12)]
    linked = [batch for batch in linked if batch.pairs]
    assert linked
    for batch in linked:
        for first, second, motion in batch.pairs:
            one, other = batch.places[first], batch.places[second]
            assert (one.top, one.left) == (other.top, other.left)
            assert motion.flow.shape[-2:] == one.view.cues.plate.shape[-2:]


def test_with_keys_every_other_step_is_keyed(frames):
    keyed = Material(frames[:2], [1, -1], frames[2:])
    turns = [draw_batch(keyed, WORK, seed=0, step=step).is_keyed for step in range(4)]
    assert turns == [False, True, False, True]
    alone = Material([], [], frames[2:])
    assert draw_batch(alone, WORK, seed=0, step=0).is_keyed


def test_a_mirrored_window_is_where_it_is_in_the_mirrored_frame(material, monkeypatch):
    mirrored = dataclasses.replace(STILL, mirrored=True)
    monkeypatch.setattr(batches, "draw_change", lambda random, may_mirror: mirrored)
    batch = draw_batch(material, WORK, seed=3, step=0)
    plates = [each.whole()[0].cues.plate.flip(-1) for each in material.plain]
    place = batch.places[0]
    height, width = place.view.cues.plate.shape[-2:]
    rows, columns = slice(place.top, place.top + height), slice(place.left, place.left + width)
    assert any(torch.equal(place.view.cues.plate, each[..., rows, columns]) for each in plates)
    assert place.left % 2 == 0


def test_windows_lie_inside_and_mostly_where_it_is_interesting(frames):
    interest = torch.zeros_like(frames[0].small().interest)
    interest[..., 10:14, 30:34] = 1
    random = np.random.default_rng(0)
    holds = 0
    for _ in range(60):
        top, left = draw_window(random, interest, frames[0], 48)
        assert 0 <= top <= frames[0].height - 48
        assert 0 <= left <= frames[0].width - 48
        assert top % frames[0].factor == left % frames[0].factor == 0
        middle = 12 * frames[0].factor, 32 * frames[0].factor
        holds += top <= middle[0] < top + 48 and left <= middle[1] < left + 48
    assert holds > 45


def test_other_light_changes_plate_and_clean_plate_alike_and_keeps_the_prior_beside_it(frames):
    view = frames[1].window(16, 16, 48, 48)
    brighter = dataclasses.replace(STILL, gains=torch.full((1, 3, 1, 1), 2.0))
    changed = change_window(view, brighter, salt=0)
    assert torch.allclose(changed.cues.plate, 2 * view.cues.plate)
    assert torch.allclose(changed.cues.clean_plate, 2 * view.cues.clean_plate)
    assert torch.allclose(
        changed.cues.plate * changed.cues.exposure, view.cues.plate * view.cues.exposure
    )
    assert torch.allclose(changed.prior, view.prior, atol=1e-4)
    assert torch.allclose(changed.anchor.foreground, 2 * view.anchor.foreground)


def test_grain_is_counted_as_noise(frames):
    view = frames[1].window(16, 16, 48, 48)
    grainy = change_window(view, dataclasses.replace(STILL, grain=1.0), salt=0)
    added = grainy.cues.plate - view.cues.plate
    expected = view.cues.noise_gain * view.cues.plate.clamp_min(0) + view.cues.noise_read
    assert float((added**2).mean() / expected.mean()) == pytest.approx(1, abs=0.2)
    assert torch.allclose(grainy.cues.noise_read, 2 * view.cues.noise_read)


def test_a_moved_subject_is_the_equation_with_its_own_alpha(frames, tmp_path):
    frame = frames[1].whole()[0]
    nothing = torch.zeros_like(frame.anchor.alpha)
    keyed = dataclasses.replace(
        frame, key=Key(frame.anchor.alpha, torch.ones_like(nothing), nothing)
    )
    moved = moved_frame(keyed, frame.anchor, np.random.default_rng(1))
    alpha, sure = moved.key.alpha, moved.key.weight > 0.5
    assert float(sure.float().mean()) > 0.95
    bare = (alpha == 0) & sure
    ratio = moved.cues.plate / moved.cues.clean_plate
    assert float((ratio - 1).abs()[bare.expand_as(ratio)].median()) < 0.05
    assert 0.2 < float(alpha.mean() / frame.anchor.alpha.mean()) < 2
    solid = (alpha >= 1).expand_as(ratio)
    assert torch.allclose(moved.anchor.foreground[solid], moved.cues.plate[solid], rtol=1e-3)
    again = store_frame(tmp_path / "moved.safetensors", moved)
    assert again.has_key
    assert float(again.small().view.taught.mean()) > 0.9
