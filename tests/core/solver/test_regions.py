import numpy as np
import pytest
import torch

from platekey.core.solver.regions import find_regions


def regions_of(significance, **changes):
    settings = {
        "widest_edge": 20,
        "depth_share": 0.5,
        "fill_holes": True,
        "garbage": None,
        "holdout": None,
    }
    return find_regions(significance, 3.0, **{**settings, **changes})


@pytest.fixture
def disc():
    y, x = np.mgrid[:100, :120]
    significance = np.where(np.hypot(y - 50, x - 60) < 35, 50.0, 0.3)
    return torch.from_numpy(significance).float()[None, None]


def test_the_inside_is_sure_the_rim_is_not_and_the_rest_is_background(disc):
    regions = regions_of(disc)
    assert regions.is_foreground[0, 0, 50, 60] == 1
    assert bool(regions.is_unknown[0, 0, 50, 60 + 33])
    assert regions.is_background[0, 0, 5, 5] == 1
    total = regions.is_foreground + regions.is_background + regions.is_unknown.float()
    assert torch.equal(total, torch.ones_like(total))


def test_a_thin_part_has_no_sure_inside():
    line = torch.full((1, 1, 60, 80), 0.2)
    line[..., 28:32, :] = 40
    assert regions_of(line).is_foreground.max() == 0


@pytest.mark.parametrize(("level", "closed"), [(2.0, True), (0.3, False)])
def test_a_gap_is_closed_only_if_it_differs_from_the_background(disc, level, closed):
    disc[..., 45:55, 55:65] = level
    assert bool(regions_of(disc).depth[0, 0, 50, 60] > 0) == closed


def test_gaps_stay_open_on_request(disc):
    disc[..., 45:55, 55:65] = 2.0
    assert regions_of(disc, fill_holes=False).depth[0, 0, 50, 60] == 0


def test_the_frame_edge_is_no_edge_of_the_subject():
    wide = torch.full((1, 1, 50, 90), 40.0)
    wide[..., :20] = 0.1
    assert regions_of(wide).is_foreground[0, 0, 0, 80] == 1


def test_garbage_wins_over_holdout(disc):
    holdout, garbage = torch.zeros_like(disc), torch.zeros_like(disc)
    holdout[..., :20, :40] = 1
    garbage[..., :20, :20] = 1
    regions = regions_of(disc, garbage=garbage, holdout=holdout)
    assert regions.is_background[0, 0, 5, 5] == 1
    assert regions.is_foreground[0, 0, 5, 30] == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (3, 2)])
@pytest.mark.parametrize("level", [0.0, 50.0, float("inf")])
def test_any_size_is_split_completely(size, level):
    regions = regions_of(torch.full((1, 1, *size), level))
    assert float((regions.is_foreground * regions.is_background).max()) == 0
    assert torch.isfinite(regions.depth).all()
