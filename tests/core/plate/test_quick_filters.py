"""The filters by OpenCV give what those by torch give, at any size."""

import pytest
import torch

from platekey.core import filters
from platekey.core.plate import quick_filters

CALLS = [
    ("box_mean", (1,)),
    ("box_mean", (3,)),
    ("gaussian_blur", (0.8,)),
    ("gaussian_blur", (3.0,)),
    ("gaussian_blur", (33.0,)),
    ("dilate", (1,)),
    ("dilate", (24,)),
    ("erode", (6,)),
    ("reduce", (2,)),
    ("reduce", (7,)),
    ("gradient_energy", ()),
]


@pytest.mark.parametrize("shape", [(1, 3, 37, 53), (2, 1, 1, 1), (1, 2, 1, 9), (1, 6, 40, 2)])
@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_a_quick_filter_gives_what_torch_gives(shape, name, arguments):
    picture = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    quick = getattr(quick_filters, name)(picture, *arguments)
    torch.testing.assert_close(quick, getattr(filters, name)(picture, *arguments))


@pytest.mark.parametrize("factor", [2, 3])
def test_an_enlarged_picture_is_cropped_like_torchs(factor):
    picture = torch.randn(1, 3, 20, 31, generator=torch.Generator().manual_seed(1))
    size = factor * 20 - 1, factor * 31
    quick = quick_filters.enlarge(picture, factor, *size)
    # torch counts positions in float32
    torch.testing.assert_close(quick, filters.enlarge(picture, factor, *size), atol=1e-4, rtol=0)


def test_holes_are_filled_like_torchs():
    generator = torch.Generator().manual_seed(1)
    picture = torch.randn(1, 3, 45, 70, generator=generator)
    weight = (torch.rand(1, 1, 45, 70, generator=generator) > 0.7).float()
    weight[..., :20, :30] = 0
    torch.testing.assert_close(
        quick_filters.fill(picture, weight), filters.fill(picture, weight), atol=1e-5, rtol=1e-5
    )


def test_a_highlight_leaves_no_trace_beyond_its_window():
    picture = torch.full((1, 1, 9, 40), 0.1)
    picture[..., 4, 5] = 1e12
    assert torch.allclose(quick_filters.box_mean(picture, 1)[..., 8:], torch.tensor(0.1))


def test_a_gradient_goes_through():
    picture = torch.ones(1, 1, 8, 8, requires_grad=True)
    quick_filters.box_mean(picture, 1).sum().backward()
    assert float(picture.grad.sum()) == pytest.approx(64)


def test_double_precision_stays_double():
    picture = torch.rand(1, 1, 8, 8, dtype=torch.float64)
    assert quick_filters.gaussian_blur(picture, 1.0).dtype == torch.float64
