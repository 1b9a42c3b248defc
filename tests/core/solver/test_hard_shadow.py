import numpy as np
import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.noise import NoiseModel
from platekey.core.solver.hard_shadow import find_hard_shadow
from platekey.core.solver.solve import solve_frame

SIZE = (150, 220)
DEVIATION = 0.003


def scene(detail=0.5, factor=(0.3, 0.32, 0.36), colour=(0.5, 0.1, 0.04), soft=0.0, seed=4):
    """A disc before a wall, a hard shadow that touches it: plate, clean plate, alpha, shade."""
    generator = torch.Generator().manual_seed(seed)
    grain = gaussian_blur(torch.randn(1, 3, *SIZE, generator=generator), 1.5)
    wall = 0.35 * torch.exp2(detail * grain / grain.std()).clamp(0.3, 3)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]

    def disc(cx, radius):
        distance = np.hypot(y - 80, x - cx)
        return torch.from_numpy(np.clip(radius - distance + 0.5, 0, 1)).float()[None, None]

    alpha, blocked = disc(85, 40), gaussian_blur(disc(130, 38), soft)
    shade = 1 - blocked * (1 - torch.tensor(factor).view(1, 3, 1, 1))
    lit = torch.from_numpy(0.6 + 0.8 * x / SIZE[1]).float() * torch.tensor(colour).view(1, 3, 1, 1)
    plate = alpha * lit + (1 - alpha) * wall * shade
    noise = [DEVIATION * torch.randn(plate.shape, generator=generator) for _ in range(2)]
    return plate + noise[0], wall + noise[1], alpha, shade


def found(plate, clean):
    variance = torch.full_like(plate, DEVIATION**2)
    change = torch.log2(plate.clamp_min(1e-3) / clean.clamp_min(1e-3))
    different = (change.abs().amax(1, keepdim=True) > 0.15).float()
    return find_hard_shadow(plate, clean, variance, variance, different)[0, 0] > 0


def core_of(alpha, shade):
    return (alpha[0, 0] == 0) & (shade[0].mean(0) < 0.5)


@pytest.mark.parametrize("soft", [0.0, 1.5])
@pytest.mark.parametrize("detail", [0.5, 0.0])
def test_a_hard_shadow_that_touches_the_subject_is_found_and_the_subject_is_not(detail, soft):
    plate, clean, alpha, shade = scene(detail=detail, soft=soft)
    shadow = found(plate, clean)
    assert float(shadow[core_of(alpha, shade)].float().mean()) > 0.97
    assert float(shadow[alpha[0, 0] > 0.9].float().mean()) < 0.01


def test_a_dark_thing_that_hides_the_walls_detail_is_no_shadow():
    plate, clean, alpha, _ = scene(factor=(1, 1, 1), colour=(0.1, 0.1, 0.1))
    assert float(found(plate, clean).float().mean()) == 0
    assert float(alpha.mean()) > 0.1


def test_an_even_dark_subject_before_a_bare_wall_is_never_all_shadow():
    generator = torch.Generator().manual_seed(2)
    clean = torch.full((1, 3, *SIZE), 0.35)
    plate = clean.clone()
    plate[..., 40:110, 60:160] = 0.11
    plate = plate + DEVIATION * torch.randn(plate.shape, generator=generator)
    assert not found(plate, clean).any()


def test_a_coloured_darkening_is_no_shadow():
    plate, clean, alpha, shade = scene(factor=(0.15, 0.6, 0.6))
    assert float(found(plate, clean)[core_of(alpha, shade)].float().mean()) < 0.02


def test_brightening_is_no_shadow():
    plate, clean, alpha, shade = scene(factor=(2.5, 2.5, 2.5))
    lit = (alpha[0, 0] == 0) & (shade[0].mean(0) > 2)
    assert float(found(plate, clean)[lit].float().mean()) == 0


def test_equal_pictures_have_no_shadow():
    _, clean, _, _ = scene()
    assert not found(clean, clean).any()


def test_alpha_in_a_hard_shadow_is_zero_and_the_shadow_pass_has_it():
    plate, clean, alpha, shade = scene(soft=0.7)
    shape = (1, 3, 1, 1)
    noise = NoiseModel(torch.zeros(shape), torch.full(shape, DEVIATION**2))
    conditioned = ConditionedPlate(clean, torch.ones_like(alpha), noise, noise, 0.0, {})
    core = core_of(alpha, shade)
    solution = solve_frame(plate, conditioned, MatteOptions())
    kept = solve_frame(plate, conditioned, MatteOptions(shadow_removal=0.0))
    assert float(solution.alpha[0, 0][core].mean()) < 0.02
    assert float(kept.alpha[0, 0][core].mean()) > 0.5
    assert float(solution.alpha[alpha > 0.99].mean()) > 0.97
    off = (solution.shadow - shade)[0].mean(0)[core]
    assert float(off.abs().mean()) < 0.05
