"""The clean node says the same as the core's options and the job's request."""

from dataclasses import fields
from enum import Enum

import pytest

from platekey.core.clean.options import CleanOptions
from platekey.core.errors import OptionError
from platekey.core.job.clean_request import CleanRequest
from platekey.nodes.clean import CLEAN
from platekey.nodes.declaration import Kind

KINDS = {bool: Kind.BOOL, int: Kind.INT, float: Kind.FLOAT, str: Kind.STRING}


def test_the_parameters_and_defaults_are_those_of_the_options():
    assert {item.name: item.default for item in CLEAN.parameters} == CleanOptions().to_json()


@pytest.mark.parametrize("item", CLEAN.parameters, ids=lambda item: item.name)
def test_kinds_and_choices_are_those_of_the_options(item):
    default = getattr(CleanOptions(), item.name)
    if isinstance(default, Enum):
        assert item.kind is Kind.ENUM
        assert item.values == tuple(member.value for member in type(default))
    else:
        assert item.kind is KINDS[type(default)]
    assert item.check(item.default) == item.default
    assert item.tooltip[0].isupper()
    assert item.tooltip.endswith(".")


@pytest.mark.parametrize("rounds", [-1, 6])
def test_rounds_beyond_the_range_are_refused_by_both(rounds):
    with pytest.raises(OptionError):
        CLEAN.parameter("rounds").check(rounds)
    with pytest.raises(OptionError, match="rounds is"):
        CleanOptions(rounds=rounds)


def test_the_inputs_are_arguments_of_the_job():
    assert {item.name for item in CLEAN.inputs} <= {item.name for item in fields(CleanRequest)}
