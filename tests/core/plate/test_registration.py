import cv2
import numpy as np
import pytest
import torch

from platekey.core.plate.registration import corner_shift, register, scaled, warp


def moved(picture, dx, dy, degrees=0.0):
    height, width = picture.shape[-2:]
    angle = np.deg2rad(degrees)
    centre = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1.0]])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), dx], [np.sin(angle), np.cos(angle), dy], [0, 0, 1]]
    )
    matrix = centre @ turn @ np.linalg.inv(centre)
    return warp(picture, matrix), matrix


@pytest.mark.parametrize(
    ("dx", "dy", "degrees"), [(0.5, -0.3, 0), (7.3, 2.6, 0), (-25, 11, 0), (3, 1, 1.0), (0, 0, 2.0)]
)
def test_a_moved_camera_is_found_to_a_quarter_pixel(dx, dy, degrees, make_wall, with_subject):
    clean = make_wall(240, 320)
    plate, truth = moved(clean, dx, dy, degrees)
    plate, _ = with_subject(plate)
    found = register(plate, clean, torch.ones(1, 1, 240, 320))
    assert corner_shift(found.matrix @ np.linalg.inv(truth), 320, 240) < 0.25
    assert found.misfit_after < found.misfit_before


def test_exposure_does_not_disturb_the_registration(make_wall):
    clean = make_wall(200, 260)
    plate, truth = moved(clean, 5.4, -3.2)
    found = register(plate * 2.5, clean, torch.ones(1, 1, 200, 260))
    assert corner_shift(found.matrix @ np.linalg.inv(truth), 260, 200) < 0.25


def test_a_locked_camera_is_left_alone(make_wall, with_subject, generator):
    clean = make_wall(200, 260)
    plate, _ = with_subject(clean)
    noisy = plate + 0.004 * torch.randn(plate.shape, generator=generator)
    found = register(noisy, clean, torch.ones(1, 1, 200, 260))
    assert found.shift < 0.1


@pytest.mark.parametrize("value", [0.0, 0.18, 1e4])
def test_an_even_wall_gives_no_ground_to_move_anything(value, generator):
    wall = torch.full((1, 3, 100, 120), value)
    plate = wall + 0.003 * torch.randn(wall.shape, generator=generator)
    assert register(plate, wall, torch.ones(1, 1, 100, 120)).model == "identity"


def test_pictures_that_do_not_belong_together_are_left_alone(make_wall):
    found = register(make_wall(200, 260, 1), make_wall(200, 260, 2), torch.ones(1, 1, 200, 260))
    assert found.model == "identity"
    assert np.array_equal(found.matrix, np.eye(3))


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (31, 31)])
def test_small_pictures_are_left_alone(size, make_wall):
    picture = make_wall(*size)
    assert register(picture, picture * 0.5, torch.ones(1, 1, *size)).model == "identity"


def test_a_scaled_matrix_moves_the_larger_picture_alike():
    shift = np.array([[1, 0, 2.0], [0, 1, -1.5], [0, 0, 1]])
    assert np.allclose(scaled(shift, 4)[:2, 2], [8, -6])


def test_a_matrix_that_folds_the_picture_has_infinite_shift():
    fold = np.array([[1, 0, 0], [0, 1, 0], [-0.1, 0, 1.0]])
    assert corner_shift(fold, 320, 240) == float("inf")


def test_warping_keeps_highlights_and_negatives():
    picture = torch.full((1, 3, 20, 30), 300.0)
    picture[:, 2] = -0.25
    shifted = warp(picture, np.array([[1, 0, 0.4], [0, 1, 0.2], [0, 0, 1]]))
    torch.testing.assert_close(shifted, picture, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("matrix", [np.outer([1.0, 2, 3], [1, 0, 1]), np.full((3, 3), np.nan)])
def test_matches_that_fold_the_picture_are_no_ground_for_a_homography(
    matrix, make_wall, monkeypatch
):
    asked = []

    def find(there, *_, **__):
        asked.append(len(there))
        return matrix, np.ones((len(there), 1), np.uint8)

    monkeypatch.setattr(cv2, "findHomography", find)
    wall = make_wall(180, 240)
    plate, _ = moved(wall, 4.0, 2.0)
    found = register(plate, wall, torch.ones_like(wall[:, :1]))
    assert asked
    assert found.model in ("identity", "translation")
