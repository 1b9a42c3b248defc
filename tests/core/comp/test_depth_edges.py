import pytest
import torch

from platekey.core.comp.depth_edges import split_edges


def scene(share, thing=8.0, wall=0.2):
    """A wall, a column that a thing covers partly, and the thing."""
    picture, radius = torch.full((1, 3, 12, 20), wall), torch.full((1, 1, 12, 20), 10.0)
    picture[..., 11:], radius[..., 11:] = thing, 0.0
    picture[..., 10] = share * thing + (1 - share) * wall
    return picture, radius


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_mixed_pixel_is_taken_apart(share):
    split = split_edges(*scene(share))
    column = split.share[..., 10]
    torch.testing.assert_close(column, torch.full_like(column, share), atol=1e-5, rtol=0)
    torch.testing.assert_close(split.near[..., 10], torch.full((1, 3, 12), 8.0))
    torch.testing.assert_close(split.far[..., 10], torch.full((1, 3, 12), 0.2))
    assert (split.radius[..., 10] == 0).all()


def test_the_parts_are_the_picture_again():
    picture, radius = scene(0.4)
    split = split_edges(picture, radius)
    again = split.near * split.share + split.far * (1 - split.share)
    torch.testing.assert_close(again, picture)


def test_away_from_edges_nothing_is_touched():
    picture = torch.rand(1, 3, 15, 15) * 50 - 1
    radius = torch.linspace(0, 9, 15).view(1, 1, 1, -1).expand(1, 1, 15, 15).contiguous()
    split = split_edges(picture, radius)
    assert torch.equal(split.far, picture)
    assert torch.equal(split.radius, radius)
    assert split.share.max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (5, 3)])
def test_any_size(size):
    split = split_edges(torch.rand(1, 3, *size), 20 * torch.rand(1, 1, *size))
    assert torch.isfinite(split.far).all()
    assert split.share.min() >= 0
    assert split.share.max() <= 1
