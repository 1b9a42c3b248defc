import numpy as np
import pytest

from platekey.core.score.background import CHECKER_SIDE, checkerboard, fitted


def test_the_checkerboard_has_its_squares():
    board = checkerboard(CHECKER_SIDE + 1, 2 * CHECKER_SIDE)
    assert board.shape == (CHECKER_SIDE + 1, 2 * CHECKER_SIDE, 3)
    assert board[0, 0, 0] == board[-1, -1, 2] != board[0, -1, 1]


def test_a_picture_of_the_frames_size_is_left_alone():
    picture = np.random.default_rng(0).random((5, 7, 3)) * 20 - 1
    assert np.array_equal(fitted(picture, 5, 7), picture)


@pytest.mark.parametrize("size", [(1, 1), (9, 3), (3, 9), (40, 41)])
def test_any_size_is_covered_without_new_values(size):
    picture = np.random.default_rng(0).random((6, 8, 3))
    found = fitted(picture, *size)
    assert found.shape == (*size, 3)
    assert picture.min() <= found.min() <= found.max() <= picture.max()


def test_the_middle_of_a_wider_picture_is_taken():
    picture = np.zeros((2, 6, 3))
    picture[:, 2:4] = 1
    assert fitted(picture, 2, 2).min() == 1
