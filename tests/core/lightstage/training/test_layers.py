from dataclasses import replace

import numpy as np
import pytest
import torch

from platekey.core.lightstage.training.backgrounds import Backgrounds
from platekey.core.lightstage.training.layers import make_layers
from platekey.core.lightstage.training.sample_options import Framing, SampleOptions


class Balls(list):
    """Captures in memory."""

    def frames(self, index):
        return self[index].frames

    def side(self, index):
        return self[index].alpha.shape[1]

    def load(self, index, *, frames=None):
        capture, chosen = self[index], list(frames)
        names = ("foreground", "alpha", "shares", "depth", "motion")
        return replace(capture, **{name: getattr(capture, name)[chosen] for name in names})


PLAIN = SampleOptions(
    size=32,
    procedural_share=0,
    empty_chance=0,
    flip_chance=0,
    rescale_chance=0,
    light_chance=0,
    exposure=0,
    camera_chance=0,
    subject_motion=0,
    alone_chance=0,
)


@pytest.fixture
def layers(make_ball):
    def make(options=PLAIN, number=0, captures=None):
        balls = Balls([make_ball(f"{n}") for n in range(5)]) if captures is None else captures
        return make_layers(number, balls, Backgrounds(), options)

    return make


def test_shapes_are_those_of_the_contract(layers):
    made = layers(SampleOptions(size=30))
    assert made["foreground"].shape == (3, 3, 30, 30)
    assert made["alpha"].shape == (3, 1, 30, 30)
    assert made["shading"].shape == (3, 3, 8, 8)
    assert made["background"].shape == (3, 3, 30, 30)
    for name, layer in made.items():
        assert bool(layer.isfinite().all()), name


def test_a_number_gives_the_same_layers_and_another_does_not(layers):
    options = SampleOptions(size=32)
    one, same, other = layers(options, 7), layers(options, 7), layers(options, 8)
    for name in one:
        assert torch.equal(one[name], same[name]), name
    assert not torch.equal(one["background"], other["background"])
    assert not torch.equal(one["background"], layers(replace(options, seed=1), 7)["background"])


def test_every_capture_has_its_turn_before_any_comes_again(layers):
    chosen = [int(layers(PLAIN, number)["capture"]) for number in range(15)]
    for start in (0, 5, 10):
        assert sorted(chosen[start : start + 5]) == list(range(5))
    assert chosen[:5] != chosen[5:10]


def test_without_any_motion_the_neighbours_are_the_frame(layers):
    made = layers()
    for name in ("foreground", "alpha", "shading", "background"):
        assert torch.equal(made[name][0], made[name][1]), name
        assert torch.equal(made[name][2], made[name][1]), name


def test_a_camera_that_moves_moves_subject_and_background(layers):
    made = layers(replace(PLAIN, camera_chance=1, camera_motion=0.02))
    for name in ("alpha", "background"):
        assert not torch.equal(made[name][0], made[name][1]), name
        assert not torch.equal(made[name][2], made[name][0]), name


def test_a_subject_that_moves_leaves_the_background_where_it_is(layers):
    made = layers(replace(PLAIN, subject_motion=0.03))
    assert not torch.equal(made["alpha"][0], made["alpha"][1])
    assert torch.equal(made["background"][0], made["background"][2])


def test_neighbours_of_a_clip_are_its_frames(layers, make_ball):
    """The ball of the clip goes to the right, a pixel a frame."""
    made = layers(PLAIN, captures=Balls([make_ball(frames=5)]))
    columns = torch.arange(32.0)
    middle = [(alpha[0].sum(0) * columns).sum() / alpha.sum() for alpha in made["alpha"]]
    assert middle[0] < middle[1] < middle[2]


def test_a_sample_alone_has_no_neighbours(layers):
    made = layers(replace(PLAIN, alone_chance=1, subject_motion=0.05))
    assert float(made["has_neighbours"]) == 0
    assert torch.equal(made["alpha"][0], made["alpha"][1])


