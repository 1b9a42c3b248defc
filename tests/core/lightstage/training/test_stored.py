from dataclasses import replace

import numpy as np
import pytest

from platekey.core.errors import ShapeError, UnreadableFile
from platekey.core.lightstage.training.stored import shade


def test_even_white_light_leaves_the_foreground_as_it_is(make_ball):
    capture = make_ball()
    np.testing.assert_allclose(shade(capture.shares, np.ones((6, 3), np.float32)), 1, atol=1e-6)


def test_light_of_two_lamps_is_the_sum_of_each(make_ball):
    capture = make_ball()
    one, other = np.zeros((6, 3), np.float32), np.zeros((6, 3), np.float32)
    one[0], other[4] = (3, 1, 0), (0, 1, 2)
    both = shade(capture.shares, one + other)
    np.testing.assert_allclose(
        both, shade(capture.shares, one) + shade(capture.shares, other), rtol=1e-5
    )
    assert both.shape == (1, 3, 12, 12)
    assert not both[:, 0, :, 0].max() > both[:, 0, :, -1].min()  # lamp 0 is to the right


def test_a_capture_knows_its_subject_and_frames(make_ball):
    capture = make_ball(frames=3)
    assert (capture.subject, capture.frames, capture.scale) == ("ball", 3, 4)
    assert replace(capture, facts={}).subject == ""


def test_arrays_that_do_not_fit_are_refused(make_ball):
    capture = make_ball()
    with pytest.raises(ShapeError, match="shares is .* it must be .1, 6, 12, 12"):
        replace(capture, shares=capture.shares[..., :5])
    with pytest.raises(ShapeError, match="1 to 64 frames"):
        replace(capture, alpha=capture.alpha[:0])
    with pytest.raises(UnreadableFile, match="scale is '4'"):
        replace(capture, facts={"scale": "4"})
