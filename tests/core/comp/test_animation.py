import pytest

from platekey.core.comp.animation import animation_from_json, animation_to_json, options_at
from platekey.core.comp.options import CompOptions
from platekey.core.errors import OptionError

KEYS = {"wrap": {"1001": 0.2, "1010": 0.8}, "choke": {"5": 1}}


def test_keys_survive_json():
    assert animation_to_json(animation_from_json(KEYS)) == KEYS


@pytest.mark.parametrize(
    ("frame", "wrap"), [(900, 0.2), (1001, 0.2), (1004, 0.4), (1010, 0.8), (2000, 0.8)]
)
def test_values_are_straight_between_keys_and_held_outside(frame, wrap):
    options = options_at(CompOptions(defocus=3), animation_from_json(KEYS), frame)
    assert options.wrap == pytest.approx(wrap)
    assert options.choke == 1
    assert options.defocus == 3


def test_without_keys_the_options_are_the_same_object():
    options = CompOptions()
    assert options_at(options, {}, 7) is options


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "animation is \\[\\]; it must be an object"),
        ({"despill": {"1": 1}}, "despill cannot be animated; those that can are additive"),
        ({"wrap": {}}, "the keys of wrap are {}; write"),
        ({"wrap": 0.5}, "the keys of wrap are 0.5"),
        ({"wrap": {"one": 1.0}}, "a key of wrap is at 'one'; it must be at a frame number"),
        ({"wrap": {"1": 9.0}}, "wrap is 9; it must be from 0 to 4"),
        ({"wrap": {"1": "9"}}, "wrap is '9'; it must be of type float"),
    ],
)
def test_what_is_no_animation_is_refused(values, sentence):
    with pytest.raises(OptionError, match=sentence):
        animation_from_json(values)
