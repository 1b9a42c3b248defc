import numpy as np
import pytest

from platekey.core.lightstage.subjects.fur import (
    CENTRE,
    FACE,
    FLOOR,
    RADII,
    FurOptions,
    grow_fur,
    hair_length,
)

FEW = FurOptions(guides=300, children=4, steps=9)


@pytest.fixture(scope="module")
def hairs():
    return grow_fur(FEW)


def test_every_hair_has_its_points(hairs):
    assert hairs.shape == (1200, 9, 3)
    assert np.isfinite(hairs).all()


def test_no_hair_goes_through_the_table(hairs):
    assert hairs[..., 2].min() >= FLOOR


def test_hairs_grow_outwards_from_the_skin(hairs):
    depth = np.linalg.norm((hairs - CENTRE) / RADII, axis=-1)
    assert depth[:, 0].max() < 1.15
    assert np.median(depth[:, -1]) > np.median(depth[:, 0]) + 0.1


def test_the_same_seed_grows_the_same_fur(hairs):
    np.testing.assert_array_equal(hairs, grow_fur(FEW))
    other = grow_fur(FurOptions(guides=300, children=4, steps=9, seed=8))
    assert np.abs(other - hairs).max() > 0.01


def test_sway_moves_tips_sideways_and_leaves_roots(hairs):
    swayed = grow_fur(FurOptions(guides=300, children=4, steps=9, sway=0.1))
    shift = swayed - hairs
    np.testing.assert_array_equal(shift[:, 0], 0.0)
    np.testing.assert_array_equal(shift[..., 1:], 0.0)
    assert shift[:, -1, 0].min() > 0.0


def test_the_face_is_shorn_and_the_mane_is_long():
    length = hair_length(np.array([FACE, [1.0, 0.0, 0.0]]))
    assert length[0] == pytest.approx(0.13)
    assert length[1] > 0.5
