import numpy as np
import pytest

from platekey.core.errors import OptionError
from platekey.core.lightstage.shots.plates import SensorNoise, combine, sharp_foreground


def test_combine_is_foreground_over_background():
    foreground = np.array([[[0.0, 0.0, 0.0, 0.0], [0.5, 4.0, -0.25, 0.5], [9.0, 0.0, 1.0, 1.0]]])
    background = np.array([[[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]])
    plate = combine(foreground.astype(np.float32), background.astype(np.float32))
    np.testing.assert_allclose(plate[0], [[3.0, 2.0, 1.0], [2.0, 5.0, 0.25], [9.0, 0.0, 1.0]])


def test_noise_has_the_variance_of_its_model():
    noise = SensorNoise(gain=4e-4, read=2e-3)
    for value in (0.0, 0.18, 5.0):
        flat = np.full((300, 300, 3), value, np.float32)
        drawn = noise.apply(flat, (1, 2))
        assert drawn.mean() == pytest.approx(value, abs=5e-4)
        assert drawn.std() == pytest.approx(np.sqrt(4e-4 * value + 4e-6), rel=0.01)


def test_noise_is_seeded_and_independent():
    flat = np.full((64, 64, 3), 0.5, np.float32)
    first, again, other = (SensorNoise().apply(flat, seed) - flat for seed in ((1,), (1,), (2,)))
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.03


def test_negative_noise_is_refused():
    with pytest.raises(OptionError, match="give 0 for none"):
        SensorNoise(gain=-1.0)


def test_a_denoised_foreground_keeps_its_alpha_and_ends_where_alpha_does():
    size = 40
    alpha = np.zeros((size, size, 1), np.float32)
    alpha[:, :20] = 1.0
    alpha[10, 20:30] = 0.7  # a hair
    smeared = np.zeros((size, size, 3), np.float32)
    smeared[:, :22] = (0.4, 0.2, 0.1)  # the denoiser has let colour over the edge
    smeared[9:12, 22:30] = np.array([0.4, 0.2, 0.1]) * 0.3
    sharp = sharp_foreground(np.concatenate([smeared, alpha], axis=-1))
    np.testing.assert_array_equal(sharp[..., 3:], alpha)
    np.testing.assert_array_equal(sharp[alpha[..., 0] == 0.0], 0.0)
    np.testing.assert_allclose(sharp[:, :17, :3], smeared[:, :17], rtol=1e-5)
    hair = sharp[10, 22:30, :3] / 0.7
    assert (hair[:, 0] > 0.2).all()
    np.testing.assert_allclose(hair[:, 1], hair[:, 0] / 2.0, rtol=1e-4)
