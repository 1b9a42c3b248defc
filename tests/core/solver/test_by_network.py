"""The rules that a solve by the network obeys, with small networks of known or random answers."""

from dataclasses import replace

import pytest
import torch

from platekey.core.errors import Cancelled, ShapeError
from platekey.core.filters import dilate
from platekey.core.network.coarse import no_prior
from platekey.core.network.cues import encoded, ordinary_exposure
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.solver import by_network
from platekey.core.solver.by_network import TILE, solve_frame_by_network
from platekey.core.solver.solve import solve_frame

TINY = NetworkOptions(
    stem=8,
    quarter=8,
    eighth=8,
    sixteenth=16,
    depth=1,
    decoder=(8, 8, 8, 8),
    hidden=4,
    refine_half=8,
    refine_full=8,
    refine_blocks=1,
)
OPTIONS = MatteOptions()
NAMES = ("alpha", "foreground", "shadow", "confidence")
ALPHA, BACKGROUND, ERROR = 0, slice(4, 7), 7  # channels of the coarse answer


def random_network(**changes):
    torch.manual_seed(2)
    network = MattingNetwork(replace(TINY, **changes)).eval()
    for layer in (network.coarse.answer, network.refine.answer):  # a new one says nothing
        layer.reset_parameters()
    return network


def level_of(alpha):
    """The level that alpha_of makes this alpha of."""
    if 0 < alpha < 1:
        return float(torch.logit(torch.tensor(0.02 + 0.96 * alpha)))
    return 20.0 if alpha >= 1 else -20.0


def known_network(*, alpha=0.5, stops=0.0, error=0.0):
    """Says the same everywhere, and its refine stage changes nothing."""
    network = random_network(solves_linear=False)
    with torch.no_grad():
        for layer in (network.coarse.answer, network.refine.answer):
            layer.weight.zero_()
            layer.bias.zero_()
        network.coarse.answer.bias[ALPHA] = level_of(alpha)
        network.coarse.answer.bias[BACKGROUND] = stops
        network.coarse.answer.bias[ERROR] = error
    return network


def solve(shot, network, options=OPTIONS, **more):
    return solve_frame_by_network(shot.plate, shot.conditioned(), network, options, **more)


def unknown_prior(plate, conditioned, exposure, options, *, should_stop):
    """Nothing is known: what the network answers is what there is."""
    return no_prior(encoded(plate, exposure))


def empty_prior(*given, **more):
    """Surely nobody is there."""
    prior = unknown_prior(*given, **more)
    prior[:, :1], prior[:, 7:8] = 0, 0
    return prior


@pytest.fixture(autouse=True)
def _no_prior(monkeypatch, request):
    if "real_prior" not in request.fixturenames:
        monkeypatch.setattr(by_network, "difference_prior", unknown_prior)


@pytest.fixture
def real_prior():
    """The difference method's."""


@pytest.fixture(scope="module")
def shot(make_shot):
    return make_shot()


def test_the_composite_over_the_clean_plate_is_the_plate_again(make_shot):
    shot = make_shot(deviation=0.0)
    network = random_network()
    conditioned = shot.conditioned(deviation=1e-4)
    solution = solve_frame_by_network(shot.plate, conditioned, network, OPTIONS)
    background = shot.clean * solution.shadow
    again = solution.alpha * solution.foreground + (1 - solution.alpha) * background
    seen = (solution.alpha > 0.1).expand_as(again)
    assert float(seen.float().mean()) > 0.2
    assert float((solution.shadow - 1).abs().max()) > 0.05
    assert float((again - shot.plate).abs()[seen].max()) < 1e-3


def test_untouched_background_stays_the_clean_plate_bit_for_bit(make_shot):
    shot = make_shot(deviation=0.0)
    solution = solve(shot, known_network(alpha=0.0, stops=0.004))
    assert (solution.alpha == 0).all()
    assert (solution.shadow == 1).all()
    bare = dilate((shot.alpha > 0).float(), 1) == 0
    assert float(solution.confidence[bare].min()) == 1
    assert float(solution.confidence[shot.alpha == 1].mean()) < 0.2


