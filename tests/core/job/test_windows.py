"""Data windows: cropping and padding against a plain loop over pixel coordinates."""

import numpy as np
import pytest

from platekey.core.errors import InputMismatch
from platekey.core.frames.frame import Frame, Window
from platekey.core.job.windows import fit_to_plate, pad_to_display


def frame(data, display):
    """Each pixel holds its own coordinates."""
    y, x = np.mgrid[data.y : data.y + data.height, data.x : data.x + data.width]
    return Frame(np.stack([x, y], -1).astype(np.float32), ("X", "Y"), data, display)


DISPLAY = Window(0, 0, 20, 10)


@pytest.mark.parametrize(
    "clean",
    [
        DISPLAY,
        Window(-3, -2, 26, 14),
        Window(4, 3, 5, 4),
        Window(-8, 2, 18, 30),
        Window(7, 7, 1, 1),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "plate", [DISPLAY, Window(-4, -4, 28, 18), Window(2, 1, 9, 7), Window(6, 6, 2, 2)], ids=str
)
def test_every_pixel_lands_on_its_place(plate, clean):
    given = frame(clean, DISPLAY)
    fitted, covered = fit_to_plate(given.pixels, given, frame(plate, DISPLAY), "clean plate")
    for row in range(plate.height):
        for column in range(plate.width):
            x, y = plate.x + column, plate.y + row
            inside = 0 <= x - clean.x < clean.width and 0 <= y - clean.y < clean.height
            assert covered[row, column, 0] == inside
            edge = [
                np.clip(x, clean.x, clean.x + clean.width - 1),
                np.clip(y, clean.y, clean.y + clean.height - 1),
            ]
            assert fitted[row, column].tolist() == edge


def test_the_same_window_is_handed_through():
    given = frame(Window(-1, 2, 6, 5), DISPLAY)
    fitted, covered = fit_to_plate(given.pixels, given, given, "clean plate")
    assert fitted is given.pixels
    assert covered.all()


def test_display_windows_lie_on_each_other_wherever_their_origin_is():
    given = frame(Window(100, 200, 20, 10), Window(100, 200, 20, 10))
    fitted, covered = fit_to_plate(given.pixels, given, frame(DISPLAY, DISPLAY), "hint")
    assert covered.all()
    assert fitted[0, 0].tolist() == [100, 200]


def test_another_format_is_refused_with_both_sizes():
    small, large = Window(0, 0, 1920, 1080), Window(0, 0, 2048, 1152)
    one = Window(0, 0, 1, 1)
    given = frame(one, small)
    with pytest.raises(InputMismatch, match="clean plate is 1920x1080, plate is 2048x1152; refor"):
        fit_to_plate(given.pixels, given, frame(one, large), "clean plate")


def test_windows_without_a_common_pixel_are_refused():
    given = frame(Window(0, 0, 5, 5), DISPLAY)
    with pytest.raises(
        InputMismatch, match="hint has pixels in 5x5, plate in 5x5 at 5,0, which do"
    ):
        fit_to_plate(given.pixels, given, frame(Window(5, 0, 5, 5), DISPLAY), "hint")


@pytest.mark.parametrize(
    "data", [DISPLAY, Window(-3, -2, 26, 14), Window(4, 3, 5, 4), Window(30, 30, 4, 4)], ids=str
)
def test_a_picture_for_blender_has_its_display_window_alone(data):
    padded = pad_to_display(frame(data, DISPLAY))
    assert padded.data_window == padded.display_window == DISPLAY
    for y in range(DISPLAY.height):
        for x in range(DISPLAY.width):
            inside = 0 <= x - data.x < data.width and 0 <= y - data.y < data.height
            assert padded.pixels[y, x].tolist() == ([x, y] if inside else [0, 0])
