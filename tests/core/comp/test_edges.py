import pytest
import torch

from platekey.core.comp.edges import (
    bend_alpha,
    blur_alpha,
    choke,
    core_matte,
    edge_matte,
    extended_colour,
    repair_edge,
    spread_colour,
)


def disc(radius=14.0, softness=4.0, size=41):
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    distance = (x - size // 2).hypot((y - size // 2).float())
    return ((radius - distance) / softness + 0.5).clamp(0, 1)[None, None]


def width_of(alpha):
    return float(alpha[0, 0, alpha.shape[-2] // 2].sum())


def repair(foreground, alpha, width=4.0, **amounts):
    values = {"extend": 0.0, "dark_fringe": 0.0, "bright_fringe": 0.0, **amounts}
    return repair_edge(foreground, alpha, width=width, **values)


def test_nothing_switched_on_returns_the_very_tensors():
    alpha, colour = disc(), torch.rand(1, 3, 41, 41)
    assert bend_alpha(alpha, 1.0) is alpha
    assert choke(alpha, 0.0) is alpha
    assert blur_alpha(alpha, 0.0, alpha) is alpha
    assert repair(colour, alpha) is colour


@pytest.mark.parametrize("pixels", [0.1, 0.5, 1.0, 2.3, 5.0])
def test_a_choke_moves_both_sides_by_its_pixels(pixels):
    alpha = disc()
    assert width_of(alpha) - width_of(choke(alpha, pixels)) == pytest.approx(2 * pixels, rel=0.04)
    assert width_of(choke(alpha, -pixels)) - width_of(alpha) == pytest.approx(2 * pixels, rel=0.04)


def test_a_choke_is_the_same_in_all_directions_within_an_octagon():
    hard = (disc(16.0, 1.0, 61) > 0.5).float()
    spread = choke(hard, -6.0)[0, 0]
    straight = spread[30].sum() - hard[0, 0, 30].sum()
    diagonal = spread.diagonal().sum() - hard[0, 0].diagonal().sum()
    assert float(diagonal * 2**0.5 / straight) == pytest.approx(1, abs=0.2)


def test_the_frames_border_does_not_choke():
    assert torch.equal(choke(torch.ones(1, 1, 5, 7), 3.0), torch.ones(1, 1, 5, 7))


def test_one_pixel_takes_every_control():
    alpha, colour = torch.full((1, 1, 1, 1), 0.5), torch.full((1, 3, 1, 1), 2.0)
    core = core_matte(alpha, 2.0)
    edge = edge_matte(alpha, core, 2.0)
    assert choke(alpha, 2.5).item() == 0.5
    assert blur_alpha(alpha, 3.0, edge).item() == pytest.approx(0.5)
    assert repair(colour, alpha, extend=1.0).flatten().tolist() == [2, 2, 2]


def test_gamma_thickens_and_keeps_the_ends():
    alpha = torch.tensor([0.0, 0.25, 1.0]).view(1, 1, 1, 3)
    assert bend_alpha(alpha, 2.0).flatten().tolist() == pytest.approx([0, 0.5, 1])


def test_core_and_edge_share_the_subject():
    alpha = disc()
    core = core_matte(alpha, 3.0)
    edge = edge_matte(alpha, core, 3.0)
    assert core[0, 0, 20, 20] == 1
    assert edge[0, 0, 20, 20] == 0
    assert edge[0, 0, 0, 0] == 0
    assert (edge[(alpha > 0.01) & (alpha < 0.99)] == 1).all()
    assert ((core + edge) <= 1).all()


def test_the_core_stays_solid_under_a_blur():
    alpha = disc()
    core = core_matte(alpha, 3.0)
    soft = blur_alpha(alpha, 4.0, edge_matte(alpha, core, 3.0))
    assert torch.equal(soft[core == 1], alpha[core == 1])
    assert not torch.equal(soft, alpha)


def test_extension_brings_the_cores_colour_outwards_and_keeps_the_core():
    alpha = disc()
    core = core_matte(alpha, 2.0)
    colour = torch.where(core > 0, torch.tensor(5.0), torch.tensor(0.1)).expand(1, 3, -1, -1)
    assert extended_colour(colour, core).min() == pytest.approx(5.0, rel=1e-3)
    fixed = repair(colour, alpha, width=2.0, extend=1.0)
    assert fixed[0, 0, 20, 20] == 5.0
    assert fixed[0, 0, 20, 20 - 14] == pytest.approx(5.0, rel=1e-3)


def test_without_a_core_there_is_nothing_to_extend():
    thin, colour = torch.full((1, 1, 6, 6), 0.4), torch.rand(1, 3, 6, 6)
    assert torch.equal(repair(colour, thin, extend=1.0), colour)


def test_a_dark_fringe_is_lifted_and_a_bright_one_lowered_each_by_its_own_control():
    alpha = disc()
    inside = core_matte(alpha, 3.0) > 0
    dark = torch.where(inside, torch.tensor(1.0), torch.tensor(0.2)).expand(1, 3, -1, -1)
    bright = torch.where(inside, torch.tensor(1.0), torch.tensor(6.0)).expand(1, 3, -1, -1)
    rim = (0, 0, 20, 6)
    assert repair(dark, alpha, width=3.0, dark_fringe=1.0)[rim] == pytest.approx(1.0, rel=1e-3)
    assert repair(dark, alpha, width=3.0, dark_fringe=0.5)[rim] == pytest.approx(0.6, rel=1e-3)
    assert repair(bright, alpha, width=3.0, bright_fringe=1.0)[rim] == pytest.approx(1.0, rel=1e-3)
    assert torch.equal(repair(dark, alpha, width=3.0, bright_fringe=1.0), dark)
    assert torch.equal(repair(bright, alpha, width=3.0, dark_fringe=1.0), bright)


def test_a_growing_alpha_shows_the_subject_and_not_what_was_behind_it():
    alpha = torch.zeros(1, 1, 24, 24)
    alpha[..., 6:18, 6:18] = 1
    alpha[..., 6:18, 18] = 0.5
    noise = torch.rand(1, 3, 24, 24, generator=torch.manual_seed(1)) * 9
    foreground = torch.where(alpha > 0, torch.tensor([0.6, 0.3, 0.1]).view(1, 3, 1, 1), noise)
    spread = spread_colour(foreground, alpha)
    assert torch.equal(spread[..., 6:18, 6:19], foreground[..., 6:18, 6:19])
    expected = torch.tensor([0.6, 0.3, 0.1]).view(1, 3, 1, 1).expand_as(spread)
    torch.testing.assert_close(spread, expected, rtol=0.01, atol=1e-4)
