import pytest
import torch

from platekey.core.lightstage.training.drift import (
    GREY,
    blend_colours,
    bounce,
    cast_shadow,
    drift_light,
    shift_corners,
)
from platekey.core.plate.encoding import encode


def each(*values):
    return torch.tensor(values).view(-1, 1, 1, 1)


def smooth(height=40, width=60):
    x = torch.linspace(0, 3, width).expand(height, width)
    y = torch.linspace(0, 2, height)[:, None].expand(height, width)
    return torch.stack([x + y, x.sin() + 2, 20 * (y.cos() + 1.5)])[None]


def square(height=40, width=60):
    alpha = torch.zeros(1, 1, height, width)
    alpha[..., 10:20, 20:30] = 1
    return alpha


def test_stops_and_gamma_do_what_they_say():
    picture = torch.tensor([-0.5, GREY, 8.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    stops = torch.tensor([0.0, 1.0, -1.0]).view(1, 3, 1, 1)
    lit = drift_light(picture, stops=stops, gamma=each(1.0))
    torch.testing.assert_close(lit, picture * torch.tensor([1.0, 2.0, 0.5]).view(1, 3, 1, 1))
    bent = drift_light(picture, stops=0 * stops, gamma=each(1.2))[0, 0, 0]
    assert float(bent[1]) == pytest.approx(GREY)
    assert float(bent[2]) == pytest.approx(GREY * (8 / GREY) ** 1.2)
    assert float(bent[0]) == pytest.approx(-GREY * (0.5 / GREY) ** 1.2)


def test_equal_corner_shifts_move_the_content():
    moved = shift_corners(smooth(), torch.tensor([[[3.0, -2.0]] * 4]))
    expected = smooth().roll((-2, 3), (2, 3))
    inside = (slice(None), slice(None), slice(3, -5), slice(6, -3))
    torch.testing.assert_close(moved[inside], expected[inside], rtol=1e-3, atol=1e-3)


def test_a_corner_shift_moves_its_corner_and_leaves_the_opposite_one():
    corners = torch.zeros(1, 4, 2)
    corners[0, 0] = torch.tensor([2.0, 2.0])  # top left moves inwards
    places = torch.stack(torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij"))
    moved = shift_corners(100 + places[None], corners)[0] - 100
    torch.testing.assert_close(moved[:, 2, 2], torch.zeros(2), atol=0.3, rtol=0)
    torch.testing.assert_close(moved[:, 38, 58], places[:, 38, 58], atol=0.1, rtol=0)


def test_no_shift_is_the_very_picture_beside_one_that_moves():
    both = smooth().repeat(2, 1, 1, 1)
    corners = torch.zeros(2, 4, 2)
    corners[1] = 0.5
    moved = shift_corners(both, corners)
    assert torch.equal(moved[0], both[0])
    assert not torch.allclose(moved[1], both[1], atol=1e-3)


def test_highlights_do_not_ring_below_zero():
    picture = torch.full((1, 3, 16, 16), 0.1)
    picture[..., 6:9, 6:9] = 1000.0
    assert float(shift_corners(picture, torch.full((1, 4, 2), 0.5)).min()) > -0.1


def test_a_shadow_falls_where_it_is_moved_to_and_is_as_deep_as_said():
    factor = cast_shadow(
        square(),
        density=each(0.6),
        shift=torch.tensor([[0.25, 0.5]]),  # 15 columns right, 20 rows down
        softness=0.0,
        sky=torch.tensor([1.0, 1.0, 0.5]).view(1, 3, 1, 1),
    )
    assert factor.shape == (1, 3, 40, 60)
    torch.testing.assert_close(factor[0, :, 35, 40], torch.tensor([0.4, 0.4, 0.7]))
    torch.testing.assert_close(factor[0, :, 15, 25], torch.ones(3))
    lowest, highest = factor.aminmax()
    assert float(lowest) == pytest.approx(0.4)
    assert float(highest) == 1.0


def test_bounce_has_the_subjects_colour_and_falls_off():
    subject = square() * torch.tensor([4.0, 1.0, 0.0]).view(1, 3, 1, 1)
    factor = bounce(subject, strength=each(0.3), reach=4.0)[0]
    near, far = factor[:, 22, 25] - 1, factor[:, 38, 5] - 1
    assert float(near[0]) == pytest.approx(4 * float(near[1]), rel=1e-3)
    assert float(near[2]) == 0.0
    assert float(far.max()) < 0.05 * float(near.max())
    brighter = bounce(100 * subject, strength=each(0.3), reach=4.0)[0]
    torch.testing.assert_close(brighter, factor)


def test_a_shot_without_subject_has_no_shadow_and_no_bounce():
    empty = torch.zeros(1, 1, 9, 9)
    factor = cast_shadow(
        empty, density=each(0.5), shift=torch.zeros(1, 2), softness=2.0, sky=torch.ones(1, 3, 1, 1)
    )
    assert torch.equal(factor, torch.ones(1, 3, 9, 9))
    assert torch.equal(bounce(empty.expand(1, 3, 9, 9), strength=each(0.5), reach=2.0), factor)


def test_colours_meet_the_background_and_alpha_stays_theirs():
    alpha = 0.5 * square()
    subject = alpha * torch.tensor([0.8, 0.1, 3.0]).view(1, 3, 1, 1)
    background = torch.tensor([0.05, 0.4, 0.2]).view(1, 3, 1, 1).expand(1, 3, 40, 60)
    met = blend_colours(subject, alpha, background, each(1.0))
    torch.testing.assert_close(met, alpha * background, rtol=1e-3, atol=1e-5)
    half = blend_colours(subject, alpha, background, each(0.5))[0, :, 15, 25] / 0.5
    expected = (encode(subject[0, :, 15, 25] / 0.5) + encode(background[0, :, 0, 0])) / 2
    torch.testing.assert_close(encode(half), expected, rtol=1e-3, atol=1e-4)
    assert torch.equal(blend_colours(subject, alpha, background, each(0.0)), subject)


def test_a_shadow_on_a_wall_that_is_not_square_is_bent():
    alpha = torch.zeros(1, 1, 32, 32)
    alpha[..., 12:20, 12:20] = 1
    options = {
        "density": torch.full((1, 1, 1, 1), 0.5),
        "shift": torch.zeros(1, 2),
        "softness": 0.3,
        "sky": torch.ones(1, 3, 1, 1),
    }
    plain = cast_shadow(alpha, **options)
    same = cast_shadow(alpha, shape=torch.eye(2)[None], **options)
    assert torch.equal(plain, same)
    small = cast_shadow(alpha, shape=2 * torch.eye(2)[None], **options)
    taken = [float((1 - shadow).sum()) for shadow in (plain, small)]
    assert taken[1] == pytest.approx(taken[0] / 4, rel=0.05)
    leaning = cast_shadow(alpha, shape=torch.tensor([[[1.0, 0.5], [0.0, 1.0]]]), **options)
    columns = torch.arange(32.0)
    middle = [
        (1 - leaning[0, 0, row]) @ columns / (1 - leaning[0, 0, row]).sum() for row in (13, 18)
    ]
    assert float(middle[0] - middle[1]) == pytest.approx(2.5, abs=0.3)
