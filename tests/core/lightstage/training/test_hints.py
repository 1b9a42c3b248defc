import pytest
import torch

from platekey.core.errors import OptionError
from platekey.core.lightstage.training.hints import CHANCES, HintKind, apply_hints, make_hints


@pytest.fixture
def alpha():
    matte = torch.zeros(1, 1, 128, 128)
    matte[..., 32:96, 40:88] = 1.0
    matte[..., 20:32, 64:65] = 0.7  # a hair
    return matte


def hint(alpha, kind, seed=1):
    return apply_hints(alpha, [kind], torch.Generator().manual_seed(seed)).alpha


def test_every_kind_stays_in_range_and_keeps_the_size(alpha):
    for kind in HintKind:
        for size in ((128, 128), (1, 1), (5, 33)):
            for seed in range(3):
                made = hint(alpha[..., : size[0], : size[1]], kind, seed)
                assert made.shape[-2:] == size
                assert 0 <= float(made.min()) <= float(made.max()) <= 1


def test_silhouettes_grow_and_shrink(alpha):
    area = float(alpha.sum())
    for seed in range(5):
        assert float(hint(alpha, HintKind.GROWN, seed).sum()) > 1.03 * area
        assert float(hint(alpha, HintKind.SHRUNK, seed).sum()) < 0.99 * area
        assert float(hint(alpha, HintKind.HOLES, seed).sum()) < 0.995 * area


def test_wrong_hints_are_wrong(alpha):
    assert float(hint(alpha, HintKind.EMPTY).max()) == 0.0
    assert float(hint(alpha, HintKind.FULL).min()) == 1.0
    inverted = hint(alpha, HintKind.INVERTED)
    assert float(inverted[0, 0, 64, 64]) < 0.1
    assert float(inverted[0, 0, 2, 2]) > 0.9


def test_a_soft_hint_is_close_to_the_truth(alpha):
    assert float((hint(alpha, HintKind.SOFT) - alpha).abs().mean()) < 0.05


def test_a_coarse_hint_has_lost_the_hair(alpha):
    coarse = hint(alpha, HintKind.COARSE)
    torch.testing.assert_close(coarse[..., 20:32, 64], coarse[..., 20:32, 63], atol=0.02, rtol=0)
    assert float((coarse - alpha).abs().mean()) < 0.2


def test_a_shifted_hint_is_the_truth_elsewhere(alpha):
    shifted = hint(alpha, HintKind.SHIFTED, 3)
    assert float((shifted - alpha).abs().mean()) > 0.01
    assert float(shifted.sum()) == pytest.approx(float(alpha.sum()), rel=0.02)


def test_no_hint_is_told_from_an_empty_one(alpha):
    kinds = [HintKind.NONE, HintKind.EMPTY]
    hints = apply_hints(alpha.expand(2, -1, -1, -1), kinds, torch.Generator())
    assert hints.is_given.flatten().tolist() == [0.0, 1.0]
    assert float(hints.alpha.max()) == 0.0


def test_a_seed_reproduces_and_all_kinds_are_drawn(alpha):
    many = alpha.expand(300, -1, -1, -1)
    one = make_hints(many, torch.Generator().manual_seed(7))
    same = make_hints(many, torch.Generator().manual_seed(7))
    assert torch.equal(one.alpha, same.alpha)
    assert set(one.kinds) == set(HintKind) == set(CHANCES)
    share = one.kinds.count(HintKind.NONE) / 300
    assert share == pytest.approx(CHANCES[HintKind.NONE], abs=0.08)


def test_chances_choose_the_kinds(alpha):
    hints = make_hints(alpha, torch.Generator().manual_seed(1), {HintKind.FULL: 1.0})
    assert hints.kinds == (HintKind.FULL,)
    with pytest.raises(OptionError, match="above 0"):
        make_hints(alpha, torch.Generator(), {HintKind.FULL: 0.0})
