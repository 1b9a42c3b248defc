import numpy as np
import pytest

from platekey.core.errors import ShapeError, UnsupportedChannels
from platekey.core.frames.frame import Frame, Window


def test_pixels_must_fit_the_header():
    with pytest.raises(ShapeError, match=r"pixels are \(2, 2, 3\), the header says \(2, 3, 3\)"):
        Frame(
            np.zeros((2, 2, 3), np.float32), ("R", "G", "B"), Window(0, 0, 3, 2), Window(0, 0, 3, 2)
        )


def test_channels_are_selected_by_name_in_the_order_asked(make_frame):
    frame = make_frame([[[1, 2, 3]]])
    np.testing.assert_array_equal(frame.select("B", "R"), [[[3, 1]]])
    with pytest.raises(UnsupportedChannels, match="has channels R G B, but A is needed"):
        frame.select("A")


def test_a_window_is_written_as_artists_say_it():
    assert str(Window(0, 0, 1920, 1080)) == "1920x1080"
    assert str(Window(-8, 4, 10, 10)) == "10x10 at -8,4"