def test_a_mirrored_subject_is_lit_from_the_same_side_of_the_set(layers, make_ball):
    """The lamp at the right of the set lights what is at the right of the sample."""
    even = make_ball()
    ramp = {True: [], False: []}
    for flipped in ramp:
        options = replace(PLAIN, flip_chance=float(flipped))
        for number in range(6):
            shading = layers(options, number, Balls([even]))["shading"][1].mean(0)
            ramp[flipped].append(float(shading[:, -1].mean() / shading[:, 0].mean()))
    assert np.corrcoef(ramp[True], ramp[False])[0, 1] > 0.9


def test_an_empty_sample_shows_nobody(layers):
    assert not layers(replace(PLAIN, empty_chance=1))["alpha"].any()


def test_the_level_is_about_mid_grey_and_spreads_by_exposure(layers):
    def level(options, number):
        made = layers(options, number)
        behind = made["background"][1].mean(0).clamp_min(1e-5).log2().mean()
        is_there = made["alpha"][1, 0] > 0.5
        shading = torch.nn.functional.interpolate(made["shading"][1:2], size=32)[0]
        lit = (made["foreground"][1] * shading).mean(0)[is_there].clamp_min(1e-5).log2().mean()
        return float((behind + lit) / 2)

    still = [level(PLAIN, number) for number in range(8)]
    assert np.allclose(still, np.log2(0.18), atol=0.7)
    spread = [level(replace(PLAIN, exposure=1.5), number) for number in range(8)]
    assert np.std(spread) > 2 * np.std(still)


def test_crops_take_the_large_captures_and_keep_their_pixels(layers, make_ball):
    options = replace(PLAIN, framing=Framing.EDGES, large_chance=1)
    captures = Balls([make_ball("small"), make_ball("large", size=128)])
    for number in range(6):
        made = layers(options, number, captures)
        assert int(made["capture"]) == 1
        crop = made["alpha"][1, 0].numpy()
        assert ((crop > 0) & (crop < 1)).any()
        truth = captures[1].alpha[0]
        windows = np.lib.stride_tricks.sliding_window_view(truth, (32, 32))
        assert (np.abs(windows - crop).max(axis=(2, 3)) < 1e-6).any()


def test_procedural_subjects_are_mixed_in_by_their_share(layers):
    made = [layers(replace(PLAIN, procedural_share=0.5), n)["capture"] for n in range(40)]
    assert 10 < sum(int(capture) < 0 for capture in made) < 30
    assert int(layers(replace(PLAIN, procedural_share=1), 0, Balls())["capture"]) == -1


def test_a_smaller_capture_is_one_that_was_rescaled(layers, make_ball):
    options = replace(PLAIN, framing=Framing.EDGES, rescale_chance=1, rescale=0.5)
    captures = Balls([make_ball("large", size=80)])
    sizes = [float(layers(options, n, captures)["alpha"][1].sum()) for n in range(6)]
    whole = replace(options, rescale_chance=0)
    assert np.mean(sizes) < np.mean(
        [float(layers(whole, n, captures)["alpha"][1].sum()) for n in range(6)]
    )


def test_a_capture_of_few_samples_is_made_smaller_until_its_grain_is_averaged(layers, make_ball):
    def area(samples):
        ball = make_ball("large", size=80)
        ball.facts["settings"] = {**ball.facts.get("settings", {}), "samples": samples}
        options = replace(PLAIN, framing=Framing.EDGES, size=96, least_samples=40)
        return np.mean(
            [float(layers(options, n, Balls([ball]))["alpha"][1].sum()) for n in range(3)]
        )

    assert area(10) == pytest.approx(area(40) / 4, rel=0.1)
    assert area(640) == pytest.approx(area(40))


def test_a_light_of_its_own_changes_the_subject_against_the_set(layers):
    def ratio(options):
        made = layers(options, 3)
        return float(made["shading"].mean() / made["background"].mean())

    assert ratio(replace(PLAIN, light_chance=1)) != pytest.approx(ratio(PLAIN), rel=0.05)
