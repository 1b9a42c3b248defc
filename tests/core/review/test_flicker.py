import math

import cv2
import numpy as np
import pytest

from platekey.core.review.flicker import measure_flicker, static_region


def noisy(light, seed):
    rng = np.random.default_rng(seed)
    return light + rng.normal(0, 0.02 * np.sqrt(light + 0.01))


def scene(x=40):
    light = np.full((80, 120, 3), 0.2)
    light[:, :60] = 0.6  # brighter, hence noisier
    light[20:60, x : x + 15] = 2.0
    return light


def test_noise_alone_is_no_movement():
    assert static_region(noisy(scene(), 0), noisy(scene(), 1)).mean() > 0.9


def test_what_moved_is_left_out_with_its_surroundings():
    still = static_region(noisy(scene(40), 0), noisy(scene(46), 1))
    assert not still[18:62, 38:48].any()
    assert still[:, 90:].mean() > 0.9


def test_identical_plates_stand_still_everywhere():
    assert static_region(scene(), scene()).all()


def test_flicker_is_the_rms_change_of_alpha():
    alpha = np.full((80, 120), 0.5)
    found = measure_flicker(8, (scene(), scene()), (alpha, alpha + 0.02))
    assert found.frame == 8
    assert found.coverage == 1
    assert found.static == pytest.approx(2)
    assert found.static_soft == pytest.approx(2)


def test_change_where_the_plate_moved_is_no_flicker():
    before, after = np.zeros((2, 80, 120))
    before[20:60, 40:55] = 1
    after[20:60, 46:61] = 1
    found = measure_flicker(2, (noisy(scene(40), 0), noisy(scene(46), 1)), (before, after))
    assert found.static == 0
    assert math.isnan(found.static_soft)


def test_nothing_is_said_when_all_moves():
    texture = np.random.default_rng(0).random((90, 130, 3))
    texture = cv2.GaussianBlur(texture, (0, 0), 4) * 4
    plates = (noisy(texture[:80, :120], 1), noisy(texture[9:89, 7:127], 2))
    found = measure_flicker(2, plates, (np.zeros((80, 120)), np.ones((80, 120))))
    assert found.coverage < 0.01
    assert math.isnan(found.static)
