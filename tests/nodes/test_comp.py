"""The comp node says the same as the core's options and the job's request."""

from dataclasses import fields
from enum import Enum

import pytest

from platekey.core.comp.animation import animation_from_json
from platekey.core.comp.options import CompOptions
from platekey.core.errors import OptionError
from platekey.core.job.comp_request import CompRequest
from platekey.nodes.comp import COMP
from platekey.nodes.declaration import Kind

KINDS = {bool: Kind.BOOL, int: Kind.INT, float: Kind.FLOAT, str: Kind.STRING}
NUMBERS = [item for item in COMP.parameters if item.kind in (Kind.INT, Kind.FLOAT)]


def test_the_parameters_and_defaults_are_those_of_the_options():
    assert {item.name: item.default for item in COMP.parameters} == CompOptions().to_json()


def test_no_name_is_declared_twice():
    names = [item.name for item in (*COMP.inputs, *COMP.parameters)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("item", COMP.parameters, ids=lambda item: item.name)
def test_kinds_and_choices_are_those_of_the_options(item):
    default = getattr(CompOptions(), item.name)
    if isinstance(default, Enum):
        assert item.kind is Kind.ENUM
        assert item.values == tuple(member.value for member in type(default))
    else:
        assert item.kind is KINDS[type(default)]
    assert item.check(item.default) == item.default


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_a_range_is_that_of_the_options(item):
    for value in (item.minimum, item.maximum):
        typed = int(value) if item.kind is Kind.INT else float(value)
        assert CompOptions.from_json({item.name: typed}).to_json()[item.name] == typed
    for value in (item.minimum - 1, item.maximum * 2 + 1):
        typed = int(value) if item.kind is Kind.INT else float(value)
        with pytest.raises(OptionError):
            item.check(typed)
        with pytest.raises(OptionError):
            CompOptions.from_json({item.name: typed})


@pytest.mark.parametrize("item", COMP.parameters, ids=lambda item: item.name)
def test_what_is_declared_animatable_can_be_animated_and_nothing_else(item):
    keys = {item.name: {"1": item.default}}
    if item.animatable:
        assert animation_from_json(keys) == {item.name: {1: item.default}}
    else:
        with pytest.raises(OptionError, match="cannot be animated"):
            animation_from_json(keys)


def test_the_inputs_are_arguments_of_the_job():
    assert {item.name for item in COMP.inputs} <= {item.name for item in fields(CompRequest)}


@pytest.mark.parametrize("item", COMP.parameters, ids=lambda item: item.name)
def test_every_tooltip_is_sentences_for_an_artist(item):
    assert item.tooltip[0].isupper()
    assert item.tooltip.endswith(".")


def test_a_picked_grey_is_two_whole_numbers():
    assert COMP.parameter("foreground_grey").check("960, 540") == "960, 540"
    with pytest.raises(OptionError, match="it must be x,y in whole pixels"):
        COMP.parameter("foreground_grey").check("960")
