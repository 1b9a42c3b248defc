import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.tune.leak import background_leak, leak_loss, smooth_shadow

SIZE = 96


def texture(seed):
    drawn = torch.randn((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed))
    smooth = gaussian_blur(drawn, 1.2)
    return 0.3 * torch.exp(0.3 * smooth / smooth.std())


@pytest.fixture
def scene():
    """Plate, true alpha, clean plate, noise's variance, known."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    radius = torch.hypot(y - 48.0, x - 48.0)
    alpha = ((38 - radius) / 20).clamp(0, 1)[None, None]
    background, variance = texture(1), 1e-6
    generator = torch.Generator().manual_seed(9)
    noise = variance**0.5 * torch.randn((2, 3, SIZE, SIZE), generator=generator)
    plate = alpha * texture(2) + (1 - alpha) * background + noise[:1]
    return plate, alpha, background + noise[1:], torch.full_like(plate, 2 * variance)


def leak_of(scene, alpha, background=None):
    plate, true, clean, variance = scene
    behind = clean if background is None else background
    return background_leak(plate, alpha, behind, variance, torch.ones_like(true))


def mean_leak(leak):
    return (leak.value.abs() * leak.weight).sum() / leak.weight.sum()


def test_the_true_alpha_leaves_nothing(scene):
    assert float(mean_leak(leak_of(scene, scene[1]))) < 0.005


@pytest.mark.parametrize("off", [-0.3, -0.15, 0.15, 0.3])
def test_a_wrong_alpha_is_found_with_its_sign_and_size(scene, off):
    true = scene[1]
    soft = (true > 0.35) & (true < 0.65)
    leak = leak_of(scene, true + off)
    assert float(leak.value[soft].mean()) == pytest.approx(off, abs=0.15)
    assert float(leak.weight.mean()) > 0.8


def test_wrong_mattes_are_ordered_by_their_error(scene):
    true = scene[1]
    losses = [
        float(mean_leak(leak_of(scene, alpha)))
        for alpha in (true, (true + 0.05).clamp(0, 1), (true + 0.2).clamp(0, 1), true * 0 + 1)
    ]
    assert losses == sorted(losses)
    assert losses[-1] > 0.5


def test_a_subject_that_is_missed_is_a_negative_leak(scene):
    inside = scene[1] >= 1
    assert float(leak_of(scene, torch.zeros_like(scene[1])).value[inside].mean()) < -0.4


def test_a_wall_without_texture_tells_nothing():
    flat = torch.full((1, 3, 32, 32), 0.2)
    alpha, variance = torch.full((1, 1, 32, 32), 0.5), torch.full_like(flat, 1e-5)
    leak = background_leak(flat, alpha, flat, variance, torch.ones_like(alpha))
    assert float(leak.weight.max()) < 0.01


def test_an_unknown_clean_plate_tells_nothing(scene):
    plate, alpha, clean, variance = scene
    leak = background_leak(plate, alpha, clean, variance, torch.zeros_like(alpha))
    assert float(leak.weight.max()) == 0


def test_its_gradient_leads_to_the_true_alpha(scene):
    true = scene[1]
    alpha = (true * 0.7).requires_grad_()
    leak_loss(alpha, leak_of(scene, alpha)).backward()
    soft = (true > 0.4) & (true < 0.9)
    assert float((alpha.grad[soft] < 0).float().mean()) > 0.5  # more alpha is less loss
    assert float((alpha.grad > 0).float().mean()) < 0.02


def test_a_shadow_pass_cannot_hide_hairs():
    alpha = torch.zeros(1, 1, 64, 64)
    shadow = torch.full((1, 3, 64, 64), 0.5)
    hairs = shadow.clone()
    hairs[..., 32] = 0.05
    smooth = smooth_shadow(hairs, alpha)
    assert float((smooth[..., 32] / 0.5).min()) > 0.7
    assert float(smooth_shadow(shadow, alpha).mean()) == pytest.approx(0.5, rel=1e-3)
