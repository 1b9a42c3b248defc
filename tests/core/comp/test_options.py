"""Settings from outside: what fits is taken, what does not is refused with its name."""

import math
from dataclasses import fields

import pytest

from platekey.core.comp.options import CompOptions, Despill, Grain, Kernel
from platekey.core.errors import OptionError
from platekey.core.options import Passes


def test_every_value_survives_json():
    options = CompOptions(
        despill=Despill.MAX, kernel=Kernel.POLYGON, grain=Grain.MATCH, passes=Passes.FILES, wrap=0.5
    )
    values = options.to_json()
    assert set(values) == {item.name for item in fields(CompOptions)}
    assert CompOptions.from_json(values) == options


def test_neutral_options_switch_off_what_the_defaults_switch_on():
    assert CompOptions.neutral().despill is Despill.OFF
    assert CompOptions.neutral().shadow == 0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"warp": 1.0}, "unknown option warp; known are additive"),
        ({"wrap": 5.0}, "wrap is 5; it must be from 0 to 4"),
        ({"wrap": math.nan}, "wrap is nan"),
        ({"despill": "green"}, "despill is 'green'; it must be one of off, clean_plate"),
        ({"blades": 6.5}, "blades is 6.5; it must be of type int"),
        ({"foreground_grey": "12", "background_grey": "1,2"}, "must be x,y in whole pixels"),
        ({"foreground_grey": "1,2"}, "only one of foreground_grey and background_grey is set"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(values, sentence):
    with pytest.raises(OptionError, match=sentence):
        CompOptions.from_json(values)
