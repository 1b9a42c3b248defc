import pytest
import torch

from platekey.core.train import losses


def step_edge(width=8):
    alpha = torch.zeros(1, 1, 6, width)
    alpha[..., width // 2 :] = 1
    return alpha


def test_alpha_loss_is_the_mean_difference():
    truth = torch.zeros(1, 1, 2, 2)
    assert float(losses.alpha_loss(truth + 0.25, truth)) == 0.25


def test_gradient_loss_of_a_ramp_is_its_slope():
    ramp = torch.arange(10.0).view(1, 1, 1, 10).expand(1, 1, 10, 10) * 0.1
    found = float(losses.gradient_loss(ramp, torch.zeros_like(ramp)))
    # eight of ten columns have the slope, the border's two have half of it
    assert found == pytest.approx(0.1 * 0.9, rel=1e-5)


def test_gradient_loss_does_not_see_a_constant():
    truth = torch.rand(1, 1, 5, 5)
    assert float(losses.gradient_loss(truth + 0.5, truth)) == pytest.approx(0, abs=1e-6)


def test_laplacian_loss_does_not_see_a_constant_but_an_edge():
    edge = step_edge()
    assert float(losses.laplacian_loss(edge + 0.5, edge)) == pytest.approx(0, abs=1e-6)
    assert float(losses.laplacian_loss(edge, torch.zeros_like(edge))) > 0.01


def test_laplacian_loss_weighs_a_smooth_error_more_than_its_size():
    """The same mean error costs more as a blob, a hole in a face, than as grain."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    blob = torch.exp(-((y - 32) ** 2 + (x - 32) ** 2) / 200)[None, None]
    grain = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)) - 0.5
    grain = grain * blob.mean() / grain.abs().mean()
    none = torch.zeros_like(blob)
    assert losses.laplacian_loss(blob, none) > losses.laplacian_loss(grain, none)


def test_foreground_loss_looks_only_where_there_is_a_subject():
    alpha = step_edge()
    truth = torch.zeros(1, 3, 6, 8)
    colour = truth + torch.where(alpha > 0, 2.0, 1000.0)
    assert float(losses.foreground_loss(colour, truth, alpha)) == 2.0
    assert float(losses.foreground_loss(colour, truth, torch.zeros_like(alpha))) == 0.0


def test_background_loss_looks_only_where_there_is_none():
    alpha = step_edge()
    truth = torch.zeros(1, 3, 6, 8)
    colour = truth + torch.where(alpha > 0, 1000.0, 3.0)
    assert float(losses.background_loss(colour, truth, alpha)) == 3.0


def test_error_loss_teaches_the_error_and_not_alpha():
    alpha = torch.full((1, 1, 2, 2), 0.75, requires_grad=True)
    error = torch.full((1, 1, 2, 2), 0.25, requires_grad=True)
    loss = losses.error_loss(error, alpha, torch.zeros(1, 1, 2, 2))
    loss.backward()
    assert float(loss.detach()) == 0.25
    assert alpha.grad is None
    assert (error.grad < 0).all()


def test_losses_work_on_a_single_pixel():
    one, none = torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1)
    assert float(losses.laplacian_loss(one, none)) == 0.0
    assert float(losses.gradient_loss(one, none)) == 0.0
