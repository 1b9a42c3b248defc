import pytest
from hypothesis import given
from hypothesis import strategies as st

from platekey.core.errors import UnfitShot
from platekey.core.job.tune_plan import plan_frames


def test_one_frame_is_too_few():
    with pytest.raises(UnfitShot, match="has 1 frame to learn from; a fine-tune needs at least 2"):
        plan_frames([1001], [], 48, plate="a.exr")


def test_of_a_short_shot_the_first_frame_is_held_out():
    plan = plan_frames([1, 2, 3], [], 48, plate="a")
    assert (plan.train, plan.keyed, plan.held) == ((2, 3), (), (1,))


def test_held_out_frames_have_no_key_if_there_are_others():
    plan = plan_frames([1, 2, 3, 4, 5], [1, 3], 48, plate="a")
    assert plan.held == (2,)
    assert plan.keyed == (1, 3)
    assert plan.train == (4, 5)


def test_where_all_frames_have_keys_one_is_compared_whole():
    plan = plan_frames([1, 2, 3], [1, 2, 3], 48, plate="a")
    assert (plan.train, plan.keyed, plan.held) == ((), (2, 3), (1,))


def test_a_long_shot_is_seen_in_pairs_spread_over_it():
    plan = plan_frames(range(1001, 1201), [1100], 24, plate="a")
    assert len(plan.all) <= 25
    chosen = sorted({*plan.train, *plan.held})
    assert chosen[0] == 1001
    assert chosen[-1] == 1200
    assert sum(frame + 1 in chosen for frame in chosen) >= 11
    assert len(plan.held) == 3
    assert 1100 in plan.keyed


@given(
    count=st.integers(2, 80),
    keys=st.sets(st.integers(0, 79), max_size=6),
    most=st.integers(2, 60),
)
def test_no_frame_is_learned_from_and_judged_by(count, keys, most):
    keys = {key for key in keys if key < count}
    plan = plan_frames(range(count), keys, most, plate="a")
    assert plan.held
    assert not set(plan.held) & {*plan.train, *plan.keyed}
    assert set(plan.all) <= set(range(count))
    assert keys <= set(plan.all)
    assert plan.train or plan.keyed
