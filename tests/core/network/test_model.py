import pytest
import torch

from platekey.core.network.coarse import MATTE, bounded, no_prior
from platekey.core.network.cues import CLEAN, DETAIL, HINT, MOTION, PICTURE, PRIOR, Cues
from platekey.core.network.model import (
    MattingNetwork,
    coarse_factor,
    enlarged_window,
    fold_normalisation,
)
from platekey.core.network.options import NetworkOptions


def part_of(cues, rows, columns):
    return Cues(*(x[..., rows, columns] if x.shape[-1] > 1 else x for x in cues))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (17, 2), (33, 47)])
def test_any_size_comes_back_as_it_is(tiny, cues_of_size, size):
    matte = tiny(cues_of_size(*size), 2)
    assert matte.alpha.shape == matte.error.shape == (1, 1, *size)
    assert matte.foreground.shape == matte.background.shape == (1, 3, *size)
    assert all(bool(torch.isfinite(each).all()) for each in matte)


def test_alpha_is_within_bounds_and_values_beyond_them_survive(tiny, cues_of_size):
    cues = cues_of_size(20, 20)
    cues = cues._replace(plate=cues.plate * 500 - 3)
    tiny.coarse.answer.bias.data[0] = 50.0  # all of it is subject
    matte = tiny(cues, 2)
    assert (matte.alpha >= 0).all()
    assert (matte.alpha <= 1).all()
    solid = (matte.alpha == 1).expand_as(cues.plate)
    assert solid.any()
    assert torch.equal(matte.foreground[solid], cues.plate[solid])


def test_absent_and_given_cues_are_both_legal(tiny, cues_of_size):
    shape = (1, 1, 16, 24)
    pictures = torch.rand(2, 1, 3, 16, 24)
    for more in ({}, {"hint": torch.rand(shape)}, {"neighbours": (pictures[0], pictures[1])}):
        assert torch.isfinite(tiny(cues_of_size(16, 24, **more), 2).alpha).all()


@pytest.mark.parametrize(("size", "factor"), [((61, 83), 2), ((64, 90), 4)])
def test_tiles_have_no_seams(tiny, cues_of_size, size, factor):
    cues, side, margin = cues_of_size(*size), 26, tiny.radius
    prior = torch.rand(1, MATTE, *size)
    with torch.no_grad():
        changes = tiny.coarse_changes(cues, prior, factor)
        whole = tiny.refine_window(cues, prior, changes, factor, 0, 0)
        for top in range(0, size[0], side):
            for left in range(0, size[1], side):
                first = (max(0, top - margin), max(0, left - margin))
                rows = slice(first[0], top + side + margin)
                columns = slice(first[1], left + side + margin)
                part = prior[..., rows, columns]
                tile = tiny.refine_window(
                    part_of(cues, rows, columns), part, changes, factor, *first
                )
                inner = (..., slice(top, top + side), slice(left, left + side))
                y, x = top - first[0], left - first[1]
                for ours, theirs in zip(tile, whole, strict=True):
                    found = ours[..., y : y + side, x : x + side]
                    torch.testing.assert_close(found, theirs[inner], rtol=1e-4, atol=1e-5)


def test_the_radius_is_not_larger_than_it_must_be(tiny, cues_of_size):
    cues = cues_of_size(60, 60)
    prior = torch.rand(1, MATTE, 60, 60)
    changes = tiny.coarse_changes(cues, prior, 2).detach()
    detail = cues.plate.clone().requires_grad_()
    matte = tiny.refine_window(cues._replace(plate=detail), prior, changes, 2, 0, 0)
    matte.alpha[0, 0, 30, 30].backward()
    rows = detail.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    reach = max(30 - int(rows.min()), int(rows.max()) - 30)
    assert tiny.radius - 2 <= reach <= tiny.radius


def test_an_enlarged_window_is_a_part_of_the_enlarged_whole():
    small = torch.rand(1, 2, 7, 9)
    whole = enlarged_window(small, 4, 0, 0, 27, 35)
    torch.testing.assert_close(enlarged_window(small, 4, 6, 10, 13, 25), whole[..., 6:19, 10:35])


def test_a_new_network_says_what_its_prior_says(cues_of_size):
    cues = cues_of_size(16, 24)
    prior = torch.rand(1, MATTE, 16, 24)
    prior[:, :1, :8] = prior[:, :1, :8].round()
    prior[:, MATTE - 1 :] = 0.2
    matte = MattingNetwork(NetworkOptions(depth=1)).eval()(cues, 2, prior)
    torch.testing.assert_close(matte.alpha, prior[:, :1], atol=0.02, rtol=0)
    assert torch.equal(matte.alpha[:, :, :8], prior[:, :1, :8])


def test_gradients_reach_every_parameter(cues_of_size, wide):
    network = wide
    # of one pixel alone, normalisation would make zeros
    pictures = torch.rand(2, 2, 3, 64, 64)
    cues = cues_of_size(
        64, 64, batch=2, hint=torch.rand(2, 1, 64, 64), neighbours=(pictures[0], pictures[1])
    )
    prior = no_prior(cues.plate)
    changes = network.coarse_changes(cues, prior, 2)
    matte = network.refine_window(cues, prior, changes, 2, 0, 0)
    weights = torch.rand(2, 3, 64, 64)
    loss = (matte.alpha * weights[:, :1]).sum() + (matte.foreground * weights).sum()
    loss = loss + (matte.background * weights).sum() + changes[:, MATTE - 1].square().sum()
    loss.backward()
    silent = [
        name
        for name, each in network.named_parameters()
        if each.grad is None or not each.grad.abs().sum() > 0
    ]
    assert silent == []


def test_folded_normalisation_changes_nothing(tiny, cues_of_size):
    cues = cues_of_size(32, 32)
    tiny.train()
    tiny(cues_of_size(32, 32, batch=2), 2)  # statistics that are not 0 and 1
    tiny.eval()
    before = tiny(cues, 2).alpha
    fold_normalisation(tiny)
    torch.testing.assert_close(tiny(cues, 2).alpha, before, rtol=1e-4, atol=1e-5)


def test_a_bound_is_exact_and_lets_gradients_pass():
    x = torch.tensor([-3.7, 0.3, 1.9], requires_grad=True)
    y = bounded(x)
    y.sum().backward()
    assert y.tolist() == [0.0, pytest.approx(0.3), 1.0]
    assert x.grad.tolist() == [1, 1, 1]


def test_frames_are_reduced_to_about_the_same_size():
    assert [coarse_factor(*s) for s in ((1080, 1920), (2160, 3840), (100, 60))] == [4, 8, 2]


def test_the_network_is_of_the_size_that_is_promised():
    count = sum(each.numel() for each in MattingNetwork().parameters())
    assert 1e6 < count < 3e6


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_both_stages_can_be_scripted(tiny):
    seen = (PICTURE, CLEAN, HINT, MOTION, PRIOR)
    pictures = [torch.rand(1, channels, 21, 34) for channels in seen]
    scripted = torch.jit.script(tiny.coarse)
    torch.testing.assert_close(scripted(*pictures), tiny.coarse(*pictures))
    hidden = tiny.options.hidden
    parts = [torch.rand(1, DETAIL, 8, 6), torch.rand(1, MATTE + hidden, 4, 3)]
    parts.append(torch.rand(1, MATTE, 8, 6))
    torch.testing.assert_close(torch.jit.script(tiny.refine)(*parts), tiny.refine(*parts))
