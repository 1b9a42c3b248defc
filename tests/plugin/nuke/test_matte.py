"""The matte node is a script that loads everywhere, and holds all that its picture needs."""

import nk_grammar
import nk_reader
import pytest

from platekey.nodes.matte import MATTE
from platekey.plugin.nuke.matte import PARAMETERS, matte_script, write_name


@pytest.fixture
def group():
    nodes, stack = nk_reader.read(matte_script())
    assert len(nodes) == 1
    assert stack == nodes
    return nodes[0]


def child(group, name):
    return next(node for node in group.children if node.name == name)


def test_it_is_grammatical(group):
    nk_grammar.check(group)


def test_it_has_the_declared_inputs_in_their_order(group):
    inputs = [node for node in group.children if node.kind == "Input"]
    found = {node.name: int(node.knobs.get("number", 0)) for node in inputs}
    assert found == {item.name: number for number, item in enumerate(MATTE.inputs)}


def test_it_has_the_declared_parameters(group):
    assert set(PARAMETERS) < set(group.user)
    assert "passes" not in group.user  # a Read in Nuke takes the multi-layer file


def test_every_input_can_be_rendered(group):
    for item in MATTE.inputs:
        write = child(group, write_name(item.name))
        assert write.inputs == [child(group, item.name)]
        assert write.knobs["file"] == f"[value parent.rendered]/{item.name}.%04d.exr"


def test_the_result_is_read_by_the_groups_own_knobs(group):
    read = child(group, "Read_result")
    assert read.knobs["file"] == "[value parent.result]"
    assert read.knobs["raw"] == "true"  # what comes back is what the worker wrote


def test_nothing_in_it_needs_platekey_to_load(group):
    assert "platekey" not in "".join(
        value for node in group.children for value in node.knobs.values()
    )


def test_a_button_says_in_words_that_platekey_is_missing(group, monkeypatch):
    import builtins

    said = []
    real = builtins.__import__

    def refuse(name, *arguments, **named):
        if name.startswith("platekey"):
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    words = group.user["solve_frame"]
    code = compile(words[words.index("T") + 1], "button", "exec")
    nuke = type("nuke", (), {"message": said.append, "thisNode": lambda: None})
    exec(code, {"nuke": nuke})  # as Nuke runs a button
    assert said
    assert "NUKE_PATH" in said[0]
    exec(compile(group.knobs["knobChanged"], "callback", "exec"), {"nuke": nuke})
    assert len(said) == 1  # a callback that fires by itself is silent
