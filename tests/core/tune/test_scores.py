import math

import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.network.cues import make_cues
from platekey.core.plate.noise import NoiseModel
from platekey.core.solver.solution import Solution
from platekey.core.tune.motion import Motion
from platekey.core.tune.prepared import Key
from platekey.core.tune.scores import (
    compared,
    edge_band,
    edge_score,
    frame_scores,
    fringe_score,
    is_better,
    leak_score,
    mean_scores,
    temporal_score,
)

SIZE = 96
START = {"leak": 0.04, "keys": 0.02, "temporal": 0.02, "edges": 0.2, "fringe": 0.3}


@pytest.fixture
def disc():
    """Cues, the true alpha and the true foreground of a soft disc before a textured wall."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    radius = torch.hypot(y - 48.0, x - 48.0)
    alpha = ((34 - radius) / 6).clamp(0, 1)[None, None]
    drawn = torch.randn((2, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(1))
    wall = 0.1 + 0.1 * gaussian_blur(drawn[:1], 1.0).clamp(-1, 3)
    subject = torch.tensor([0.9, 0.5, 0.1]).view(1, 3, 1, 1) * (1 + 0.02 * drawn[1:])
    noise = torch.full((1, 3, 1, 1), 1e-6)
    plate = alpha * subject + (1 - alpha) * wall
    return make_cues(plate, wall, NoiseModel(noise, noise)), alpha, subject


def solved(alpha, foreground):
    return Solution(alpha, foreground, torch.ones_like(foreground), alpha, {})


def test_the_truth_has_hardly_a_leak_and_a_swollen_matte_has_one(disc):
    cues, alpha, subject = disc
    swollen = torch.nn.functional.max_pool2d(alpha, 9, 1, 4)
    right, wrong = (leak_score(cues, solved(each, subject)) for each in (alpha, swollen))
    assert right < 0.01
    assert wrong > 0.02 + right


def test_the_leak_counts_in_full_around_soft_edges(disc):
    cues, alpha, subject = disc
    band = edge_band(alpha, torch.ones_like(alpha), 1)
    soft = (alpha > 0.1) & (alpha < 0.9)
    assert float(band[soft].min()) == 1
    assert float(band[..., 0, 0]) == pytest.approx(0.1)
    swollen = torch.nn.functional.max_pool2d(alpha, 9, 1, 4)
    whole, around = (leak_score(cues, solved(swollen, subject), b) for b in (None, band))
    assert around > 1.5 * whole


def test_a_matte_that_stays_while_the_picture_moves_is_told(disc):
    alpha = disc[1]
    flow = torch.zeros(1, 2, SIZE, SIZE)
    flow[:, 0] = 3
    motion = Motion(flow, torch.ones_like(alpha))
    assert temporal_score(alpha, alpha.roll(3, 3), motion) == pytest.approx(0, abs=1e-6)
    assert temporal_score(alpha, alpha, motion) > 0.02
    nowhere = Motion(flow, torch.zeros_like(alpha))
    assert math.isnan(temporal_score(alpha, alpha, nowhere))


def test_an_edge_of_alpha_without_an_edge_in_the_plate_is_told():
    noise = torch.full((1, 3, 1, 1), 1e-6)
    plate = torch.full((1, 3, 64, 64), 0.2)
    plate[..., 32:] = 0.8
    cues = make_cues(plate, torch.full_like(plate, 0.2), NoiseModel(noise, noise))
    right, wrong = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    right[..., 32:] = 1
    wrong[..., 16:] = 1
    assert edge_score(cues, right) < 0.01
    assert edge_score(cues, wrong) > 0.99
    assert math.isnan(edge_score(cues, torch.ones_like(right)))


def test_a_fringe_of_foreign_colour_is_told(disc):
    cues, alpha, subject = disc
    clean = fringe_score(cues, solved(alpha, subject))
    soft = (alpha > 0) & (alpha < 1)
    green = torch.where(soft, torch.tensor([0.05, 0.9, 0.05]).view(1, 3, 1, 1), subject)
    assert clean < 0.05
    assert fringe_score(cues, solved(alpha, green)) > 0.5
    assert math.isnan(fringe_score(cues, solved((alpha > 0.5).float(), subject)))


def test_keys_are_compared_where_they_were_not_taught(disc):
    cues, alpha, subject = disc
    held = torch.zeros_like(alpha)
    held[..., :48, :] = 1
    key = Key((alpha + 0.25).clamp(max=1) * 0 + alpha, torch.ones_like(alpha), held)
    off = alpha.clone()
    off[..., 48:, :] = 0  # wrong only where it is taught
    assert frame_scores(cues, solved(off, subject), key=key)["keys"] == 0
    off[..., :48, :] += 0.5
    assert frame_scores(cues, solved(off, subject), key=key)["keys"] == pytest.approx(0.5)
    taught = Key(alpha, torch.ones_like(alpha), torch.zeros_like(alpha))
    assert "keys" not in frame_scores(cues, solved(alpha, subject), key=taught)


def test_the_mean_is_over_the_frames_that_have_a_score():
    assert mean_scores([{"leak": 1.0, "keys": 4.0}, {"leak": 3.0}]) == {"leak": 2.0, "keys": 4.0}


def test_the_start_beside_itself_is_1():
    assert compared(START, START).total == pytest.approx(1)


def test_half_of_everything_is_about_half():
    half = {name: value / 2 for name, value in START.items()}
    assert compared(half, START).total == pytest.approx(0.52, abs=0.03)


@pytest.mark.parametrize("worse", START)
def test_what_is_much_worse_is_not_made_up_for(worse):
    scores = {name: value / 2 for name, value in START.items()} | {worse: 8 * START[worse]}
    assert compared(scores, START).total == math.inf


def test_a_matte_whose_leak_cannot_be_told_any_more_is_refused():
    scores = {name: value / 2 for name, value in START.items() if name != "leak"}
    assert compared(scores, START).total == math.inf


def test_better_is_two_hundredths_better_than_the_start_or_anything_better_than_the_best():
    assert not is_better(0.985)
    assert is_better(0.97)
    assert is_better(0.7, 0.701)
    assert not is_better(math.inf, 0.701)
