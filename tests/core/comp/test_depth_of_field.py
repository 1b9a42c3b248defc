import pytest
import torch

from platekey.core.comp.defocus import defocus
from platekey.core.comp.depth_of_field import defocus_by_depth
from platekey.core.comp.kernels import Lens
from platekey.core.errors import NonFinitePixels, OptionError, ShapeError


def rand(*size):
    return torch.rand(*size, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("distance", [4.0, 16.0, 1.5])
def test_an_even_depth_is_an_even_defocus(distance):
    background = rand(1, 3, 40, 40)
    radius = 6 * abs(1 - 2 / distance)
    found = defocus_by_depth(background, torch.full((1, 1, 40, 40), distance), Lens(6), focus=2)
    torch.testing.assert_close(found, defocus(background, Lens(radius)), rtol=1e-4, atol=1e-5)


def test_what_is_in_focus_stays_bit_for_bit():
    background = rand(1, 3, 40, 40)
    found = defocus_by_depth(background, torch.full((1, 1, 40, 40), 2.0), Lens(9), focus=2)
    assert torch.equal(found, background)


@pytest.mark.parametrize("far", [0.0, -1.0, torch.inf, torch.nan, 1e9])
def test_no_depth_is_infinitely_far(far):
    background = rand(1, 3, 40, 40)
    found = defocus_by_depth(background, torch.full((1, 1, 40, 40), far), Lens(6), focus=2)
    torch.testing.assert_close(found, defocus(background, Lens(6)), rtol=1e-4, atol=1e-5)


def test_something_sharp_does_not_bleed_into_the_far():
    background, depth = torch.full((1, 3, 60, 60), 0.1), torch.full((1, 1, 60, 60), 1e6)
    background[..., 30:] = 50
    depth[..., 30:] = 2
    found = defocus_by_depth(background, depth, Lens(10), focus=2)
    torch.testing.assert_close(found[..., :30], background[..., :30], rtol=1e-3, atol=0)
    torch.testing.assert_close(found[..., 30:], background[..., 30:], rtol=1e-5, atol=0)


def test_a_mixed_pixel_on_a_sharp_edge_throws_no_light_into_the_far():
    background, depth = torch.full((1, 3, 60, 60), 0.1), torch.full((1, 1, 60, 60), 1e6)
    background[..., 29], background[..., 30:] = 25, 50
    depth[..., 30:] = 2  # the half covered column has the depth of the far
    found = defocus_by_depth(background, depth, Lens(10), focus=2)
    torch.testing.assert_close(found, background, rtol=1e-3, atol=0)


def test_something_near_spreads_over_what_is_sharp():
    background, depth = torch.full((1, 3, 60, 60), 0.1), torch.full((1, 1, 60, 60), 2.0)
    background[..., 30:] = 5
    depth[..., 30:] = 1
    found = defocus_by_depth(background, depth, Lens(8), focus=2)
    row = found[0, 0, 30]
    assert float(row[26]) > 0.5
    assert float(row[15]) == pytest.approx(0.1, rel=1e-3)
    assert (row[23:36].diff() > 0).all()
    torch.testing.assert_close(row[40:], torch.full((20,), 5.0))  # the border too
    assert row.diff().abs().max() < 1  # soft on both sides of the edge


def test_a_slope_of_one_colour_stays_one_colour():
    background = torch.full((1, 3, 50, 50), 0.7)
    depth = torch.linspace(1, 9, 50).view(1, 1, -1, 1).expand(1, 1, 50, 50)
    found = defocus_by_depth(background, depth, Lens(12), focus=3)
    torch.testing.assert_close(found, background, rtol=1e-4, atol=0)


def test_blur_grows_with_the_distance_from_focus():
    background = (torch.arange(60) % 2).float().view(1, 1, 1, -1).expand(1, 3, 90, 60).contiguous()
    depth = torch.linspace(2, 8, 90).view(1, 1, -1, 1).expand(1, 1, 90, 60)
    found = defocus_by_depth(background, depth, Lens(6), focus=2)
    contrast = found[0, 0, :, 10:-10].std(1)
    assert contrast[0] > 0.45
    assert contrast[0] > 2 * contrast[45] > 2 * contrast[85]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 5)])
def test_any_size(size):
    found = defocus_by_depth(rand(1, 3, *size) - 0.3, rand(1, 1, *size) * 9, Lens(8.5, 6), focus=3)
    assert found.shape == (1, 3, *size)
    assert torch.isfinite(found).all()


def test_without_spread_it_is_the_input_itself():
    background = rand(1, 3, 9, 9)
    assert defocus_by_depth(background, rand(1, 1, 9, 9), Lens(0), focus=1) is background


def test_wrong_values_are_named():
    background, depth = rand(1, 3, 9, 9), rand(1, 1, 9, 9)
    with pytest.raises(OptionError, match="focus distance is 0; it must be above 0"):
        defocus_by_depth(background, depth, Lens(3), focus=0)
    with pytest.raises(ShapeError, match="depth is"):
        defocus_by_depth(background, depth[..., 1:], Lens(3), focus=1)
    with pytest.raises(NonFinitePixels, match="background has 81 pixels"):
        defocus_by_depth(background * torch.nan, depth, Lens(3), focus=1)
