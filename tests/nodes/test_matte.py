"""The matte node says the same as the core's options and the job's request."""

from dataclasses import fields
from enum import Enum

import pytest

from platekey.core.errors import OptionError
from platekey.core.job.request import SolveRequest
from platekey.core.options import MatteOptions
from platekey.nodes.declaration import Kind
from platekey.nodes.matte import MATTE

KINDS = {bool: Kind.BOOL, int: Kind.INT, float: Kind.FLOAT, str: Kind.STRING}
PATH = {"weights": Kind.PATH}
NUMBERS = [item for item in MATTE.parameters if item.kind in (Kind.INT, Kind.FLOAT)]
STEP = {Kind.INT: 1, Kind.FLOAT: 1e-3}


def test_the_parameters_are_those_of_the_options():
    declared = {item.name for item in MATTE.parameters}
    assert declared == {item.name for item in fields(MatteOptions)}


def test_no_name_is_declared_twice():
    names = [item.name for item in (*MATTE.inputs, *MATTE.parameters)]
    assert len(names) == len(set(names))


def test_the_defaults_are_those_of_the_options():
    assert {item.name: item.default for item in MATTE.parameters} == MatteOptions().to_json()


@pytest.mark.parametrize("item", MATTE.parameters, ids=lambda item: item.name)
def test_kinds_and_choices_are_those_of_the_options(item):
    default = getattr(MatteOptions(), item.name)
    if isinstance(default, Enum):
        assert item.kind is Kind.ENUM
        assert item.values == tuple(member.value for member in type(default))
    else:
        assert item.kind in (KINDS[type(default)], PATH.get(item.name))


@pytest.mark.parametrize("item", MATTE.parameters, ids=lambda item: item.name)
def test_the_default_passes_its_own_check(item):
    assert item.check(item.default) == item.default


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_the_ends_of_a_range_are_taken_by_the_options(item):
    for value in (item.minimum, item.maximum, item.automatic):
        if value is not None:
            typed = int(value) if item.kind is Kind.INT else float(value)
            assert MatteOptions.from_json({item.name: typed}).to_json()[item.name] == typed


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_beyond_a_range_the_options_refuse_too(item):
    step = STEP[item.kind]
    for value in (item.minimum - step, item.maximum + step):
        if value != item.automatic:
            with pytest.raises(OptionError):
                item.check(value)
            with pytest.raises(OptionError):
                MatteOptions.from_json({item.name: value})


def test_the_inputs_are_arguments_of_the_job():
    assert {item.name for item in MATTE.inputs} <= {item.name for item in fields(SolveRequest)}


@pytest.mark.parametrize("item", MATTE.parameters, ids=lambda item: item.name)
def test_every_tooltip_is_sentences_for_an_artist(item):
    assert item.tooltip[0].isupper()
    assert item.tooltip.endswith(".")
