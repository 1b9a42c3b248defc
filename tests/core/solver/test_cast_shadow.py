import numpy as np
import pytest
import torch

from platekey.core.options import MatteOptions
from platekey.core.solver.cast_shadow import follow_shadows
from platekey.core.solver.solve import solve_frame

SIZE = (120, 160)


def smooth_step(width):
    """0 left of the middle, 1 right of it, over `width` pixels."""
    x = np.arange(SIZE[1])
    ramp = np.clip((x - 60) / max(width, 1e-6), 0, 1)
    return torch.from_numpy(np.broadcast_to(ramp, SIZE).copy()).float()[None, None]


def followed(change):
    deviation = torch.full((1, 3, *SIZE), 0.02)
    background = (change.abs().amax(1, keepdim=True) < 0.05).float()
    return follow_shadows(change, deviation, background), background


@pytest.mark.parametrize("tint", [(1, 1, 1), (0.8, 1.0, 1.2)])
def test_a_shadow_that_sets_in_gradually_is_followed_into_its_core(tint):
    change = -1.5 * smooth_step(60) * torch.tensor(tint).float().view(1, 3, 1, 1)
    shadow, background = followed(change)
    assert float((shadow + background).clamp_max(1).mean()) > 0.97
    assert float((shadow * background).max()) == 0


def test_a_dark_thing_with_an_edge_is_not_followed():
    shadow, _ = followed((-1.5 * smooth_step(0)).expand(1, 3, *SIZE))
    assert float(shadow.max()) == 0


def test_a_coloured_thing_is_not_followed_even_if_it_sets_in_gradually():
    change = -1.5 * smooth_step(50) * torch.tensor([0.2, 1.0, 1.0]).view(1, 3, 1, 1)
    shadow, _ = followed(change)
    assert float(shadow[..., 90:].max()) == 0


def test_what_ends_in_black_is_no_shadow():
    shadow, _ = followed((-3.0 * smooth_step(95)).expand(1, 3, *SIZE))
    assert float(shadow.max()) == 0


def test_a_hairy_surface_is_not_followed():
    generator = torch.Generator().manual_seed(1)
    fur = 0.5 * torch.randn(1, 3, *SIZE, generator=generator)
    change = smooth_step(50) * (-1.5 + fur).clamp_max(0)
    shadow, _ = followed(change)
    assert float(shadow[..., 110:].mean()) < 0.02


def test_brightening_is_no_shadow():
    shadow, _ = followed((0.6 * smooth_step(50)).expand(1, 3, *SIZE))
    assert float(shadow.max()) == 0


def test_a_contact_shadow_goes_to_the_shadow_pass_and_not_to_alpha(make_shot):
    shot = make_shot(height=240, width=320, strands=False)
    y, x = np.mgrid[:240, :320]
    distance = torch.from_numpy(np.hypot((y - 132) * 1.0, x - 160) - 70).float()
    stops = -1.4 * (1 - distance / 60).clamp(0, 1) * torch.from_numpy(y > 130)
    ratio = torch.exp2(stops)[None, None]
    clean = shot.clean
    plate = shot.plate + (1 - shot.alpha) * clean * (ratio - 1)
    bare = shot.alpha[0, 0] == 0
    core = bare & (stops < -0.5)
    solution = solve_frame(plate, shot.conditioned(), MatteOptions())
    kept = solve_frame(plate, shot.conditioned(), MatteOptions(shadow_removal=0.0))
    assert float(solution.alpha[0, 0][core].mean()) < 0.1
    assert float(kept.alpha[0, 0][core].mean()) > 0.4
    seen = solution.shadow[0].mean(0)[core] - ratio[0, 0][core]
    assert float(seen.abs().mean()) < 0.1
