"""What the writer writes, a strict reader reads back."""

import nk_reader
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platekey.plugin.nuke.nk import Formula, NkNode, UserKnob, script, word


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n{}[]$\\\"' ")))
def test_any_text_comes_back(text):
    ((name, value),) = nk_reader.commands(f"label {word(text)}")
    assert (name[0], value[0]) == ("label", text)


@given(st.text(st.sampled_from("ab {}[]$\\\"'\n;#")))
def test_any_text_comes_back_from_a_user_knobs_braces(text):
    line = UserKnob(1, "knob", label="L", tooltip=text or "t").line()
    ((_, (body, braced)),) = nk_reader.commands(line)
    assert braced
    words = [item[0] for item in nk_reader.commands(body)[0]]
    assert words == ["1", "knob", "l", "L", "t", text or "t"]


def test_numbers_and_flags_are_bare():
    assert [word(value) for value in (True, 3, -2.5, 1e-06)] == ["true", "3", "-2.5", "1e-06"]


def test_a_formula_is_in_two_braces():
    assert word(Formula("parent.choke")) == "{{parent.choke}}"
    assert word(Formula("a ? b : c")) == '{{"a ? b : c"}}'


def group(*ends):
    return NkNode("Group", "G", children=ends)


def test_inputs_arrive_in_their_order():
    one, two = NkNode("Input", "one"), NkNode("Input", "two")
    merge = NkNode("MergeExpression", "merge", inputs=(one, two))
    again = NkNode("MergeExpression", "again", inputs=(two, merge))
    output = NkNode("Output", "Output1", inputs=(NkNode("Switch", "s", inputs=(again, None)),))
    nodes, stack = nk_reader.read(script(group(output)))
    assert nodes == stack
    children = {node.name: node for node in nodes[0].children}
    assert [node.name for node in children["merge"].inputs] == ["one", "two"]
    assert [node.name for node in children["again"].inputs] == ["two", "merge"]
    assert children["s"].inputs[1] is None
    assert [node.name for node in children["Output1"].inputs] == ["s"]
    assert len(nodes[0].children) == 6  # each once


def test_a_deep_graph_is_written():
    node = NkNode("Input", "start")
    for number in range(3000):
        node = NkNode("Expression", f"e{number}", inputs=(node,))
    nodes, _ = nk_reader.read(script(group(NkNode("Output", "Output1", inputs=(node,)))))
    assert len(nodes[0].children) == 3002


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Blur {\n size 3\n", "never closed"),
        ("Blur {\n size 3\n}", "stack holds 0"),
        ("push $N1", "no such variable"),
        ("Group {\n inputs 0\n}", "end_group"),
        ('Read {\n inputs 0\n file "[value x]"\n}', "escape it"),
        ("Read {\n inputs 0\n size 1 2\n}", "one word"),
    ],
)
def test_the_reader_refuses_what_would_break_a_script(text, message):
    with pytest.raises(ValueError, match=message):
        nk_reader.read(text)


def test_several_values_are_one_word_and_formulas_are_in_braces():
    box = word((0, 1.5, Formula("input.width"), Formula("2 * parent.size")))
    assert box == '{0 1.5 {input.width} {"2 * parent.size"}}'
    parts = nk_reader.commands(nk_reader.commands(box)[0][0][0])[0]
    assert [text for text, _ in parts] == ["0", "1.5", "input.width", '"2 * parent.size"']
