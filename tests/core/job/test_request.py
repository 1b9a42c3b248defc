"""Requests from outside."""

import pytest

from platekey.core.errors import OptionError
from platekey.core.job.request import SolveRequest
from platekey.core.job.tune_request import TuneRequest
from platekey.core.options import MatteOptions

FILES = {"plate": "p.%04d.exr", "clean_plate": "c.exr", "output": "o.%04d.exr"}


def test_a_request_survives_json():
    request = SolveRequest(
        **FILES, frames="1-3", hint="h.exr", overwrite=True, options=MatteOptions(tolerance=4.0)
    )
    assert SolveRequest.from_json(request.to_json()) == request


def test_files_are_enough():
    assert SolveRequest.from_json(FILES) == SolveRequest(**FILES)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"plates": "x"}, "unknown argument plates; known are clean_plate, frames"),
        ({"options": {"tollerance": 1.0}}, "unknown option tollerance"),
        ({"options": []}, r"options is \[\]; it must be of type dict"),
        ({"frames": 1001}, "frames is 1001; it must be of type str"),
        ({"overwrite": "yes"}, "overwrite is 'yes'; it must be of type bool"),
        ({"output": ""}, "output is empty; give a file or a sequence pattern"),
        ({"plate": "a\0.exr"}, "plate is .* which no file can be called"),
        ({"plate": "\ud800.exr"}, "plate is .* which no file can be called"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(changes, sentence):
    with pytest.raises(OptionError, match=sentence):
        SolveRequest.from_json({**FILES, **changes})


def test_a_message_is_one_line_whatever_a_file_is_called():
    with pytest.raises(OptionError) as caught:
        TuneRequest.from_json({**FILES, "output": "a\nb"})
    assert str(caught.value) == "output is a b; weights are named NAME.safetensors."


def test_files_that_are_missing_are_named():
    with pytest.raises(OptionError, match="clean_plate, output is missing"):
        SolveRequest.from_json({"plate": "p.exr"})
