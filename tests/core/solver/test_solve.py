import pytest
import torch

from platekey.core.errors import Cancelled, ShapeError
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.solver.solve import solve_frame

OPTIONS = MatteOptions()


def error(solution, shot):
    return float((solution.alpha - shot.alpha).abs().mean())


@pytest.fixture(scope="module")
def shot(make_shot):
    return make_shot()


@pytest.fixture(scope="module")
def solution(shot):
    return solve_frame(shot.plate, shot.conditioned(), OPTIONS)


def test_a_composite_is_taken_apart_into_alpha_and_foreground(shot, solution):
    assert error(solution, shot) < 0.01
    premultiplied = (solution.alpha * solution.foreground - shot.alpha * shot.foreground).abs()
    assert float(premultiplied.mean()) < 0.003


def test_alpha_of_unchanged_pixels_is_zero(shot, solution):
    assert float(solution.alpha[..., :20, :20].max()) == 0
    assert float(solution.alpha[..., -10:, -20:].max()) == 0


def test_the_foreground_is_the_plate_where_alpha_is_one(shot, solution):
    opaque = (solution.alpha == 1).expand(-1, 3, -1, -1)
    assert int(opaque.sum()) > 1000
    assert torch.equal(solution.foreground[opaque], shot.plate[opaque])


def test_the_composite_over_the_clean_plate_is_the_plate_again(make_shot):
    shot = make_shot(deviation=0.0)
    solution = solve_frame(shot.plate, shot.conditioned(deviation=1e-4), OPTIONS)
    background = shot.clean * solution.shadow
    again = solution.alpha * solution.foreground + (1 - solution.alpha) * background
    sure = (solution.confidence == 1).expand_as(again)
    assert float(sure.float().mean()) > 0.5
    half = torch.maximum(shot.plate.abs() * 2**-11, torch.tensor(2.0**-24))
    assert float(((again - shot.plate).abs() / half)[sure].max()) <= 1.5


@pytest.mark.parametrize("gain", [2.0**20, 2.0**-7, 2.0**-20])
def test_light_of_any_strength_gives_the_same_alpha(gain, shot):
    usual = condition_clean_plate(shot.plate, shot.clean)
    alpha = solve_frame(shot.plate, usual, OPTIONS).alpha
    plate = shot.plate * gain
    solved = solve_frame(plate, condition_clean_plate(plate, shot.clean * gain), OPTIONS)
    assert float((solved.alpha - alpha).abs().mean()) < 0.002
    opaque = (solved.alpha == 1).expand(-1, 3, -1, -1)
    assert torch.equal(solved.foreground[opaque], plate[opaque])


def test_highlights_survive_and_are_not_clipped(make_shot):
    shot = make_shot(colour=(40.0, 9.0, 3.0))
    solution = solve_frame(shot.plate, shot.conditioned(), OPTIONS)
    assert float(solution.foreground.max()) > 30
    assert error(solution, shot) < 0.02


def test_negative_light_is_kept(shot):
    plate = shot.plate.clone()
    plate[:, 2, 60:70, 75:85] = -0.03
    solution = solve_frame(plate, shot.conditioned(), OPTIONS)
    opaque = solution.alpha[0, 0, 60:70, 75:85] == 1
    assert bool(opaque.any())
    assert torch.equal(
        solution.foreground[0, 2, 60:70, 75:85][opaque], plate[0, 2, 60:70, 75:85][opaque]
    )


@pytest.mark.parametrize("tile", [128, 200, 500])
def test_tiles_leave_no_seams(tile, make_shot):
    shot = make_shot(height=950, width=1101, strands=False)
    conditioned = shot.conditioned()
    whole = solve_frame(shot.plate, conditioned, MatteOptions(tile=4096))
    tiled = solve_frame(shot.plate, conditioned, MatteOptions(tile=tile))
    assert whole.report["coarse_factor"] == 2
    for name in ("alpha", "foreground", "shadow", "confidence"):
        torch.testing.assert_close(getattr(tiled, name), getattr(whole, name), rtol=0, atol=1e-4)


def test_a_frame_larger_than_the_coarse_size_is_solved_as_well(make_shot):
    shot = make_shot(height=950, width=1101)
    assert error(solve_frame(shot.plate, shot.conditioned(), OPTIONS), shot) < 0.01


@pytest.mark.parametrize(("pixels", "factor"), [(5000, 2), (1300, 4)])
def test_the_coarse_solve_may_be_several_times_smaller(pixels, factor, shot, solution, monkeypatch):
    monkeypatch.setattr("platekey.core.solver.solve._COARSE_PIXELS", pixels)
    small = solve_frame(shot.plate, shot.conditioned(), OPTIONS)
    assert small.report["coarse_factor"] == factor
    assert error(small, shot) < error(solution, shot) + 0.006 * factor


