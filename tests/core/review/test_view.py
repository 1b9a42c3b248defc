import numpy as np
import pytest

from platekey.core.review.view import BEHIND, heat_view, matte_view, scaled, srgb_view


def test_srgb_view_has_the_standards_values():
    light = np.array([[[0.0, 0.0031308, 0.18]], [[0.5, 1.0, 12.0]]], dtype=np.float32)
    assert srgb_view(light).tolist() == [[[0, 10, 118]], [[188, 255, 255]]]


def test_negative_and_broken_values_are_shown_as_black():
    assert srgb_view(np.array([[[-1.0, np.nan, 0.0]]])).max() == 0


def test_a_matte_is_shown_unencoded():
    assert matte_view(np.array([[0.0, 0.5, 1.0, 2.0]]))[0, :, 1].tolist() == [0, 128, 255, 255]


def test_heat_grows_brighter_with_the_value():
    shown = heat_view(np.linspace(0, 1, 32)[None]).astype(int).sum(axis=2)[0]
    assert (np.diff(shown) > 0).mean() > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (10, 40), (40, 10), (500, 300)])
def test_a_picture_keeps_its_aspect_in_its_box(shape):
    box = scaled(np.full((*shape, 3), 200, np.uint8), 60, 50)
    assert box.shape == (50, 60, 3)
    filled = (box == 200).all(axis=2)
    height, width = filled.any(axis=1).sum(), filled.any(axis=0).sum()
    assert abs(height - min(50, 60 * shape[0] / shape[1])) <= 1
    assert abs(width - min(60, 50 * shape[1] / shape[0])) <= 1
    assert (box[~filled] == BEHIND).all()
