from dataclasses import replace

import torch

from platekey.core.filters import gaussian_blur
from platekey.core.options import MatteOptions
from platekey.core.solver.solve import solve_frame


def test_background_that_moves_within_its_spread_is_no_subject(make_shot):
    shot = make_shot(height=140, width=200, strands=False)
    generator = torch.Generator().manual_seed(8)
    leaves = torch.zeros_like(shot.alpha)
    leaves[..., :60] = 1  # the left of the set is in the wind; the subject stands in the middle
    sway = gaussian_blur(torch.randn(shot.plate.shape, generator=generator), 1.5)
    sway = 0.06 * leaves * sway / sway.std()
    plate = shot.plate + (1 - shot.alpha) * sway
    still = shot.conditioned()
    moving = replace(still, spread=(0.06 * leaves).expand_as(plate))
    bare = (leaves > 0) & (shot.alpha == 0)
    fooled = solve_frame(plate, still, MatteOptions())
    solution = solve_frame(plate, moving, MatteOptions())
    assert float(fooled.alpha[bare].mean()) > 0.2
    assert float(solution.alpha[bare].mean()) < 0.03
    right = slice(100, None)  # where nothing moves, nothing changes
    error = (solution.alpha - shot.alpha)[..., right].abs().mean()
    before = (fooled.alpha - shot.alpha)[..., right].abs().mean()
    assert float(error) < 1.2 * float(before) + 1e-3
