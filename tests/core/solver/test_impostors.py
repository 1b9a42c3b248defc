import pytest
import torch

from platekey.core.solver.impostors import find_impostors


@pytest.fixture
def wall(make_shot):
    return make_shot(height=300, width=400, seed=9).clean


def judged(plate, wall):
    deviation = torch.full_like(wall, 0.03)
    change = torch.log2(plate.clamp_min(1e-3) / wall.clamp_min(1e-3))
    significance = (change**2 / deviation**2).mean(1, keepdim=True).sqrt()
    return find_impostors(plate, wall, deviation, significance, 3.0)


def test_a_plain_shadow_is_background(wall):
    plate = wall.clone()
    plate[..., 40:70, 30:80] *= torch.tensor([0.55, 0.58, 0.62]).view(1, 3, 1, 1)
    found = judged(plate, wall)
    assert found[..., 42:68, 32:78].float().mean() > 0.95
    assert not found[..., :30, :].any()


def test_a_thing_of_another_colour_is_no_shadow(wall):
    plate = wall.clone()
    plate[..., 40:70, 30:80] *= torch.tensor([0.3, 0.6, 0.6]).view(1, 3, 1, 1)
    assert not judged(plate, wall).any()


def test_a_thing_that_hides_the_walls_detail_is_no_shadow(wall):
    plate = wall.clone()
    plate[..., 40:70, 30:80] = 0.06
    assert not judged(plate, wall).any()


def test_something_brighter_is_no_shadow(wall):
    plate = wall.clone()
    plate[..., 40:70, 30:80] *= 1.6
    assert not judged(plate, wall).any()


def test_parallax_of_two_pixels_is_background(wall):
    plate = wall.clone()
    plate[..., 40:60, 30:60] = wall[..., 40:60, 32:62]
    assert judged(plate, wall)[..., 45:55, 35:55].float().mean() > 0.5


def test_a_wisp_of_hair_is_kept(wall):
    plate = wall.clone()
    plate[..., 20:90, 70:72] *= 0.6
    assert not judged(plate, wall).any()


def test_the_main_subject_is_never_judged(wall):
    plate = wall * 0.6
    assert not judged(plate, wall).any()
