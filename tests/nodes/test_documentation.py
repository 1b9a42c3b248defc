from pathlib import Path

import pytest

from platekey.nodes.documentation import NODES, page_with_tables, tables
from platekey.nodes.matte import MATTE

DOCS = Path(__file__).parents[2] / "docs" / "nodes"


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_the_page_is_current(node):
    page = (DOCS / f"{node.name}.md").read_text(encoding="utf-8")
    assert page == page_with_tables(page, node), "run python -m platekey.nodes.documentation"


def test_every_parameter_and_input_has_a_row():
    text = tables(MATTE)
    for item in (*MATTE.inputs, *MATTE.parameters):
        assert f"| {item.label} |" in text


def test_a_switch_that_is_on_is_shown_with_what_switches_it_off():
    assert "| `--no-align` | on |" in tables(MATTE)


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="the page of matte lacks its marks"):
        page_with_tables("# Matte\n", MATTE)
