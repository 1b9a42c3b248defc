import math

import pytest
import scipy.ndimage
import torch

from platekey.core.comp.kernels import Lens, lens_kernel
from platekey.core.errors import OptionError

LENSES = [Lens(0.8), Lens(4.3), Lens(12, 6, 15), Lens(9, 5), Lens(10, squeeze=2), Lens(40.2, 8)]


@pytest.mark.parametrize("lens", LENSES)
def test_a_kernel_has_odd_sides_and_the_sum_one(lens):
    kernel = lens_kernel(lens)
    assert all(side % 2 == 1 for side in kernel.shape)
    assert float(kernel.sum()) == pytest.approx(1, abs=1e-6)
    assert kernel.min() >= 0


@pytest.mark.parametrize("radius", [0.0, 0.2, 0.5])
def test_a_point_within_its_pixel_is_not_spread(radius):
    assert torch.equal(lens_kernel(Lens(radius)), torch.ones(1, 1))


@pytest.mark.parametrize("radius", [1.3, 5.0, 17.6])
def test_a_disc_has_the_area_of_a_disc(radius):
    kernel = lens_kernel(Lens(radius))
    assert float(1 / kernel.max()) == pytest.approx(math.pi * radius**2, rel=0.01)


def test_a_kernel_reaches_its_radius_and_not_farther():
    kernel = lens_kernel(Lens(7.0, squeeze=1.75))
    assert kernel.shape == (15, 9)
    assert kernel[0].sum() > 0
    assert kernel[:, 0].sum() > 0
    assert kernel[0, 0] == 0


def test_the_size_changes_without_a_step():
    radii = torch.arange(0.4, 4, 0.05).tolist()
    spreads = []
    for radius in radii:
        kernel = lens_kernel(Lens(radius))
        offset = torch.arange(kernel.shape[0]) - kernel.shape[0] // 2
        spreads.append(float((kernel.sum(1) * offset**2).sum()))
    steps = torch.tensor(spreads).diff()
    assert steps.min() > -0.01
    assert steps.max() < 0.15


@pytest.mark.parametrize("blades", [3, 5, 6, 9])
def test_a_polygon_has_the_area_of_a_polygon(blades):
    kernel = lens_kernel(Lens(20, blades))
    area = blades / 2 * 20**2 * math.sin(2 * math.pi / blades)
    assert float(1 / kernel.max()) == pytest.approx(area, rel=0.01)


def test_a_polygon_stands_on_its_corner_and_turns_counter_clockwise():
    kernel = lens_kernel(Lens(20, 3))
    assert kernel[:10].sum() < 0.5 * kernel[-21:-11].sum()  # a corner on top, a side below
    assert torch.equal(kernel, kernel.flip(1))
    turned = lens_kernel(Lens(20, 3, rotation=90))  # now the corner is on the left
    assert turned[:, :10].sum() < 0.5 * turned[:, -21:-11].sum()
    torch.testing.assert_close(lens_kernel(Lens(20, 3, rotation=120)), kernel)


@pytest.mark.parametrize("radius", [5.0, 8.0])
def test_a_square_whose_edges_lie_on_points_is_the_same_from_all_sides(radius):
    kernel = lens_kernel(Lens(radius, 4))
    for turned in (kernel.flip(0), kernel.flip(1), kernel.T):
        torch.testing.assert_close(turned, kernel, rtol=0, atol=1e-8)


def test_an_anamorphic_kernel_is_a_disc_squeezed():
    oval, disc = lens_kernel(Lens(16, squeeze=2)), lens_kernel(Lens(16))
    assert float(oval.max() / disc.max()) == pytest.approx(2, rel=0.01)
    wide = scipy.ndimage.zoom(oval.numpy(), (1, 2), order=1, grid_mode=True, mode="grid-constant")
    wide = wide[:, 1:][:, : disc.shape[1]] if wide.shape[1] > disc.shape[1] else wide
    assert abs(wide / wide.sum() - disc.numpy()).sum() < 0.1


def test_wrong_lenses_are_named():
    with pytest.raises(OptionError, match="defocus radius is -1; it must be from 0 to 500"):
        Lens(-1)
    with pytest.raises(OptionError, match=r"blades is 2; it must be 0 \(a disc\) or from 3 to 32"):
        Lens(3, blades=2)
    with pytest.raises(OptionError, match="squeeze is 9"):
        Lens(3, squeeze=9)
    with pytest.raises(OptionError, match="rotation is inf"):
        Lens(3, rotation=math.inf)
