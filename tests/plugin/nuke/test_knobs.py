"""Every parameter that Nuke shows is a knob, and says what its declaration says."""

import nk_reader
import pytest

from platekey.nodes.comp import COMP
from platekey.nodes.declaration import Kind
from platekey.nodes.matte import MATTE
from platekey.plugin.nuke.knobs import TYPES, parameter_knobs


def knobs_of(node):
    return {knob.name: knob for knob in parameter_knobs(node, [p.name for p in node.parameters])}


def words(knob):
    ((_, (body, _)),) = nk_reader.commands(knob.line())
    return [item[0] for item in nk_reader.commands(body)[0]]


def test_every_kind_has_a_knob():
    assert set(TYPES) == set(Kind)


@pytest.mark.parametrize("node", [MATTE, COMP], ids=lambda node: node.name)
def test_knobs_are_the_declarations(node):
    knobs = knobs_of(node)
    for parameter in node.parameters:
        line = words(knobs[parameter.name])
        assert line[:2] == [str(TYPES[parameter.kind]), parameter.name]
        assert line[line.index("l") + 1] == parameter.label
        assert parameter.tooltip in line[line.index("t") + 1]
        assert knobs[parameter.name].value == parameter.default
        if parameter.kind is Kind.ENUM:
            menu = nk_reader.commands(line[line.index("M") + 1])[0]
            assert tuple(item[0] for item in menu) == parameter.values
        if parameter.kind in (Kind.INT, Kind.FLOAT):
            low, high = (float(text) for text in line[line.index("R") + 1 :][:2])
            assert low <= parameter.default <= high


def test_tabs_are_the_groups():
    tabs = [knob.label for knob in knobs_of(MATTE).values() if knob.number == 20]
    assert tabs == list(MATTE.groups)


def test_what_is_not_asked_for_is_left_out():
    names = [knob.name for knob in parameter_knobs(MATTE, ["tile"])]
    assert names == ["tab_machine", "tile"]
