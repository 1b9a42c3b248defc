import pytest

from platekey.core.errors import OptionError
from platekey.core.options import MatteOptions
from platekey.nodes.declaration import Kind
from platekey.nodes.matte import MATTE
from platekey.plugin.shell.main import Parser
from platekey.plugin.shell.node_options import (
    add_inputs,
    add_parameters,
    input_values,
    parameter_values,
)


@pytest.fixture
def parser():
    parser = Parser(prog="platekey solve")
    add_inputs(parser, MATTE)
    add_parameters(parser, MATTE)
    return parser


def settings(parser, *words):
    return parameter_values(parser.parse_args(["plate.exr", "clean.exr", *words]), MATTE)


def test_without_options_the_settings_are_the_defaults(parser):
    assert MatteOptions.from_json(settings(parser)) == MatteOptions()


def test_inputs_are_positional_where_required_and_options_elsewhere(parser):
    args = parser.parse_args(["plate.exr", "clean.exr", "--hint", "hint.####.exr"])
    assert input_values(args, MATTE) == {
        "plate": "plate.exr",
        "clean_plate": "clean.exr",
        "hint": "hint.####.exr",
        "garbage": "",
        "holdout": "",
    }


@pytest.mark.parametrize("item", MATTE.parameters, ids=lambda item: item.name)
def test_every_parameter_can_be_set(parser, item):
    if item.kind is Kind.BOOL:
        words, value = [f"--no-{item.name.replace('_', '-')}"], False
    elif item.kind is Kind.ENUM:
        words, value = [item.option, item.values[-1]], item.values[-1]
    elif item.kind in (Kind.INT, Kind.FLOAT):
        words, value = [item.option, f"{item.maximum:g}"], item.maximum
    else:
        value = "cpu" if item.name == "device" else "ARRI LogC4"
        words = [item.option, value]
    found = settings(parser, *words)
    assert found.pop(item.name) == value
    assert found == {k: v for k, v in MatteOptions().to_json().items() if k != item.name}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tolerance", "99"), "tolerance is 99.0; it must be 0.5 to 20 standard deviations."),
        (("--tolerance", "much"), "tolerance is 'much'; it must be 0.5 to 20 standard deviations."),
        (
            ("--edge-width", "1.5"),
            "edge_width is '1.5'; it must be a whole number, 1 to 400 pixels, or 0 for automatic.",
        ),
        (("--passes", "tiff"), "passes is 'tiff'; it must be exr or files."),
        (("--device", "gpu"), "device is 'gpu'; it must be auto, cpu, cuda or cuda:N."),
        (("--tol", "3"), "unrecognized arguments: --tol 3; see platekey solve --help."),
    ],
)
def test_a_bad_setting_is_one_sentence(parser, words, message):
    parser.allow_abbrev = False
    with pytest.raises(OptionError) as caught:
        settings(parser, *words)
    assert str(caught.value) == message


def test_the_help_tells_every_tooltip(parser):
    text = " ".join(parser.format_help().split())
    for item in MATTE.parameters:
        assert item.tooltip in text
