import numpy as np

from platekey.core.frames.frame import Window
from platekey.core.review.crops import edge_crops


def with_hair(height=80, width=120, x=70, y=30):
    alpha = np.zeros((height, width))
    alpha[y : y + 20, x : x + 30 : 2] = 0.5
    alpha[y : y + 20, x + 1 : x + 30 : 4] = 1.0
    return alpha


def test_the_first_crop_holds_the_softest_edges():
    crop = edge_crops(with_hair(), 40, 30, 1)[0]
    assert crop.x <= 70
    assert crop.x + crop.width > 98  # the last hair
    assert crop.y <= 30
    assert crop.y + crop.height >= 50


def test_crops_do_not_overlap():
    alpha = np.random.default_rng(0).random((90, 130))
    crops = edge_crops(alpha, 40, 30, 4)
    seen = np.zeros(alpha.shape, int)
    for crop in crops:
        assert crop.width == 40
        assert crop.height == 30
        seen[crop.y : crop.y + 30, crop.x : crop.x + 40] += 1
    assert len(crops) == 4
    assert seen.max() == 1


def test_even_haze_is_passed_over():
    alpha = np.maximum(with_hair(), 0.0)
    alpha[:, :50] = 0.4
    alpha[:, 50:60] = np.linspace(0.4, 0, 10)
    assert edge_crops(alpha, 30, 20, 1)[0].x > 50


def test_a_hard_matte_is_cropped_at_its_outline():
    alpha = np.zeros((80, 120))
    alpha[40:, 60:] = 1
    crop = edge_crops(alpha, 20, 20, 1)[0]
    inside = alpha[crop.y : crop.y + 20, crop.x : crop.x + 20]
    assert inside.min() == 0
    assert inside.max() == 1


def test_an_empty_matte_has_no_crops_and_a_tiny_one_is_taken_whole():
    assert edge_crops(np.zeros((20, 20)), 8, 8, 3) == ()
    assert edge_crops(np.array([[0.0, 0.5]]), 8, 8, 3) == (Window(0, 0, 2, 1),)
