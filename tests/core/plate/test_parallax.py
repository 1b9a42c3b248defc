import numpy as np
import pytest
import torch

from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.parallax import find_parallax
from platekey.core.plate.registration import warp

SIZE = (180, 260)


def known():
    return torch.ones(1, 1, *SIZE)


def moved_part(clean, pixels):
    """Something in the set that moved to the right, beside the rest."""
    part = (..., slice(60, 130), slice(170, 240))
    plate = clean.clone()
    plate[part] = warp(clean, np.array([[1, 0, pixels], [0, 1, 0], [0, 0, 1.0]]))[part]
    return plate, part


@pytest.mark.parametrize("pixels", [1.0, 2.0])
def test_a_part_that_moved_by_itself_is_found_and_the_subject_is_not(
    pixels, make_wall, with_subject
):
    clean = make_wall(*SIZE)
    plate, part = moved_part(clean, pixels)
    plate, alpha = with_subject(plate, share=0.08)
    found = find_parallax(plate, clean, known())
    inside = (found.spread[part].mean(1) > 0)[..., 10:-10, 10:-10]
    assert float(inside.float().mean()) > 0.7
    assert float((found.spread.mean(1, keepdim=True) > 0)[alpha > 0.9].float().mean()) < 0.02
    assert found.largest == pytest.approx(pixels, abs=0.6)
    # the spread is about as large as what it has to explain
    error = (plate - clean)[part].abs().mean()
    assert float(found.spread[part].mean()) == pytest.approx(float(error), rel=0.6)


def test_a_pair_without_parallax_has_none(make_wall, with_subject):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean)
    found = find_parallax(plate, clean, known())
    assert (found.share, float(found.spread.max())) == (0, 0)


def test_strangers_have_none_that_matters(make_wall):
    found = find_parallax(make_wall(*SIZE, 1), make_wall(*SIZE, 2), known())
    assert found.share < 0.02


@pytest.mark.parametrize("size", [(1, 1), (20, 300)])
def test_small_pictures_are_left_alone(size, make_wall):
    picture = make_wall(*size)
    assert find_parallax(picture, picture, torch.ones(1, 1, *size)).share == 0


def test_conditioning_marks_it_only_where_the_camera_moved(make_wall):
    scene = make_wall(200, 300)
    still, _ = moved_part(scene[..., 5:185, 10:270], 2.0)
    assert condition_clean_plate(still, scene[..., 5:185, 10:270]).spread is None
    moved = condition_clean_plate(still, scene[..., 2:182, 3:263])
    assert moved.report["parallax_share"] > 0.03
    assert float((moved.spread > 0).float().mean()) == pytest.approx(
        moved.report["parallax_share"], abs=0.01
    )
