import math

import numpy as np
import pytest

from platekey.core.review.flicker import Flicker
from platekey.core.review.sheet import Passes, Shot, contact_sheet


def passes(height=90, width=160, **changes):
    rng = np.random.default_rng(1)
    alpha = np.clip(np.hypot(*(np.indices((height, width)) - [[[45]], [[80]]])) / -9 + 3, 0, 1)
    colour = rng.random((height, width, 3))
    values = {
        "plate": colour,
        "clean_plate": 0.5 * colour,
        "alpha": alpha,
        "premultiplied": colour * alpha[..., None],
        "background": np.full((height, width, 3), 0.3),
        "shadow": np.ones((height, width, 3)),
        "confidence": np.ones((height, width)),
    }
    return Passes(**{**values, **changes})


def strip(count):
    return [(n, np.full((20, 30, 3), 90, np.uint8)) for n in range(1, count + 1)]


def test_the_composite_is_over_the_new_background():
    frame = passes(alpha=np.zeros((90, 160)), premultiplied=np.zeros((90, 160, 3)))
    assert (frame.over(frame.background) == 0.3).all()


def test_a_sequence_adds_a_strip_and_a_plot(tmp_path):
    single = contact_sheet(Shot("still", "frames 7"), 7, passes())
    flicker = [Flicker(n, 0.1, math.nan, 0.9) for n in (2, 3)]
    whole = contact_sheet(Shot("moving", "frames 1-3", strip(3), flicker), 2, passes())
    assert whole.height > single.height + 250
    whole.save(str(tmp_path / "sheet.png"))
    assert (tmp_path / "sheet.png").stat().st_size > 10000


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (101, 67)])
def test_any_shape_fits_the_sheet(size, tmp_path):
    alpha = np.random.default_rng(0).random(size)
    colour = np.repeat(alpha[..., None], 3, axis=2)
    frame = Passes(colour, colour, alpha, colour, colour)  # without shadow and confidence
    contact_sheet(Shot("odd", ""), 1, frame).save(str(tmp_path / "sheet.png"))
    assert (tmp_path / "sheet.png").exists()


def test_many_frames_keep_the_strip_to_one_row():
    few = contact_sheet(Shot("shot", "", strip(2)), 1, passes())
    many = contact_sheet(Shot("shot", "", strip(100)), 1, passes())
    assert few.height == many.height


def test_a_hard_empty_matte_has_no_close_ups():
    empty = passes(alpha=np.zeros((90, 160)))
    assert (
        contact_sheet(Shot("a", ""), 1, empty).height
        < contact_sheet(Shot("a", ""), 1, passes()).height
    )
