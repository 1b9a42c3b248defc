import math

import numpy as np

from platekey.core.review.figures import FrameFigures, doubt_of, flags


def figures(doubts, flickers=None):
    flickers = flickers or [math.nan] * len(doubts)
    return [
        FrameFigures(n, doubt, flicker)
        for n, (doubt, flicker) in enumerate(zip(doubts, flickers, strict=True), 1)
    ]


def test_doubt_is_what_confidence_lacks_as_a_part_of_the_subjects_area():
    alpha, confidence = np.zeros((20, 20)), np.ones((20, 20))
    alpha[:10, :10] = 1
    confidence[5, :10] = 0.5
    assert doubt_of(alpha, confidence) == 0.05


def test_a_frame_without_a_subject_has_a_finite_doubt():
    assert doubt_of(np.zeros((10, 10)), np.ones((10, 10))) == 0
    assert doubt_of(np.zeros((10, 10)), np.zeros((10, 10))) == 100


def test_without_confidence_nothing_is_said():
    assert math.isnan(doubt_of(np.ones((2, 2)), None))
    assert flags(figures([math.nan, math.nan])) == {}


def test_a_frame_is_flagged_against_its_own_shot():
    assert flags(figures([0.12, 0.125, 0.12, 0.2, 0.12])) == {4: ["confidence"]}
    assert flags(figures([0.3, 0.31, 0.3])) == {}


def test_a_shot_that_is_mostly_doubt_is_flagged_as_a_whole():
    assert list(flags(figures([0.8, 0.9, 0.8]))) == [1, 2, 3]


def test_little_doubt_is_never_flagged():
    assert flags(figures([0.001, 0.01, 0.001])) == {}


def test_flicker_is_flagged_if_it_is_seen_and_stands_out():
    still = [math.nan, 0.2, 0.3, 0.2]
    assert flags(figures([0.1] * 4, still)) == {}
    assert flags(figures([0.1] * 4, [math.nan, 0.2, 3.0, 0.2])) == {3: ["flicker"]}
    assert flags(figures([0.1, 0.1, 0.9, 0.1], [math.nan, 0.2, 3.0, 0.2]))[3] == [
        "confidence",
        "flicker",
    ]
