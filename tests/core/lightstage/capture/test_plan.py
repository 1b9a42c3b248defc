from collections import Counter

import pytest

from platekey.core.errors import OptionError
from platekey.core.lightstage.capture.plan import (
    is_held_back,
    is_held_back_name,
    part_of,
    training_set,
)
from platekey.core.lightstage.capture.recipe import SUBJECTS


def test_the_set_is_large_and_half_of_it_are_people():
    captures = training_set()
    kinds = Counter(options.subject for options in captures)
    assert len(captures) >= 1500
    assert set(kinds) == set(SUBJECTS)
    assert kinds["person"] >= len(captures) / 2
    assert sum(options.size >= 1024 for options in captures) >= len(captures) / 10
    assert sum(options.frames > 1 for options in captures) >= 100


def test_no_two_captures_of_the_set_are_alike():
    captures = training_set()
    assert len({options.name for options in captures}) == len(captures)


def test_held_back_seeds_are_not_in_the_set():
    assert max(options.seed for options in training_set()) < 900_000


def test_a_part_of_the_set_is_a_smaller_set_like_it():
    first = Counter(options.subject for options in training_set()[:300])
    assert set(first) == set(SUBJECTS)
    assert 140 <= first["person"] <= 170


@pytest.mark.parametrize("field", ["threads", "lights"])
def test_an_impossible_set_is_refused(field):
    with pytest.raises(OptionError, match=field):
        training_set(**{field: 0})


def test_parts_share_the_set_without_overlap():
    captures = training_set()
    parts = [part_of(captures, f"{number}/4") for number in range(1, 5)]
    assert sorted(o.name for part in parts for o in part) == sorted(o.name for o in captures)
    assert part_of(captures, "1/1") == captures


@pytest.mark.parametrize("part", ["", "1", "0/4", "5/4", "a/b", "1/", "-1/4"])
def test_what_is_no_part_is_refused(part):
    with pytest.raises(OptionError, match="1/4"):
        part_of(training_set(), part)


def test_a_tenth_of_every_kind_is_held_back_for_validation():
    captures = training_set()
    kept = Counter(o.subject for o in captures if is_held_back(o.subject, o.seed))
    assert set(kept) == set(SUBJECTS)
    assert 0.1 * len(captures) < sum(kept.values()) < 0.2 * len(captures)
    assert not is_held_back("person", 105)
    assert is_held_back("person", 10_008)
    assert not is_held_back("smoke", 20_000)
    assert is_held_back_name("person_010008")
    assert not is_held_back_name("person_000105")
    assert not is_held_back_name("my own capture")
