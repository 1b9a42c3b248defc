from dataclasses import replace

import numpy as np
import pytest

from platekey.core.lightstage.person.hair import (
    STYLES,
    HairStyle,
    grow_hair,
    point_normals,
    random_style,
    scatter_roots,
    typical_spacing,
)

CUBE = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
SMALL = HairStyle("small", children=3, steps=8, length=0.1)


def same(points):
    return points


def above_ground(points):
    return np.maximum(points, (-np.inf, -np.inf, 0.0))


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_normals_of_a_cube_point_outwards():
    expected = (CUBE - 0.5) / np.linalg.norm(CUBE - 0.5, axis=-1, keepdims=True)
    np.testing.assert_allclose(point_normals(CUBE, FACES) * expected > 0.0, True)


def test_roots_lie_where_the_weight_is(rng):
    top = (CUBE[:, 2] > 0.5).astype(float)
    roots, normals = scatter_roots(CUBE, FACES[-1:], top, 500, rng)
    np.testing.assert_allclose(roots[:, 2], 1.0)
    np.testing.assert_allclose(normals, np.tile([0.0, 0.0, 1.0], (500, 1)))
    np.testing.assert_allclose(roots[:, :2].mean(axis=0), 0.5, atol=0.05)


def test_hairs_start_near_their_roots_and_have_their_length(rng):
    roots = np.array([[0.0, 0.0, 0.0], [0.01, 0.0, 0.0]])
    normals = np.tile([0.0, 0.0, 1.0], (2, 1))
    style = replace(SMALL, curl=0.0, frizz=0.0)
    hairs = grow_hair(roots, normals, style, rng, same)
    assert hairs.shape == (6, 8, 3)
    assert np.abs(hairs[:, 0] - np.repeat(roots, 3, axis=0)).max() < 0.05
    np.testing.assert_allclose(hairs[:, 0, 2], 0.0, atol=1e-12)
    lengths = np.linalg.norm(np.diff(hairs, axis=1), axis=-1).sum(axis=1)
    assert 0.05 < lengths.min() < lengths.max() < 0.13


def test_hanging_hair_ends_below_standing_hair(rng):
    roots, normals = rng.normal(0.0, 0.05, (40, 3)), np.tile([1.0, 0.0, 0.0], (40, 1))
    low = grow_hair(roots, normals, replace(SMALL, fall=1.0), np.random.default_rng(2), same)
    high = grow_hair(roots, normals, replace(SMALL, fall=0.0), np.random.default_rng(2), same)
    assert low[:, -1, 2].mean() < high[:, -1, 2].mean() - 0.02


def test_guides_stay_outside_of_the_body(rng):
    roots, normals = rng.random((50, 3)) * (1.0, 1.0, 0.0), np.tile([0.0, 0.0, 1.0], (50, 1))
    flat = replace(SMALL, curl=0.0, frizz=0.0, clump=1.0, fall=1.0, lift=0.2)
    through = grow_hair(roots, normals, flat, np.random.default_rng(3), same)
    outside = grow_hair(roots, normals, flat, np.random.default_rng(3), above_ground)
    assert through[..., 2].min() < -0.02
    assert outside[..., 2].min() > -1e-9


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_cut_grows_finite_hair_of_its_seed(style):
    directions = np.random.default_rng(4).normal(size=(30, 3))
    normals = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    one, two = (
        grow_hair(0.1 * normals, normals, style, np.random.default_rng(5), same) for _ in range(2)
    )
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, two)


def test_random_styles_differ():
    rng = np.random.default_rng(6)
    assert len({random_style(rng).length for _ in range(20)}) == 20


def test_spacing_of_a_grid_is_its_step():
    line = np.arange(200.0)[:, None] * (0.01, 0.0, 0.0)
    assert typical_spacing(line) == pytest.approx(0.01)
