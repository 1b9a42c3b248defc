import numpy as np
import pytest
import torch

from platekey.core.solver.laplacian import MattingLaplacian, smooth_alpha


@pytest.fixture
def picture():
    generator = torch.Generator().manual_seed(2)
    return 5 * torch.rand(1, 3, 7, 9, generator=generator)


def dense_laplacian(picture, regulariser):
    """Levin et al. 2008, eq. 12, window by window; scaled by 1/9 as ours."""
    _, _, height, width = picture.shape
    colours = picture[0].permute(1, 2, 0).double().numpy()
    index = np.arange(height * width).reshape(height, width)
    total = np.zeros((height * width, height * width))
    for top in range(height - 2):
        for left in range(width - 2):
            members = index[top : top + 3, left : left + 3].ravel()
            window = colours[top : top + 3, left : left + 3].reshape(9, 3)
            centred = window - window.mean(0)
            covariance = centred.T @ centred / 9 + regulariser / 9 * np.eye(3)
            affinity = (1 + centred @ np.linalg.inv(covariance) @ centred.T) / 9
            total[np.ix_(members, members)] += np.eye(9) - affinity
    return total / 9


def test_it_is_levins_matrix(picture):
    alpha = torch.rand(1, 1, 7, 9, generator=torch.Generator().manual_seed(4))
    expected = dense_laplacian(picture, 0.5) @ alpha.double().numpy().ravel()
    got = MattingLaplacian(picture, 0.5)(alpha)
    np.testing.assert_allclose(got.numpy().ravel(), expected, atol=2e-5)


def test_a_linear_function_of_colour_costs_hardly_anything(picture):
    alpha = 0.2 + (picture * torch.tensor([0.1, -0.05, 0.02]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    cost = (alpha * MattingLaplacian(picture, 1e-4)(alpha)).sum()
    assert abs(float(cost)) < 1e-4


def test_smoothing_solves_the_linear_system(picture):
    generator = torch.Generator().manual_seed(8)
    alpha = torch.rand(1, 1, 7, 9, generator=generator)
    weight = 0.05 + torch.rand(1, 1, 7, 9, generator=generator)
    w = np.diag(weight.double().numpy().ravel())
    exact = np.linalg.solve(dense_laplacian(picture, 0.5) + w, w @ alpha.double().numpy().ravel())
    got = smooth_alpha(alpha, weight, MattingLaplacian(picture, 0.5), 200)
    np.testing.assert_allclose(got.numpy().ravel(), exact, atol=1e-3)


def test_highlights_do_not_break_the_solver():
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(1, 3, 40, 40, generator=generator) * 3
    picture[..., 20:, 20:] *= 1e4
    alpha = torch.rand(1, 1, 40, 40, generator=generator)
    weight = torch.full_like(alpha, 0.01)
    smooth = smooth_alpha(alpha, weight, MattingLaplacian(picture, 9.0), 40)
    assert torch.isfinite(smooth).all()
    assert -0.5 < float(smooth.min()) < float(smooth.max()) < 1.5


@pytest.mark.parametrize("brightness", [1e5, 1e6])
def test_where_rounding_wins_the_solver_stops_before_it_does_harm(brightness):
    generator = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0, 1, 40) * torch.rand(1, 1, 40, 1, generator=generator)
    ramp = ramp + 0.3 * torch.rand(1, 1, 40, 40, generator=generator)
    grain = torch.randn(1, 3, 40, 40, generator=generator)
    picture = brightness * ramp * torch.tensor([1, 0.6, 0.3]).view(1, 3, 1, 1) + grain
    alpha = 0.1 + 0.8 * (ramp > 0.5).float()
    weight = torch.full_like(alpha, 0.004)
    smooth = smooth_alpha(alpha, weight, MattingLaplacian(picture, 9.0), 40)
    assert -0.5 < float(smooth.min()) < float(smooth.max()) < 1.5