@pytest.mark.parametrize("size", [(1, 1), (1, 8), (2, 3), (37, 61)])
def test_any_size_works(size):
    generator = torch.Generator().manual_seed(3)
    plate, clean = (torch.rand(1, 3, *size, generator=generator) for _ in range(2))
    solution = solve_frame(plate, condition_clean_plate(plate, clean), OPTIONS)
    for tensor in (solution.alpha, solution.foreground, solution.shadow, solution.confidence):
        assert tensor.shape[-2:] == size
        assert torch.isfinite(tensor).all()
    assert 0 <= float(solution.alpha.min()) <= float(solution.alpha.max()) <= 1


def test_a_shadow_goes_to_the_shadow_pass_and_not_to_alpha(make_shot):
    shot = make_shot(height=240, width=320)
    ramp = torch.linspace(1.0, 0.6, 320).view(1, 1, 1, -1)
    plate = torch.where(shot.alpha > 0, shot.plate, shot.plate * ramp)
    solution = solve_frame(plate, shot.conditioned(), OPTIONS)
    bare = shot.alpha[:, 0] == 0
    assert float(solution.alpha[:, 0][bare].mean()) < 0.01
    seen = solution.shadow.mean(1)
    assert float((seen - ramp[0]).abs()[bare].mean()) < 0.05


def test_garbage_and_holdout_are_obeyed(shot):
    garbage, holdout = torch.zeros_like(shot.alpha), torch.zeros_like(shot.alpha)
    garbage[..., :70, :] = 1
    holdout[..., 100:, :30] = 1
    solution = solve_frame(
        shot.plate, shot.conditioned(), OPTIONS, garbage=garbage, holdout=holdout
    )
    assert float(solution.alpha[..., :70, :].max()) == 0
    assert float(solution.alpha[..., 100:, :30].min()) == 1


def test_a_hint_closes_what_has_the_colour_of_the_background(make_shot):
    shot = make_shot(strands=False, deviation=0.004)
    plate = shot.plate.clone()
    # the subject wears the wall's colour, a little brighter: less than the tolerance
    plate[..., 50:80, 60:100] = shot.clean[..., 50:80, 60:100] * 1.06
    conditioned = shot.conditioned(0.004)
    options = MatteOptions(fill_holes=False, match_exposure=False)
    alone = solve_frame(plate, conditioned, options)
    hinted = solve_frame(plate, conditioned, options, hint=shot.alpha)
    assert error(hinted, shot) < 0.7 * error(alone, shot)


@pytest.mark.parametrize("kind", ["inverted", "empty", "full"])
def test_a_bad_hint_does_little_harm(kind, shot, solution):
    hint = {
        "inverted": 1 - shot.alpha,
        "empty": torch.zeros_like(shot.alpha),
        "full": torch.ones_like(shot.alpha),
    }[kind]
    hinted = solve_frame(shot.plate, shot.conditioned(), OPTIONS, hint=hint)
    assert error(hinted, shot) < error(solution, shot) + 0.01


def test_confidence_is_zero_where_the_clean_plate_is_not_known(shot):
    valid = torch.ones_like(shot.alpha)
    valid[..., :12] = 0
    solution = solve_frame(shot.plate, shot.conditioned(valid=valid), OPTIONS)
    assert float(solution.confidence[..., :12].max()) == 0
    assert float(solution.confidence[..., :20, 40:60].min()) > 0.5


def test_the_subject_goes_on_where_the_clean_plate_is_not_known(shot, solution):
    valid = torch.ones_like(shot.alpha)
    valid[..., 60:80, :] = 0
    hidden = solve_frame(shot.plate, shot.conditioned(valid=valid), OPTIONS)
    assert error(hidden, shot) < error(solution, shot) + 0.03
    assert float(hidden.alpha[..., 60:80, :15].max()) == 0


def test_confidence_is_lower_where_alpha_is_wrong(make_shot):
    shot = make_shot(colour=(0.25, 0.2, 0.17))  # like the wall
    solution = solve_frame(shot.plate, shot.conditioned(), OPTIONS)
    wrong = (solution.alpha - shot.alpha).abs() > 0.2
    assert bool(wrong.any())
    assert (
        float(solution.confidence[wrong].mean()) < float(solution.confidence[~wrong].mean()) - 0.2
    )


def test_a_plate_that_equals_the_clean_plate_has_no_subject(make_shot):
    shot = make_shot()
    shot.plate = shot.clean
    solution = solve_frame(shot.plate, shot.conditioned(), OPTIONS)
    assert float(solution.alpha.max()) == 0
    assert torch.isfinite(solution.foreground).all()


def test_a_stop_is_obeyed_between_steps(shot):
    with pytest.raises(Cancelled):
        solve_frame(shot.plate, shot.conditioned(), OPTIONS, should_stop=lambda: True)


def test_a_matte_of_another_size_is_named(shot):
    with pytest.raises(ShapeError, match=r"hint is \(1, 1, 4, 4\), expected \(1, 1, 120, 160\)"):
        solve_frame(shot.plate, shot.conditioned(), OPTIONS, hint=torch.zeros(1, 1, 4, 4))
