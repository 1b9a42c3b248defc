import math

import pytest
import torch
from scipy.fft import dctn

from platekey.core.lightstage.training.sensor import add_noise, compress, defocus, subsample_chroma
from platekey.core.plate.encoding import encode


def each(*values):
    return torch.tensor(values).view(-1, 1, 1, 1)


def picture(batch=1, height=33, width=46, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 3, height, width, generator=generator).exp() - 0.2


def test_noise_has_the_variance_of_its_model_and_each_exposure_its_own():
    flat = torch.tensor([0.0, 0.18, 30.0]).view(3, 1, 1, 1).expand(3, 3, 200, 200)
    generator = torch.Generator().manual_seed(4)
    gain, read = each(4e-4, 4e-4, 1e-5), each(2e-3, 2e-3, 1e-2)
    first = add_noise(flat, gain=gain, read=read, generator=generator)
    second = add_noise(flat, gain=gain, read=read, generator=generator)
    expected = (gain * flat + read**2).sqrt()[:, 0, 0, 0]
    torch.testing.assert_close((first - flat).std(dim=(1, 2, 3)), expected, rtol=0.02, atol=0)
    torch.testing.assert_close(
        (first - second).std(dim=(1, 2, 3)), expected * math.sqrt(2), rtol=0.02, atol=0
    )


def test_negative_light_has_the_noise_of_the_dark():
    dark = torch.full((1, 3, 100, 100), -0.5)
    noisy = add_noise(
        dark, gain=each(1e-2), read=each(1e-3), generator=torch.Generator().manual_seed(1)
    )
    assert float((noisy - dark).std()) == pytest.approx(1e-3, rel=0.02)


def test_chroma_subsampling_leaves_greys_and_flat_colours():
    grey = picture()[:, :1].expand(-1, 3, -1, -1)
    flat = torch.tensor([4.0, 0.2, -0.01]).view(1, 3, 1, 1).expand(1, 3, 5, 7)
    for rows, columns in ((1, 2), (2, 2)):
        played = subsample_chroma(grey, rows=rows, columns=columns)
        torch.testing.assert_close(played, grey, rtol=1e-4, atol=1e-5)
        played = subsample_chroma(flat, rows=rows, columns=columns)
        torch.testing.assert_close(played, flat, rtol=1e-4, atol=1e-5)


def test_chroma_is_blurred_across_and_for_420_down_as_well():
    columns = torch.zeros(1, 3, 8, 8)
    columns[:, 0, :, ::2] = 1.0
    rows = columns.transpose(2, 3)
    assert not torch.allclose(subsample_chroma(columns, rows=1, columns=2), columns, atol=0.05)
    torch.testing.assert_close(
        subsample_chroma(rows, rows=1, columns=2), rows, rtol=1e-4, atol=1e-5
    )
    assert not torch.allclose(subsample_chroma(rows, rows=2, columns=2), rows, atol=0.05)
    assert subsample_chroma(rows, rows=1, columns=1) is rows


def test_compression_with_step_zero_changes_nothing():
    both = compress(picture(2), step=each(0.0, 0.2))
    torch.testing.assert_close(both[0], picture(2)[0], rtol=0, atol=0)
    assert not torch.allclose(both[1], picture(2)[1], atol=1e-3)


def test_compression_rounds_cosine_coefficients_of_luma_blocks():
    grey = picture(height=16, width=8)[:, :1].expand(-1, 3, -1, -1)
    played = encode(compress(grey, step=each(0.3)))[0, 0]
    for block in (played[:8], played[8:]):
        coefficients = dctn(block.double().numpy(), norm="ortho")
        for (row, column), ramp in (
            ((0, 0), 0.25),
            ((0, 7), 2.5),
            ((7, 7), 4.0),
            ((2, 1), 23 / 14),
        ):
            levels = coefficients[row, column] / (0.3 * ramp)
            assert levels == pytest.approx(round(levels), abs=2e-3)


def test_compression_errors_of_a_busy_picture_are_a_few_steps():
    error = encode(compress(picture(height=64, width=64), step=each(0.1))) - encode(
        picture(height=64, width=64)
    )
    assert 0.05 < float(error.std()) < 0.3


def test_odd_sizes_and_single_pixels_come_back_in_their_size():
    for height, width in ((1, 1), (3, 9), (17, 16)):
        small = picture(height=height, width=width)
        assert compress(small, step=each(0.1)).shape == small.shape
        assert subsample_chroma(small, rows=2, columns=2).shape == small.shape
        assert defocus(small, each(2.0)).shape == small.shape


def test_defocus_turns_a_point_into_a_disc_of_its_radius_and_keeps_the_energy():
    point = torch.zeros(2, 3, 21, 21)
    point[..., 10, 10] = 1000.0
    blurred = defocus(point, each(0.0, 3.0))
    torch.testing.assert_close(blurred[0], point[0])
    assert float(blurred[1, 0].sum()) == pytest.approx(1000, rel=1e-4)
    disc = blurred[1, 0] / blurred[1, 0].max()
    assert float(disc[10, 12]) == 1.0
    assert float(disc[10, 14]) == 0.0
    assert float(disc.sum()) == pytest.approx(math.pi * 9, rel=0.05)