@pytest.mark.parametrize("gain", [1.0, 2.0**20, -(2.0**-20)])
def test_the_foreground_is_the_plate_where_alpha_is_one(gain, shot):
    plate = shot.plate * gain
    conditioned = condition_clean_plate(plate, shot.clean * abs(gain))
    solution = solve_frame_by_network(plate, conditioned, known_network(alpha=1.4), OPTIONS)
    assert (solution.alpha == 1).all()
    assert torch.equal(solution.foreground, plate)


@pytest.mark.parametrize("gain", [2.0**20, 2.0**-7, 2.0**-33])
def test_light_of_any_strength_gives_the_same_alpha(gain, shot):
    usual = condition_clean_plate(shot.plate, shot.clean)
    network = random_network()
    alpha = solve_frame_by_network(shot.plate, usual, network, OPTIONS).alpha
    plate = shot.plate * gain
    conditioned = condition_clean_plate(plate, shot.clean * gain)
    solved = solve_frame_by_network(plate, conditioned, network, OPTIONS)
    assert float((solved.alpha - alpha).abs().mean()) < 0.002


def test_highlights_and_negatives_survive(make_shot):
    shot = make_shot(colour=(900.0, 9.0, -3.0))
    solution = solve(shot, known_network(alpha=0.9))
    assert float(solution.foreground.max()) > 900
    assert float(solution.foreground.min()) < -3
    assert all(bool(torch.isfinite(getattr(solution, name)).all()) for name in NAMES)


@pytest.mark.parametrize("tile", [128, 0])
def test_tiles_leave_no_seams(tile, make_shot, real_prior):
    shot = make_shot(height=301, width=423)
    network = random_network()
    with torch.no_grad():  # so that refining is asked for in parts
        network.coarse.answer.weight[ERROR].mul_(4)
        network.coarse.answer.bias[ERROR] = -0.2
        network.refine.answer.weight.mul_(5)
    whole = solve(shot, network, MatteOptions(tile=4096))
    assert 0.1 < whole.report["refined_share"] < 0.95
    tiled = solve(shot, network, MatteOptions(tile=tile))
    for name in NAMES:
        ours, theirs = getattr(tiled, name), getattr(whole, name)
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=2e-4)


def test_what_is_not_asked_for_is_not_refined(shot, monkeypatch):
    monkeypatch.setattr(by_network, "difference_prior", empty_prior)
    network = random_network()
    with torch.no_grad():
        network.coarse.answer.weight[ERROR] = 0
        network.coarse.answer.bias[ERROR] = -1.0
    called = []
    network.refine.register_forward_hook(lambda *_: called.append(True))
    assert solve(shot, network).report["refined_share"] == 0
    assert called == []


def test_no_part_is_larger_than_a_tile_with_its_margin(make_shot, monkeypatch):
    shot, network = make_shot(height=40, width=700), random_network()
    real, sizes = network.estimate_window, []

    def estimate(cues, *others, **more):
        sizes.append(cues.plate.shape[-1])
        return real(cues, *others, **more)

    monkeypatch.setattr(network, "estimate_window", estimate)
    solve(shot, network)
    assert len(sizes) == 3
    assert max(sizes) <= TILE + 2 * network.radius


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3), (37, 61)])
def test_any_size_works(size):
    generator = torch.Generator().manual_seed(3)
    plate, clean = (torch.rand(1, 3, *size, generator=generator) for _ in range(2))
    conditioned = condition_clean_plate(plate, clean)
    solution = solve_frame_by_network(plate, conditioned, random_network(), MatteOptions(tile=128))
    for name in NAMES:
        assert getattr(solution, name).shape[-2:] == size
        assert torch.isfinite(getattr(solution, name)).all()
    assert 0 <= float(solution.alpha.min()) <= float(solution.alpha.max()) <= 1


def test_garbage_and_holdout_are_obeyed(shot):
    garbage, holdout = torch.zeros_like(shot.alpha), torch.zeros_like(shot.alpha)
    garbage[..., :70, :] = 1
    holdout[..., 60:, :30] = 1
    solution = solve(shot, random_network(), garbage=garbage, holdout=holdout)
    assert float(solution.alpha[..., :70, :].max()) == 0
    assert float(solution.alpha[..., 70:, :30].min()) == 1
    held = (..., slice(70, None), slice(30))
    assert torch.equal(solution.foreground[held], shot.plate[held])


