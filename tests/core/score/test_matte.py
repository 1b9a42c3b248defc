import numpy as np
import pytest

from platekey.core.errors import InputMismatch, NonFinitePixels, UnsupportedChannels
from platekey.core.frames.frame import Frame, Window
from platekey.core.score.matte import read_matte


def frame(pixels, *channels, x=0):
    pixels = np.asarray(pixels, dtype=np.float32)
    window = Window(x, 0, pixels.shape[1], pixels.shape[0])
    return Frame(pixels, channels, window, window, path="matte.exr")


@pytest.mark.parametrize("channel", ["A", "Y", "alpha.A", "alpha.Y", "matte"])
def test_alpha_is_found_by_any_of_its_names(channel):
    matte = read_matte(frame([[[0.25]]], channel))
    assert matte.alpha.tolist() == [[0.25]]
    assert matte.premultiplied is None


def test_colour_beside_an_alpha_is_premultiplied():
    matte = read_matte(frame([[[1, 2, 3, 0.5], [0, 0, 0, 0]]], "R", "G", "B", "A"))
    assert matte.premultiplied[0, 0].tolist() == [1, 2, 3]
    assert matte.unpremultiplied.tolist() == [[[2, 4, 6], [0, 0, 0]]]


def test_the_solved_foreground_layer_wins_over_division():
    channels = ("R", "G", "B", "A", "fg.R", "fg.G", "fg.B")
    matte = read_matte(frame([[[0, 0, 0, 0, 7, 8, 9]]], *channels))
    assert matte.unpremultiplied[0, 0].tolist() == [7, 8, 9]


def test_a_foreground_file_without_alpha_is_straight():
    matte = read_matte(frame([[[0.5]]], "A"), frame([[[2, 4, 6]]], "R", "G", "B"))
    assert matte.premultiplied[0, 0].tolist() == [1, 2, 3]
    assert matte.unpremultiplied[0, 0].tolist() == [2, 4, 6]


def test_a_separate_foreground_must_have_the_same_window():
    with pytest.raises(InputMismatch, match=r"is 1x1 at 5,0, its alpha matte.exr is 1x1"):
        read_matte(frame([[[0.5]]], "A"), frame([[[2, 4, 6, 1]]], "R", "G", "B", "A", x=5))


def test_a_picture_without_alpha_is_refused():
    with pytest.raises(UnsupportedChannels, match=r"has channels R G B, but an alpha"):
        read_matte(frame([[[0, 0, 0]]], "R", "G", "B"))


def test_nan_is_refused_by_its_file():
    with pytest.raises(NonFinitePixels, match=r"matte.exr has 1 values"):
        read_matte(frame([[[np.nan]]], "A"))
