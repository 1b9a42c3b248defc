import pytest
import torch

from platekey.core.plate.noise import NoiseModel, estimate_noise


def ramp(height=300, width=640):
    return torch.linspace(0.02, 1, width).view(1, 1, 1, -1).expand(1, 3, height, width)


@pytest.mark.parametrize(("gain", "read"), [(1e-4, 1e-6), (4e-5, 6.4e-7), (0.0, 1e-5)])
def test_the_noise_of_a_ramp_is_found_within_a_tenth(gain, read, generator):
    clean = ramp()
    noisy = clean + torch.randn(clean.shape, generator=generator) * (gain * clean + read).sqrt()
    expected = (gain * 0.18 + read) ** 0.5
    assert estimate_noise(noisy).deviation_at_grey() == pytest.approx(expected, rel=0.1)


def test_texture_is_not_taken_for_noise_where_some_of_the_picture_is_calm(make_wall, generator):
    clean = ramp().clone()
    clean[..., :150, :] = make_wall(150, 640)
    noisy = clean + torch.randn(clean.shape, generator=generator) * 0.003
    assert estimate_noise(noisy).deviation_at_grey() == pytest.approx(0.003, rel=0.25)


def test_a_picture_without_noise_has_hardly_any():
    assert estimate_noise(ramp()).deviation_at_grey() < 1e-4


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (7, 3), (257, 255)])
def test_any_size_gives_finite_positive_variance(size, generator):
    model = estimate_noise(torch.randn(1, 3, *size, generator=generator) * 1e4)
    variance = model.variance(torch.tensor([-5.0, 0.0, 1e5]).view(1, 1, 1, 3))
    assert torch.isfinite(variance).all()
    assert (variance > 0).all()


def test_noises_of_two_pictures_add():
    one = NoiseModel(torch.full((1, 3, 1, 1), 1e-4), torch.full((1, 3, 1, 1), 1e-6))
    both = one + one.scaled(3.0)
    value = torch.full((1, 3, 1, 1), 0.5)
    torch.testing.assert_close(both.variance(value), 4 * one.variance(value))


def test_stabilised_noise_has_deviation_one(generator):
    model = NoiseModel(torch.full((1, 3, 1, 1), 1e-4), torch.full((1, 3, 1, 1), 1e-6))
    for level in (0.0, 0.02, 0.5, 8.0):
        value = torch.full((1, 3, 80, 80), level)
        noisy = value + torch.randn(value.shape, generator=generator) * model.variance(value).sqrt()
        assert float(model.stabilised(noisy).std()) == pytest.approx(1, abs=0.06)
