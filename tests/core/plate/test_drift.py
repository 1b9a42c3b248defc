import pytest
import torch

from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.drift import find_drift, terms

SIZE = (150, 220)


def everywhere():
    return torch.ones(1, 1, *SIZE)


def field(stops):
    """Darker to the right, more so in blue."""
    x = torch.linspace(-1, 1, SIZE[1]).view(1, 1, 1, -1)
    return torch.exp2(-stops * x * torch.tensor([0.8, 1.0, 1.2]).view(1, 3, 1, 1)).expand(
        1, 3, *SIZE
    )


def vignette(stops):
    y = torch.linspace(-1, 1, SIZE[0]).view(1, 1, -1, 1)
    x = torch.linspace(-1, 1, SIZE[1]).view(1, 1, 1, -1)
    return torch.exp2(-stops * (x**2 + y**2) / 2).expand(1, 3, *SIZE)


@pytest.mark.parametrize("gains", [field(0.4), field(-0.25), vignette(0.7)])
def test_a_drift_over_the_frame_is_found_behind_a_subject(gains, make_wall, with_subject):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean * gains, share=0.25)
    drift = find_drift(plate, clean, everywhere())
    error = torch.log2(drift.gains(*SIZE) / gains)
    assert float(error.abs().mean()) < 0.02
    assert float(error.abs().max()) < 0.1


def test_a_pair_without_drift_is_left_alone(make_wall, with_subject):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean)
    drift = find_drift(plate, clean, everywhere())
    assert drift.order == 0
    assert drift.reach == 0
    assert torch.equal(drift.gains(*SIZE), torch.ones(1, 3, *SIZE))


def test_the_shadow_of_a_subject_is_no_drift(make_wall, with_subject):
    clean = make_wall(*SIZE)
    shade = torch.ones(1, 3, *SIZE)
    shade[..., 40:, 120:200] = 0.4
    plate, _ = with_subject(clean * shade)
    assert find_drift(plate, clean, everywhere()).order == 0


def test_pictures_that_do_not_belong_together_have_no_drift(make_wall):
    other = find_drift(make_wall(*SIZE, 1), make_wall(*SIZE, 2), everywhere())
    assert other.order == 0


@pytest.mark.parametrize("size", [(1, 1), (9, 200), (30, 30)])
def test_small_and_black_pictures_are_left_alone(size):
    black = torch.zeros(1, 3, *size)
    assert find_drift(black, black, torch.ones(1, 1, *size)).order == 0


def test_the_terms_are_centred_and_reach_one():
    surface = terms(40, 60, 2, torch.zeros(1))
    assert surface.shape == (6, 40, 60)
    assert float(surface[1].mean().abs()) < 1e-6
    assert float(surface.abs().max()) <= 1


def test_conditioning_takes_the_drift_out_and_tells_it(make_wall, with_subject):
    clean = make_wall(*SIZE)
    truth = clean * field(0.4)
    plate, _ = with_subject(truth)
    conditioned = condition_clean_plate(plate, clean)
    assert conditioned.report["drift_order"] == 1
    assert conditioned.report["drift_stops"] == pytest.approx(0.96, abs=0.05)
    error = ((conditioned.clean_plate - truth).abs() / truth).median()
    assert float(error) < 0.01
