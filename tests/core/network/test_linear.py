import torch

from platekey.core.network.linear import Estimate, solve_linear
from platekey.core.plate.encoding import encode

SIZE = (1, 3, 6, 6)
ONE = torch.ones(1, 1, 1, 1)


def colour(red, green, blue, dtype=torch.float32):
    return torch.tensor([red, green, blue], dtype=dtype).view(1, 3, 1, 1).expand(SIZE).clone()


def alphas(value, dtype=torch.float32):
    return torch.full((1, 1, 6, 6), value, dtype=dtype)


def level_of(alpha):
    """The level that alpha_of makes this alpha of, and one far beyond where that has none."""
    return torch.logit((0.02 + 0.96 * alpha).clamp(1e-6, 1 - 1e-6))


def solve(plate, foreground, background, alpha, trust, exposure=1.0):
    variance = torch.full_like(plate, 1e-8)
    named, behind = encode(foreground * exposure), encode(background * exposure)
    estimate = Estimate(level_of(alpha), named, behind, alphas(trust).to(alpha))
    return solve_linear(plate, variance, ONE.to(alpha) * exposure, estimate)


def test_a_wrong_alpha_is_mended_by_the_equation():
    truth = torch.linspace(0, 1, 36).view(1, 1, 6, 6)
    foreground, background = colour(4.0, 0.2, -0.05), colour(0.1, 0.5, 0.3)
    plate = foreground * truth + background * (1 - truth)
    solved = solve(plate, foreground, background, alphas(0.5), 1.0, exposure=0.5)
    torch.testing.assert_close(solved.alpha, truth, atol=2e-4, rtol=0)
    visible = (truth > 0.1).expand(SIZE)
    torch.testing.assert_close(solved.foreground[visible], foreground[visible], atol=5e-3, rtol=0)


def test_without_trust_the_networks_alpha_stays():
    plate, foreground, background = colour(0.9, 0.9, 0.9), colour(1, 0, 0), colour(0, 1, 0)
    alpha = solve(plate, foreground, background, alphas(0.25), 0.0).alpha
    torch.testing.assert_close(alpha, alphas(0.25))


def test_where_both_colours_are_alike_the_networks_alpha_stays():
    grey = colour(0.3, 0.3, 0.3)
    solved = solve(grey + 1e-5, grey, grey, alphas(0.7), 1.0)
    torch.testing.assert_close(solved.alpha, alphas(0.7))


def test_where_alpha_is_1_the_foreground_is_the_plate_bit_for_bit():
    plate = 100 * torch.randn(SIZE, generator=torch.Generator().manual_seed(0))
    solved = solve(plate, colour(0.1, 7, 0.3), colour(0.2, 0.2, 0.2), alphas(3.7), 0.0)
    assert (solved.alpha == 1).all()
    assert torch.equal(solved.foreground, plate)


def test_half_alpha_recomposes_the_plate():
    plate, background = colour(2.5, -0.1, 0.4), colour(0.1, 0.6, 0.3)
    solved = solve(plate, colour(4.9, -0.7, 0.5), background, alphas(0.5), 0.0)
    again = solved.foreground * solved.alpha + solved.background * (1 - solved.alpha)
    torch.testing.assert_close(again, plate, atol=1e-4, rtol=1e-4)


def test_nothing_is_infinite_at_any_alpha():
    for value in (-5.0, 0.0, 1e-7, 1.0, 9.0):
        solved = solve(colour(6e4, -9, 0), colour(6e4, 0, 1), colour(0, 0, 0), alphas(value), 1.0)
        assert all(bool(torch.isfinite(each).all()) for each in solved)


def test_gradients_of_level_and_trust_are_right():
    kinds = {"dtype": torch.float64}
    plate = colour(0.9, 0.5, 0.2, **kinds)[..., :1, :1]
    variance = torch.full_like(plate, 1e-2)
    start = [
        torch.full((1, 1, 1, 1), -0.4, **kinds),
        encode(colour(1.2, 0.6, 0.1, **kinds)[..., :1, :1]),
        encode(colour(0.1, 0.3, 0.3, **kinds)[..., :1, :1]),
        torch.full((1, 1, 1, 1), 0.6, **kinds),
    ]

    def solved(*parts):
        return solve_linear(plate, variance, ONE.double(), Estimate(*parts))[:3]

    # bounded() lets gradients pass at the ends, which differences cannot show: stay inside. The
    # projection keeps its colours' gradients back: see solve_linear.
    for each in start:
        each.requires_grad_()
    alpha, foreground, background = solved(*start)
    (alpha.sum() + foreground.sum() + background.sum()).backward()
    for index in (0, 3):
        each = start[index]
        for place in range(each.numel()):
            sums = []
            for step in (-1e-6, 1e-6):
                moved = [part.detach().clone() for part in start]
                moved[index].view(-1)[place] += step
                sums.append(sum(float(part.sum()) for part in solved(*moved)))
            slope = (sums[1] - sums[0]) / 2e-6
            torch.testing.assert_close(
                float(each.grad.view(-1)[place]), slope, rtol=1e-4, atol=1e-6
            )
