import json

import pytest

from platekey.core.errors import OptionError
from platekey.core.train.options import LossOptions, TrainOptions


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "--steps"),
        ({"steps": 1, "batch": 0}, "batch is 0"),
        ({"steps": 1, "size": 33}, "even"),
        ({"hours": -1.0}, "hours"),
    ],
)
def test_trainings_that_cannot_be_are_refused(values, said):
    with pytest.raises(OptionError, match=said):
        TrainOptions(**values)


def test_a_loss_below_0_is_refused():
    with pytest.raises(OptionError, match="gradient"):
        LossOptions(gradient=-1)


def test_options_are_plain_values():
    values = TrainOptions(steps=3).to_json()
    assert json.loads(json.dumps(values)) == values
    assert values["stage"] == "coarse"
    assert values["losses"]["alpha"] == 1.0
