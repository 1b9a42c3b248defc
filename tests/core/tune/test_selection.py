import json
import math

import pytest

from platekey.core.tune.selection import Selection

START = {"leak": 0.04, "temporal": 0.02}


def parts(share):
    return {name: share * value for name, value in START.items()}


@pytest.fixture
def selection():
    made = Selection()
    made.begin(START)
    return made


def test_the_best_of_the_held_out_frames_wins(selection):
    wins = [selection.consider(step, parts(share))[1] for step, share in ((10, 0.9), (20, 0.7))]
    assert wins == [True, True]
    assert not selection.consider(30, parts(0.8))[1]
    assert (selection.best_step, selection.waited) == (20, 1)
    assert selection.best_scores == parts(0.7)


def test_nothing_better_leaves_the_start_and_says_so(selection):
    for step in (10, 20, 30):
        assert not selection.consider(step, parts(1.04))[1]
    assert not selection.is_better()
    assert (selection.best_step, selection.best_total, selection.waited) == (0, 1.0, 3)
    assert "starting weights" in selection.verdict()
    assert "returned as they were" in selection.verdict()


def test_the_verdict_tells_what_changed(selection):
    selection.consider(40, parts(0.5))
    assert selection.verdict().startswith("step 40 is better")
    assert "leak -50 %" in selection.verdict()


def test_a_poisoned_step_is_refused(selection):
    scored, wins = selection.consider(10, {"leak": 0.02, "temporal": 0.9})
    assert not wins
    assert scored.total == math.inf


def test_it_survives_a_checkpoint(selection):
    selection.consider(10, parts(0.6))
    selection.consider(20, parts(9))
    again = Selection.from_json(json.loads(json.dumps(selection.to_json(), allow_nan=False)))
    assert again == selection
