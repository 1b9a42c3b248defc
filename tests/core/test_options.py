"""Settings from outside: what fits is taken, what does not is refused with its name."""

import math
from dataclasses import fields

import pytest

from platekey.core.errors import OptionError
from platekey.core.options import MatteOptions, Method, NonFinite, Passes


def test_defaults_survive_json():
    assert MatteOptions.from_json(MatteOptions().to_json()) == MatteOptions()


def test_every_value_survives_json():
    options = MatteOptions(
        tolerance=2.5, nonfinite=NonFinite.REPAIR, passes=Passes.FILES, tile=512, align=False
    )
    values = options.to_json()
    assert set(values) == {item.name for item in fields(MatteOptions)}
    assert values["passes"] == "files"
    assert MatteOptions.from_json(values) == options


def test_values_come_as_plain_json():
    options = MatteOptions.from_json({"method": "difference", "tolerance": 4})
    assert options.method is Method.DIFFERENCE
    assert isinstance(options.tolerance, float)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"tollerance": 3.0}, "unknown option tollerance; known are align"),
        ({"method": "magic"}, "method is 'magic'; it must be one of difference, network"),
        ({"method": ["difference"]}, "it must be one of difference"),
        ({"tolerance": "3"}, "tolerance is '3'; it must be of type float"),
        ({"tolerance": True}, "it must be of type float"),
        ({"tolerance": 10**400}, "tolerance has more than 18 digits"),
        ({"tile": -(10**400)}, "tile has more than 18 digits"),
        ({"weights": "w\0.safetensors"}, "which no file can be called"),
        ({"tolerance": 0.1}, "tolerance is 0.1; it must be from 0.5 to 20"),
        ({"tolerance": math.nan}, "tolerance is nan; it must be from"),
        ({"shadow_removal": 1.01}, "shadow_removal is 1.01"),
        ({"edge_width": 2.5}, "edge_width is 2.5; it must be of type int"),
        ({"edge_width": -1}, "edge_width is -1"),
        ({"align": 1}, "align is 1; it must be of type bool"),
        ({"tile": 64}, "tile is 64; it must be 0 \\(automatic\\) or at least 128"),
        ({"device": None}, "device is None; it must be of type str"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(values, sentence):
    with pytest.raises(OptionError, match=sentence):
        MatteOptions.from_json(values)


def test_options_cannot_change_under_a_running_job():
    with pytest.raises(AttributeError):
        MatteOptions().tile = 256
