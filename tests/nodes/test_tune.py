"""The tune node and the core's options are one thing, said twice."""

from dataclasses import fields

import pytest

from platekey.core.job.tune_request import TuneRequest
from platekey.core.tune.options import TuneOptions
from platekey.nodes.declaration import Kind
from platekey.nodes.tune import TUNE


def test_names_and_defaults_are_those_of_the_core():
    ours = {parameter.name: parameter.default for parameter in TUNE.parameters}
    assert ours == TuneOptions().to_json()


def test_inputs_are_arguments_of_the_request():
    assert {item.name for item in TUNE.inputs} <= {item.name for item in fields(TuneRequest)}


@pytest.mark.parametrize(
    "parameter",
    [p for p in TUNE.parameters if p.kind in (Kind.INT, Kind.FLOAT)],
    ids=lambda parameter: parameter.name,
)
def test_the_ends_of_a_range_are_taken_by_the_core(parameter):
    for value in (parameter.minimum, parameter.maximum, parameter.automatic):
        if value is not None:
            taken = parameter.check(int(value) if parameter.kind is Kind.INT else float(value))
            TuneOptions.from_json({parameter.name: taken})


def test_a_request_survives_json():
    request = TuneRequest("a.####.exr", "b.exr", "c.safetensors", keys="k.####.exr", dry_run=True)
    assert TuneRequest.from_json(request.to_json()) == request
