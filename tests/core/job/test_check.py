"""The capture check reads what there is, and judges it."""

import pytest

from platekey.core.errors import Cancelled, OptionError
from platekey.core.job.check import run_check


def test_first_middle_and_last_frame_are_looked_at(shot):
    checked = run_check(shot.plate, shot.clean_plate)
    assert checked.numbers == (1001, 1002, 1003)
    assert len(checked.frames) == 3
    names = [finding.name for finding in checked.findings]
    assert names[:4] == ["same view", "exposure", "white balance", "shift"]


def test_a_range_chooses_the_frames(shot):
    assert run_check(shot.plate, shot.clean_plate, frames="1002").numbers == (1002,)


def test_a_picture_against_itself_is_refused(shot):
    with pytest.raises(OptionError, match="plate and clean plate are both"):
        run_check(shot.clean_plate, shot.clean_plate)


def test_a_stop_is_obeyed(shot):
    with pytest.raises(Cancelled):
        run_check(shot.plate, shot.clean_plate, should_stop=lambda: True)
