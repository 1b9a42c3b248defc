import subprocess
import sys

import pytest

from platekey.core.errors import OptionError
from platekey.nodes.declaration import Choice, Kind, Parameter
from platekey.nodes.matte import MATTE


def parameter(kind, default, **extra):
    return Parameter("knob", kind, default, "Knob", "Turns it.", "Main", **extra)


FLOAT = parameter(Kind.FLOAT, 1.0, minimum=0.5, maximum=2.0, unit="stops")
INT = parameter(Kind.INT, 0, minimum=128, maximum=512, unit="pixels", automatic=0)
ENUM = parameter(Kind.ENUM, "a", choices=(Choice("a", "A", "First."), Choice("b", "B", "Second.")))
BOOL = parameter(Kind.BOOL, True)
DEVICE = parameter(Kind.STRING, "auto", pattern="auto|cpu", example="auto, cpu")
PATH = parameter(Kind.PATH, "")


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (FLOAT, 0.5),
        (FLOAT, 2),
        (INT, 0),
        (INT, 128),
        (ENUM, "b"),
        (BOOL, False),
        (DEVICE, "cpu"),
        (PATH, "/shots/a b/x.exr"),
    ],
)
def test_a_value_in_range_is_returned(declared, value):
    assert declared.check(value) == value


def test_a_whole_number_becomes_a_float_where_one_is_declared():
    assert isinstance(FLOAT.check(1), float)


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        (FLOAT, 3.0, "knob is 3.0; it must be 0.5 to 2 stops."),
        (FLOAT, float("nan"), "knob is nan; it must be 0.5 to 2 stops."),
        (FLOAT, True, "knob is True; it must be 0.5 to 2 stops."),
        (
            INT,
            64,
            "knob is 64; it must be a whole number, 128 to 512 pixels, or 0 for automatic.",
        ),
        (
            INT,
            130.5,
            "knob is 130.5; it must be a whole number, 128 to 512 pixels, or 0 for automatic.",
        ),
        (ENUM, "c", "knob is 'c'; it must be a or b."),
        (BOOL, 1, "knob is 1; it must be on or off."),
        (DEVICE, "gpu", "knob is 'gpu'; it must be auto, cpu."),
        (PATH, 7, "knob is 7; it must be a path."),
    ],
)
def test_a_bad_value_is_refused_with_one_sentence(declared, value, message):
    with pytest.raises(OptionError) as caught:
        declared.check(value)
    assert str(caught.value) == message


def test_the_command_line_spelling_has_dashes():
    assert MATTE.parameter("edge_width").option == "--edge-width"


def test_an_unknown_parameter_is_named():
    with pytest.raises(OptionError, match="the matte node has no parameter 'softness'; known are"):
        MATTE.parameter("softness")


def test_the_nodes_import_nothing_but_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import platekey.nodes.matte; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names) - {'platekey'}))"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
