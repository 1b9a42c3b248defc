import pytest
import torch

from platekey.core.plate.encoding import decode, encode, normal_exposure, slope


def test_doubling_bright_light_is_one_stop():
    light = torch.tensor([4.0, 8.0, 4000.0, 8000.0])
    stops = encode(light)
    assert stops[1] - stops[0] == pytest.approx(1, abs=1e-4)
    assert stops[3] - stops[2] == pytest.approx(1, abs=1e-4)


def test_decode_undoes_encode_for_every_half():
    light = torch.tensor([-65504.0, -1.0, -1e-6, 0.0, 6e-8, 0.18, 1.0, 65504.0])
    torch.testing.assert_close(decode(encode(light)), light, rtol=1e-4, atol=1e-8)


def test_encode_is_odd():
    light = torch.linspace(0, 50, 99)
    torch.testing.assert_close(encode(-light), -encode(light))


def test_slope_is_the_derivative_of_encode():
    light = torch.linspace(-2, 20, 301, dtype=torch.float64, requires_grad=True)
    (derivative,) = torch.autograd.grad(encode(light).sum(), light)
    torch.testing.assert_close(slope(light.detach()), derivative)


def test_nan_stays_nan_and_alone():
    assert torch.isnan(encode(torch.tensor([0.1, float("nan"), 2.0]))).tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("level", "expected"), [(0.18, 1), (0.5, 1), (0.18 / 64, 64), (184.3, 2**-10)]
)
def test_normal_exposure_is_a_power_of_two_towards_grey(level, expected):
    assert normal_exposure(torch.full((1, 3, 4, 5), level)) == expected


def test_a_black_picture_is_left_as_it_is():
    assert normal_exposure(torch.zeros(1, 3, 4, 5)) == 1
