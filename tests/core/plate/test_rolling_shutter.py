import numpy as np
import pytest
import torch

from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.registration import warp
from platekey.core.plate.rolling_shutter import find_row_shifts, shift_rows, warp_rows

SIZE = (240, 320)


def shaken(picture, pixels):
    """Rows shifted along a wave down the frame."""
    y = (np.arange(24) + 0.5) / 12 - 1
    shifts = np.stack([pixels * np.sin(4 * y), 0.3 * pixels * np.cos(3 * y)], 1).astype(np.float32)
    array = np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy())
    return torch.from_numpy(shift_rows(array, shifts)).permute(2, 0, 1)[None], shifts


def known():
    return torch.ones(1, 1, *SIZE)


@pytest.mark.parametrize("pixels", [1.0, 3.0, 5.0])
def test_a_shaken_camera_is_found_behind_a_subject(pixels, make_wall, with_subject):
    clean = make_wall(*SIZE)
    bent, shifts = shaken(clean, pixels)
    plate, _ = with_subject(bent)
    found = find_row_shifts(plate, clean, known())
    assert found.helps
    assert np.abs(found.shifts - shifts).mean() < 0.15
    assert found.misfit_after < 0.93 * found.misfit_before


def test_a_steady_camera_is_left_alone(make_wall, with_subject, generator):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean)
    plate = plate + 0.003 * torch.randn(plate.shape, generator=generator)
    found = find_row_shifts(plate, clean, known())
    assert not found.helps
    assert not found.shifts.any()


def test_an_even_wall_and_strangers_are_left_alone(make_wall):
    wall = torch.full((1, 3, *SIZE), 0.2)
    assert not find_row_shifts(wall, wall * 1.1, known()).helps
    assert not find_row_shifts(make_wall(*SIZE, 1), make_wall(*SIZE, 2), known()).helps


@pytest.mark.parametrize("size", [(1, 1), (30, 300)])
def test_small_pictures_are_left_alone(size, make_wall):
    picture = make_wall(*size)
    assert not find_row_shifts(picture, picture, torch.ones(1, 1, *size)).helps


def test_rows_and_homography_are_one_resampling(make_wall):
    picture = make_wall(*SIZE)
    bent, shifts = shaken(picture, 2.0)
    found = find_row_shifts(bent, picture, known())
    move = np.array([[1, 0, 3.0], [0, 1, -2.0], [0, 0, 1]])
    twice = shaken(warp(picture, move), 2.0)[0]
    once = warp_rows(picture, move, type(found)(shifts, 2.0, 0.0, 0.0))
    inside = (..., slice(10, -10), slice(10, -10))
    error = (once - twice)[inside].abs() / twice[inside]
    assert float(error.mean()) < 1e-3


def test_conditioning_follows_the_shake_and_marks_what_came_from_outside(make_wall, with_subject):
    scene = make_wall(*SIZE)
    plate, alpha = with_subject(shaken(scene, 4.0)[0])
    conditioned = condition_clean_plate(plate, scene)
    assert conditioned.report["rolling_shutter_px"] == pytest.approx(4, abs=1.2)
    bare = ((alpha == 0) & (conditioned.valid > 0.5)).expand_as(plate)
    before = (scene - plate).abs()[bare].median()
    after = (conditioned.clean_plate - plate).abs()[bare].median()
    assert float(after) < 0.4 * float(before)
    assert 0 < float((conditioned.valid < 0.5).float().mean()) < 0.1


def test_conditioning_says_that_there_is_none(make_wall, with_subject):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean)
    assert condition_clean_plate(plate, clean).report["rolling_shutter_px"] == 0
