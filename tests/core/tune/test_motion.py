import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.tune.motion import Motion, enlarged, find_motion, follow


@pytest.fixture
def wall():
    drawn = torch.randn((1, 3, 96, 128), generator=torch.Generator().manual_seed(4))
    return 0.2 + 0.5 * gaussian_blur(drawn, 2.0).clamp(-0.3, 1)


def test_a_shift_is_found(wall):
    after = wall.roll((3, 5), (2, 3))
    motion = find_motion(wall, after, torch.ones(1, 1, 1, 1), 1)
    inner = motion.flow[:, :, 24:-24, 24:-24]
    assert inner[:, 0].median() == pytest.approx(5, abs=0.3)
    assert inner[:, 1].median() == pytest.approx(3, abs=0.3)
    assert float(motion.trust[..., 24:-24, 24:-24].mean()) > 0.9


def test_what_was_uncovered_is_not_trusted(wall):
    after = wall.clone()
    after[..., 30:60, 40:80] = 0.9
    motion = find_motion(wall, after, torch.ones(1, 1, 1, 1), 1)
    assert float(motion.trust[..., 34:56, 44:76].mean()) < 0.1
    assert float(motion.trust[..., :20, :].mean()) > 0.9


def test_following_a_shift_brings_the_picture_back(wall):
    after = wall.roll(4, 3)
    flow = torch.zeros(1, 2, 96, 128)
    flow[:, 0] = 4
    moved, inside = follow(after, flow)
    assert torch.allclose(moved[..., :-4], wall[..., :-4], atol=1e-4)
    assert float(inside[..., -4:].max()) == 0
    assert float(inside[..., :-4].min()) == 1


def test_a_larger_motion_is_longer():
    motion = enlarged(Motion(torch.ones(1, 2, 4, 5), torch.ones(1, 1, 4, 5)), 4)
    assert motion.flow.shape == (1, 2, 16, 20)
    assert float(motion.flow.mean()) == pytest.approx(4)
    assert float(motion.trust.min()) == 1


def test_a_frame_too_small_for_the_search_is_not_trusted():
    tiny = torch.rand(1, 3, 12, 12)
    assert float(find_motion(tiny, tiny, torch.ones(1, 1, 1, 1), 1).trust.max()) == 0
