"""Frames without the subject, merged: measured against the picture they were made of."""

import math

import numpy as np
import pytest
import torch

from platekey.core.clean.burst import merge_burst
from platekey.core.clean.options import CleanOptions
from platekey.core.errors import Cancelled, CannotBuild
from platekey.core.plate.registration import warp

STILL = CleanOptions(align=False, match_exposure=False)


def in_noise(made, clean, background, where=None):
    """Deviation of the error, in units of one frame's noise."""
    error = (clean.pixels - background) / made.noise_of(background)
    where = torch.ones_like(error[:, :1]) if where is None else where
    return float((error[(where > 0).expand_as(error)] ** 2).mean().sqrt())


def with_passer_by(background, number):
    """A dark red box in frames 3 to 5, somewhere else in each."""
    picture = background.clone()
    if number in (3, 4, 5):
        left = 20 + 25 * (number - 3)
        picture[..., 30:80, left : left + 22] = torch.tensor([0.3, 0.05, 0.02]).view(1, 3, 1, 1)
    return picture


def test_nine_frames_have_a_third_of_the_noise(made, background):
    clean = merge_burst(
        made.footage_of([made.grainy(background, seed) for seed in range(9)]), STILL
    )
    assert in_noise(made, clean, background) == pytest.approx(1 / 3, rel=0.1)
    assert clean.report["noise_gain"] == pytest.approx(3.0, rel=0.1)
    assert bool((clean.valid == 1).all())


def test_the_reported_noise_is_that_of_the_merged_plate(made, background):
    flat = torch.full((1, 3, 96, 160), 0.18)
    clean = merge_burst(made.footage_of([made.grainy(flat, seed) for seed in range(9)]), STILL)
    assert clean.report["noise_clean_plate"] == pytest.approx(
        float((clean.pixels - flat).std()), rel=0.1
    )
    assert clean.report["noise_frame"] == pytest.approx(float(made.noise_of(flat).mean()), rel=0.1)


def test_a_passer_by_leaves_no_trace_and_costs_only_the_frames_it_is_in(made, background):
    pictures = [made.grainy(with_passer_by(background, n), n) for n in range(1, 10)]
    clean = merge_burst(made.footage_of(pictures), STILL)
    path = torch.zeros_like(background[:, :1])
    path[..., 24:86, 14:100] = 1
    assert in_noise(made, clean, background, 1 - path) == pytest.approx(1 / 3, rel=0.1)
    assert in_noise(made, clean, background, path) < 1 / math.sqrt(6) * 1.1
    assert float(((clean.pixels - background).abs() / made.noise_of(background)).max()) < 3


def test_highlights_are_kept_as_bright_as_they_are(made, background):
    clean = merge_burst(
        made.footage_of([made.grainy(background, seed) for seed in range(9)]), STILL
    )
    lamp = background > 20
    assert float(clean.pixels[lamp].mean()) == pytest.approx(30.0, rel=1e-3)


def test_a_noisier_frame_counts_less(made, background):
    pictures = [made.grainy(background, seed) for seed in range(5)]
    bad = background + 6 * (made.grainy(background, 9) - background)
    clean = merge_burst(made.footage_of([*pictures, bad]), STILL)
    assert in_noise(made, clean, background) < 1.15 / math.sqrt(5)


def test_frames_of_a_weaving_camera_and_drifting_light_are_brought_together(made):
    large = made.textured(140, 220)
    frames = []
    for number in range(7):
        matrix = np.eye(3)
        matrix[:2, 2] = (number - 3) * 0.9, (number - 3) * -0.6
        moved = warp(large, matrix)[..., 22:118, 30:190] * 2 ** (0.05 * (number - 3))
        frames.append(made.grainy(moved, number))
    clean = merge_burst(made.footage_of(frames), CleanOptions())
    truth = large[..., 22:118, 30:190]
    inside = torch.zeros_like(truth[:, :1])
    inside[..., 8:-8, 8:-8] = (truth.amax(1, keepdim=True) < 2)[..., 8:-8, 8:-8]
    assert clean.report["largest_shift_px"] == pytest.approx(math.hypot(2.7, 1.8), abs=0.3)
    error = ((clean.pixels - truth).abs() / truth)[inside.bool().expand_as(truth)]
    assert float(error.median()) < 0.01


@pytest.mark.parametrize("odd", [2, 3])  # 3 is the reference of five frames
def test_a_frame_of_another_view_is_left_out_and_told(made, background, odd):
    pictures = [made.grainy(background, seed) for seed in range(5)]
    pictures[odd - 1] = made.textured(seed=11)
    clean = merge_burst(made.footage_of(pictures), CleanOptions())
    assert clean.report["frames_left_out"] == [odd]
    assert f"frames {odd} do not show the same view and are left out" in clean.told[0]
    assert in_noise(made, clean, background) < 1.1 / 2


def test_frames_that_share_no_view_are_refused(made):
    with pytest.raises(CannotBuild, match="at most 1 of 4 frames show one view"):
        merge_burst(made.footage_of([made.textured(seed=s) for s in (1, 2, 3, 4)]), CleanOptions())


def test_a_single_frame_stays_as_it_is(made, background):
    clean = merge_burst(made.footage_of([background]), CleanOptions())
    assert torch.equal(clean.pixels, background)
    assert "a single frame" in clean.told[0]


def test_what_moves_in_the_background_is_told_in_the_deviation(made, background):
    flutter = torch.zeros_like(background[:, :1])
    flutter[..., 60:90, 100:150] = 1
    generator = torch.Generator().manual_seed(1)
    pictures = [
        made.grainy(
            background * (1 + 0.5 * flutter * torch.randn(1, 1, 1, 1, generator=generator)), n
        )
        for n in range(15)
    ]
    clean = merge_burst(made.footage_of(pictures), STILL)
    assert float((clean.deviation / background)[..., 66:84, 108:142].median()) > 0.2
    assert float((clean.deviation / background)[..., 20:50, 30:90].median()) < 0.01


def test_where_no_frame_has_pixels_the_plate_is_made_up_and_says_so(made, background):
    hidden = torch.ones_like(background[:, :1])
    hidden[..., 40:60, 60:90] = 0
    pictures = [made.grainy(background, seed) for seed in range(4)]
    clean = merge_burst(made.footage_of(pictures, [hidden] * 4), STILL)
    assert torch.equal(clean.valid, hidden)
    assert bool(torch.isfinite(clean.pixels).all())
    assert "were never seen and are made up" in clean.told[-1]


def test_a_cancel_is_heeded_between_frames(made, background):
    asked = iter([False, False, True])
    footage = made.footage_of([background] * 9)
    stopping = type(footage)(footage.frames, footage.read, should_stop=lambda: next(asked))
    with pytest.raises(Cancelled):
        merge_burst(stopping, STILL)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (33, 1)])
def test_any_size_is_merged(made, size):
    flat = torch.full((1, 3, *size), 0.2)
    clean = merge_burst(made.footage_of([flat * 0.99, flat, flat * 1.01]), CleanOptions())
    assert clean.pixels.shape == flat.shape
    assert clean.pixels.mean().item() == pytest.approx(0.2, rel=0.02)
