import numpy as np
import pytest

from platekey.core.lightstage.training.framing import (
    end_uncut,
    mirror,
    motion,
    place_edge,
    place_whole,
    scaled,
    warp,
)


@pytest.fixture
def alpha(make_ball):
    return make_ball().alpha[0]


def random(seed):
    return np.random.default_rng(seed)


def test_a_mirrored_picture_is_the_picture_backwards(alpha):
    picture = np.stack([alpha * np.arange(48), alpha], axis=-1).astype(np.float32)
    np.testing.assert_allclose(warp(picture, mirror(48), 48, 48), picture[:, ::-1], atol=1e-4)


def test_a_still_picture_stays_bit_for_bit(alpha):
    np.testing.assert_array_equal(warp(alpha, np.eye(3), 48, 48), alpha)
    moved = np.eye(3)
    moved[:2, 2] = 5, -7
    np.testing.assert_array_equal(warp(alpha, moved, 48, 48)[:41, 5:], alpha[7:, :-5])


def test_making_a_picture_smaller_averages_it():
    checks = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)
    small = warp(checks, scaled(0.25), 16, 16)
    np.testing.assert_allclose(small, 0.5, atol=1e-5)


def test_a_subject_keeps_its_middle_when_it_is_made_smaller(alpha):
    small = warp(alpha, scaled(0.5), 24, 24)
    rows, columns = np.indices((24, 24))
    middle = [float((axis * small).sum() / small.sum()) for axis in (rows, columns)]
    # the ball's middle is pixel 24, that is 24.5 from the edge
    assert middle == pytest.approx([24.5 / 2 - 0.5] * 2, abs=0.05)


def test_the_whole_subject_is_in_the_sample(alpha):
    for seed in range(30):
        placed = warp(alpha, place_whole(random(seed), alpha, 64), 64, 64)
        scale = np.sqrt(np.linalg.det(place_whole(random(seed), alpha, 64)[:2, :2]))
        assert float(placed.sum()) > 0.8 * scale**2 * float(alpha.sum())


@pytest.mark.parametrize("place", [place_whole, place_edge])
def test_a_subject_that_the_capture_cuts_is_cut_by_the_sample_too(make_ball, place):
    alpha = make_ball(cut=True).alpha[0]
    for seed in range(30):
        placed = warp(alpha, place(random(seed), alpha, 32), 32, 32)
        rows = np.nonzero(placed.max(axis=1) > 0.5)[0]
        if len(rows):
            assert rows[-1] == 31


def test_an_edge_is_in_every_crop_and_pixels_stay_pixels(make_ball):
    alpha = make_ball(size=200).alpha[0]
    for seed in range(20):
        matrix = place_edge(random(seed), alpha, 40)
        np.testing.assert_array_equal(matrix[:2, :2], np.eye(2))
        assert np.array_equal(matrix, np.round(matrix))
        crop = warp(alpha, matrix, 40, 40)
        assert ((crop > 0.02) & (crop < 0.98)).any()


def test_a_picture_without_subject_can_be_placed():
    empty = np.zeros((20, 30), np.float32)
    for place in (place_whole, place_edge):
        assert np.isfinite(place(random(0), empty, 16)).all()


def test_motion_after_goes_on_where_motion_before_came_from():
    for seed in range(10):
        before, after = motion(random(seed), 0.02, (50.0, 50.0), 100)
        middle = np.array([50.0, 50.0, 1.0])
        steps = [(each @ middle)[:2] / (each @ middle)[2] - 50 for each in (before, after)]
        assert float(steps[0] @ steps[1]) < 0
        assert 0.3 < np.linalg.norm(steps[0]) / np.linalg.norm(steps[1]) < 3
    before, after = motion(random(0), 0.0, (50.0, 50.0), 100)
    np.testing.assert_allclose(before, np.eye(3), atol=1e-12)


def test_faint_smoke_at_the_border_is_not_drawn_out_and_a_cut_body_goes_on():
    alpha = np.zeros((20, 20), np.float32)
    alpha[5:9, :4] = 0.03
    alpha[8:, 10:14] = 1.0
    ended = end_uncut(alpha)
    assert not ended[:, 0].any()
    np.testing.assert_array_equal(ended[:, 1:], alpha[:, 1:])
    moved = np.eye(3)
    moved[:2, 2] = 5, -5
    shown = warp(ended, moved, 20, 20)
    assert not shown[:, :5].any()
    assert shown[-1, 15:19].all()