def test_a_soft_holdout_is_unmixed_with_its_own_alpha(shot):
    holdout, conditioned = torch.full_like(shot.alpha, 0.6), shot.conditioned(deviation=1e-4)
    network = known_network(alpha=0.1)
    solution = solve_frame_by_network(shot.plate, conditioned, network, OPTIONS, holdout=holdout)
    again = solution.alpha * solution.foreground + (1 - solution.alpha) * shot.clean
    assert float((solution.alpha - 0.6).abs().max()) < 1e-6
    torch.testing.assert_close(again, shot.plate, atol=1e-3, rtol=0)


def test_the_networks_background_becomes_the_shadow_pass(shot):
    solution = solve(shot, known_network(alpha=0.0, stops=-0.5))
    lit = shot.clean > 0.18  # in the dark, stops of the encoding are less than stops
    assert float((solution.shadow - 2**-0.5).abs()[lit].max()) < 0.02


def test_confidence_follows_the_expected_error_and_the_clean_plate(shot):
    valid = torch.ones_like(shot.alpha)
    valid[..., :12] = 0
    conditioned = shot.conditioned(valid=valid)
    found = []
    for error in (0.0, 0.1, 0.5):
        network = known_network(alpha=1.0, error=error)
        confidence = solve_frame_by_network(shot.plate, conditioned, network, OPTIONS).confidence
        assert float(confidence[..., :12].max()) == 0
        found.append(float(confidence[..., 12:].mean()))
    assert found == pytest.approx([1.0, 0.7, 0.0], abs=1e-4)


def test_a_guessed_colour_has_little_confidence(shot):
    faint = solve(shot, known_network(alpha=0.005)).confidence
    assert float(faint.mean()) < 0.8 * float(solve(shot, known_network()).confidence.mean())


def test_hint_and_neighbours_reach_the_network(shot):
    network = random_network()
    with torch.no_grad():
        network.coarse.answer.weight.mul_(4)
    alone = solve(shot, network).alpha
    beside = (shot.clean, shot.plate.roll(9, -1))
    for more in ({"hint": shot.alpha}, {"neighbours": beside}):
        assert not torch.equal(solve(shot, network, **more).alpha, alone)


def test_frames_do_not_depend_on_their_order(make_shot):
    shots, network = [make_shot(), make_shot(seed=9)], random_network()
    first = [solve(shot, network).alpha for shot in shots]
    again = [solve(shot, network).alpha for shot in reversed(shots)]
    for ours, theirs in zip(first, reversed(again), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("polls", [0, 1, 2, 4])
def test_a_stop_is_obeyed_between_steps_and_tiles(polls, make_shot):
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) > polls

    shot = make_shot(height=260, width=260)
    with pytest.raises(Cancelled):
        solve(shot, random_network(), MatteOptions(tile=128), should_stop=should_stop)
    assert len(asked) == polls + 1


def test_pictures_of_another_size_are_named(shot):
    with pytest.raises(ShapeError, match="hint"):
        solve(shot, random_network(), hint=torch.zeros(1, 1, 4, 4))
    other = torch.zeros(1, 3, 4, 4)
    with pytest.raises(ShapeError, match="neighbour"):
        solve(shot, random_network(), neighbours=(other, other))


def test_a_network_that_changes_nothing_solves_as_the_difference_method_does(shot, real_prior):
    network = random_network()
    with torch.no_grad():
        for layer in (network.coarse.answer, network.refine.answer):
            layer.weight.zero_()
            layer.bias.zero_()
    ours = solve(shot, network)
    theirs = solve_frame(shot.plate, shot.conditioned(), OPTIONS)
    assert float((ours.alpha - theirs.alpha).abs().max()) < 0.02
    plain = (theirs.alpha == 0) | (theirs.alpha == 1)
    assert float((ours.alpha == theirs.alpha)[plain].float().mean()) > 0.99


def test_a_prior_that_is_known_is_not_solved_again(shot, monkeypatch):
    network, conditioned = random_network(), shot.conditioned()
    anew = solve_frame_by_network(shot.plate, conditioned, network, OPTIONS)
    known = unknown_prior(
        shot.plate, conditioned, ordinary_exposure(shot.clean), OPTIONS, should_stop=None
    )
    monkeypatch.setattr(by_network, "difference_prior", None)  # nobody calls it
    again = solve_frame_by_network(shot.plate, conditioned, network, OPTIONS, prior=known)
    for name in NAMES:
        assert torch.equal(getattr(anew, name), getattr(again, name)), name
