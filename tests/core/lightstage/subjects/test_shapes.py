import numpy as np

from platekey.core.lightstage.subjects.shapes import (
    feather,
    grow_twigs,
    hang_cloth,
    lathe,
    leaves,
    sheet,
)


def test_a_sheet_has_a_face_between_every_four_points():
    along, across, faces = sheet(5, 4)
    assert along.shape == across.shape == (20,)
    assert len(faces) == 12
    assert max(max(face) for face in faces) == 19


def test_cloth_hangs_about_the_origin_and_repeats_with_its_seed():
    along, across, _ = sheet(30, 30)
    one, two = (hang_cloth(along, across, 1.0, np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert np.ptp(one[:, 1]) > 0.02  # folds
    assert np.abs(one).max() < 1.0


def test_twigs_start_on_the_stem():
    twigs = grow_twigs(12, 10, 1.0, np.random.default_rng(3))
    assert twigs.shape == (13, 10, 3)
    nearest = np.linalg.norm(twigs[1:, None, 0] - twigs[0][None], axis=-1).min(axis=1)
    assert nearest.max() < 0.08


def test_leaves_are_as_long_as_asked():
    rng = np.random.default_rng(4)
    headings = np.tile([0.0, 0.0, 1.0], (6, 1))
    points, faces = leaves(np.zeros((6, 3)), headings, np.full(6, 0.2), 0.3, rng)
    assert len(faces) == 6 * 8 * 2
    np.testing.assert_allclose(points[:, 2].max(), 0.2, atol=0.02)
    assert np.isfinite(points).all()


def test_barbs_start_on_the_shaft_and_go_to_both_sides():
    shaft, barbs = feather(1.0, 0.3, 50, np.random.default_rng(5))
    gap = np.linalg.norm(barbs[:, :1] - shaft, axis=-1).min(axis=1)
    assert gap.max() < 0.03
    reach = (barbs[:, -1] - barbs[:, 0])[:, 0]
    assert (reach[:50] < 0.0).all()
    assert (reach[50:] > 0.0).all()


def test_a_turned_profile_keeps_its_radius():
    points, faces = lathe(np.array([[1.0, 0.0], [2.0, 1.0]]), 12)
    radius = np.hypot(points[:, 0], points[:, 1])
    np.testing.assert_allclose(radius, np.repeat([1.0, 2.0], 12))
    assert len(faces) == 12
