"""A clean plate's layer `deviation`: how much its background moves."""

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.job.inputs import ShotInputs

HEIGHT, WIDTH = 32, 48


def write_clean(shot, names, layers):
    window = Window(0, 0, WIDTH, HEIGHT)
    pixels = np.concatenate([shot.background, layers], -1).astype(np.float32)
    channels = ("R", "G", "B", *names)
    frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
    write_frame(frame, shot.clean_plate)


@pytest.fixture
def deviation():
    return np.random.default_rng(3).uniform(0, 0.1, (HEIGHT, WIDTH, 3)).astype(np.float32)


def test_the_layer_is_read_beside_the_picture(shot, deviation):
    write_clean(shot, ("deviation.R", "deviation.G", "deviation.B"), deviation)
    inputs = ShotInputs(shot.request()).read(1001)
    np.testing.assert_allclose(inputs.deviation, deviation, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(
        inputs.clean_plate, shot.background.astype(np.float32), rtol=1e-3, atol=1e-6
    )
    assert inputs.valid.all()


def test_it_goes_with_the_layer_valid(shot, deviation):
    valid = np.ones((HEIGHT, WIDTH, 1))
    valid[:8] = 0
    names = ("valid.Y", "deviation.R", "deviation.G", "deviation.B")
    write_clean(shot, names, np.concatenate([valid, deviation], -1))
    inputs = ShotInputs(shot.request()).read(1001)
    np.testing.assert_allclose(inputs.deviation, deviation, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(inputs.valid, valid)


def test_a_clean_plate_without_it_has_none(shot):
    assert ShotInputs(shot.request()).read(1001).deviation is None
