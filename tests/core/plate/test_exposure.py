import pytest
import torch

from platekey.core.plate.exposure import match_exposure


@pytest.mark.parametrize("stops", [(-1.0, -1.0, -1.0), (0.2, 0.0, -0.2), (1.0, 0.8, 1.2)])
def test_a_drift_is_found_behind_a_subject(stops, make_wall, with_subject):
    clean = make_wall(150, 200)
    drift = torch.exp2(torch.tensor(stops)).view(1, 3, 1, 1)
    plate, _ = with_subject(clean * drift, share=0.3)
    gains, agreement = match_exposure(plate, clean, torch.ones(1, 1, 150, 200))
    torch.testing.assert_close(
        torch.log2(gains / drift), torch.zeros(1, 3, 1, 1), atol=0.02, rtol=0
    )
    assert agreement > 0.5


def test_pictures_that_do_not_belong_together_do_not_agree(make_wall):
    _, agreement = match_exposure(
        make_wall(120, 160, seed=1), make_wall(120, 160, seed=2), torch.ones(1, 1, 120, 160)
    )
    assert agreement < 0.25


def test_black_pictures_give_gain_one():
    black = torch.zeros(1, 3, 20, 20)
    gains, agreement = match_exposure(black, black, torch.ones(1, 1, 20, 20))
    assert gains.flatten().tolist() == [1, 1, 1]
    assert agreement == 0
