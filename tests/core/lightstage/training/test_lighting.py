import numpy as np
import pytest
import torch

from platekey.core.lightstage.training.lighting import (
    lamp_lights,
    mean_luminance,
    panorama_behind,
    random_lights,
    small_panorama,
)

SIDES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
RIGHT, LEFT, UP, DOWN, FRONT, BEHIND = range(6)


def test_light_comes_from_where_the_picture_is_bright():
    picture = np.full((40, 60, 3), 0.1, np.float32)
    picture[:, 40:] = (4.0, 2.0, 1.0)
    lights = lamp_lights(panorama_behind(picture), SIDES)
    assert lights[RIGHT, 0] > 3 * lights[LEFT, 0]
    np.testing.assert_allclose(lights[RIGHT] / lights[RIGHT, 2], (4, 2, 1), rtol=0.2)
    sky = np.full((40, 60, 3), 0.1, np.float32)
    sky[:15] = 5.0
    lights = lamp_lights(panorama_behind(sky), SIDES)
    assert lights[UP, 1] > 3 * lights[DOWN, 1]


def test_the_light_of_a_picture_is_as_bright_as_the_picture():
    picture = np.full((9, 16, 3), (0.3, 0.2, 0.1), np.float32)
    lights = lamp_lights(panorama_behind(picture), SIDES)
    np.testing.assert_allclose(lights, np.broadcast_to(picture[0, 0], (6, 3)), rtol=1e-3)


def test_random_lights_are_of_mean_one_finite_and_all_different():
    drawn = [random_lights(np.random.default_rng(seed)) for seed in range(5)]
    for light in drawn:
        assert mean_luminance(light) == pytest.approx(1, rel=1e-5)
        assert float(light.min()) > 0
    assert not torch.allclose(drawn[0], drawn[1])
    assert torch.equal(drawn[0], random_lights(np.random.default_rng(0)))


def test_a_small_panorama_has_all_of_the_light():
    panorama = torch.rand(1, 3, 128, 256, generator=torch.Generator().manual_seed(1)) ** 8 * 100
    small = small_panorama(panorama)
    assert small.shape == (1, 3, 32, 64)
    assert mean_luminance(small) == pytest.approx(mean_luminance(panorama), rel=1e-4)
    odd = torch.ones(1, 3, 45, 90)
    assert mean_luminance(small_panorama(odd)) == pytest.approx(1, rel=1e-5)
