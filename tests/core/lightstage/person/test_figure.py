from pathlib import Path

import numpy as np
import pytest

from platekey.core.lightstage.person.figure import (
    Macro,
    Pose,
    arm_weight,
    head_weight,
    joint,
    morph,
    pose_figure,
    random_macro,
    random_pose,
    rotation,
    target_weights,
)
from platekey.core.lightstage.person.makehuman import find_assets, read_obj
from platekey.core.lightstage.person.regions import beard_weight, scalp_weight

REAL = Path(__file__).parents[4] / "../shared/data/makehuman_cc0"
STILL = Pose(0.0, 0.0, 0.0, (0.0, 0.0), (0.0, 0.0))


@pytest.fixture(scope="module")
def assets():
    if not REAL.exists():
        pytest.skip("no MakeHuman assets beside the repository")
    return find_assets(REAL)


@pytest.fixture(scope="module")
def base(assets):
    return read_obj(assets.base)


def test_shares_of_targets_add_up_for_ancestry_and_for_build():
    weights = target_weights(random_macro(np.random.default_rng(5)))
    build = sum(weight for name, weight in weights.items() if name.startswith("universal"))
    assert build == pytest.approx(1.0, abs=5e-3)
    assert sum(weights.values()) == pytest.approx(2.0, abs=1e-2)


def test_a_plain_figure_has_two_targets():
    weights = target_weights(Macro(1.0, 0.0, 0.5, 0.5, (0.0, 0.0, 1.0)))
    assert weights == {
        "caucasian-male-young": 1.0,
        "universal-male-young-averagemuscle-averageweight": 1.0,
    }


def test_turns_are_right_handed():
    np.testing.assert_allclose(rotation(1, 90.0) @ (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(rotation(2, 90.0) @ (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), atol=1e-12)


def test_the_same_seed_draws_the_same_person():
    one, two = (np.random.default_rng(3) for _ in range(2))
    assert random_macro(one) == random_macro(two)
    assert random_pose(one) == random_pose(two)


def test_morphs_change_the_height(assets, base):
    def height(macro):
        return np.ptp(morph(base, assets, macro)[base.vertices("body"), 1])

    average = (0.5, 0.5, (0.0, 0.0, 1.0))
    assert height(Macro(1.0, 0.0, *average)) > height(Macro(0.0, 0.0, *average)) + 0.3


def test_no_pose_moves_nothing(base):
    np.testing.assert_allclose(pose_figure(base, base.points, STILL), base.points, atol=1e-12)


def test_a_turned_head_leaves_the_hands_and_feet(base):
    posed = pose_figure(base, base.points, Pose(30.0, 0.0, 0.0, (0.0, 0.0), (0.0, 0.0)))
    still = base.points[:, 1] < 5.0
    np.testing.assert_allclose(posed[still], base.points[still], atol=1e-12)
    assert joint(base, posed, "l-eye")[0] > joint(base, base.points, "l-eye")[0] + 0.3


def test_lowered_arms_hang_closer_to_the_body(base):
    posed = pose_figure(base, base.points, Pose(0.0, 0.0, 0.0, (30.0, 30.0), (0.0, 0.0)))
    for side in ("l", "r"):
        hand, rest = joint(base, posed, f"{side}-hand"), joint(base, base.points, f"{side}-hand")
        assert abs(hand[0]) < abs(rest[0]) - 1.0
        assert hand[1] < rest[1] - 0.3


def test_weights_belong_to_their_limbs(base):
    head, arm = head_weight(base), arm_weight(base, "l")
    assert head[base.vertices("joint-head-2")].min() == 1.0
    assert arm[base.vertices("joint-l-hand")].min() == 1.0
    for name in ("joint-pelvis", "joint-l-knee", "joint-r-hand", "joint-head-2"):
        assert arm[base.vertices(name)].max() == 0.0


def test_hair_grows_on_the_crown_and_not_on_the_face(base):
    scalp, beard = scalp_weight(base), beard_weight(base)
    body = base.vertices("body")
    crown = body[np.argmax(base.points[body, 1])]
    nose = body[np.argmax(np.where(base.points[body, 1] > 6.5, base.points[body, 2], 0.0))]
    chin = body[(np.abs(base.points[body, 0]) < 0.05) & (np.abs(base.points[body, 1] - 6.3) < 0.05)]
    assert scalp[crown] == 1.0
    assert scalp[nose] == beard[nose] == beard[crown] == 0.0
    assert beard[chin].max() > 0.9
    np.testing.assert_array_equal(scalp * beard, 0.0)
