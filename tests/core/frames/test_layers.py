import numpy as np
import pytest

from platekey.core.errors import UnsupportedChannels
from platekey.core.frames.layers import Part, layers_of, matte, rgb, select

RGBA = ("R", "G", "B", "A")


def test_without_a_layer_the_part_with_plain_colour_is_whole():
    parts = [Part(("Z",), "depth"), Part((*RGBA, "fg.R"), "main")]
    found = select(parts, "", "a.exr")
    assert (found.part, found.channels) == (1, (*RGBA, "fg.R"))


@pytest.mark.parametrize("name", ["rgba", "ViewLayer.Combined", "beauty"])
def test_without_plain_colour_the_main_layer_is_taken(name):
    channels = tuple(f"{layer}.{c}" for layer in ("diffuse", name) for c in "RGB")
    found = select([Part(channels)], "", "a.exr")
    assert (found.numbers, found.channels) == ((3, 4, 5), ("R", "G", "B"))


def test_a_deep_part_is_passed_over_where_a_flat_one_has_the_colour():
    parts = [Part(RGBA, "deep", deep=True), Part(RGBA, "flat")]
    assert select(parts, "", "a.exr").part == 1


def test_layers_parts_and_views_can_all_be_named():
    parts = [Part(("Z",), "depth", "left"), Part((*RGBA, "fg.R"), "rgba", "left")]
    assert layers_of(parts) == ("depth", "left", "fg", "rgba")
    assert select(parts, "fg", "a.exr").channels == ("R",)
    assert select(parts, "depth", "a.exr").part == 0
    assert select(parts, "left", "a.exr").part == 1  # of a view, the part with colour


def test_luminance_alone_is_grey(make_frame):
    frame = make_frame(np.full((2, 2, 1), 0.3), ("Y",))
    np.testing.assert_array_equal(rgb(frame), np.full((2, 2, 3), np.float32(0.3)))


@pytest.mark.parametrize("channels", [("R", "G", "B"), ("r", "g", "b"), ("red", "green", "blue")])
def test_colour_is_found_by_the_names_in_use(make_frame, channels):
    frame = make_frame([[[1, 2, 3]]], channels)
    np.testing.assert_array_equal(rgb(frame), [[[1, 2, 3]]])


def test_a_picture_without_colour_is_refused(make_frame):
    with pytest.raises(UnsupportedChannels, match="has channels Z, but R G B are needed"):
        rgb(make_frame(np.zeros((1, 1, 1)), ("Z",)))


@pytest.mark.parametrize(
    ("channels", "values", "expected"),
    [
        (RGBA, [0.9, 0.8, 0.7, 0.25], 0.25),
        (RGBA, [0.25, 0.8, 0.7, 1.0], 0.25),  # a matte as grey with a solid alpha
        (("R", "G", "B"), [0.25, 0.1, 0.1], 0.25),
        (("Y",), [0.25], 0.25),
        (("A",), [1.0], 1.0),
        (("mask",), [0.25], 0.25),
    ],
)
def test_a_matte_is_found_in_what_hosts_write(make_frame, channels, values, expected):
    assert matte(make_frame([[values]], channels))[0, 0, 0] == np.float32(expected)


def test_a_picture_without_a_matte_is_refused(make_frame):
    with pytest.raises(UnsupportedChannels, match="a matte needs A, Y or R"):
        matte(make_frame(np.zeros((1, 1, 2)), ("u", "v")))
