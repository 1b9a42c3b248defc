"""The pages lead to files and sources that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
SOURCE = re.compile(r'^\| <a id="(\w+)"></a>(\w+) \| .* \| (.*) \|$', re.MULTILINE)


def sources():
    """Of each work of the references: its anchor, and where it is used."""
    page = (ROOT / "docs/references.md").read_text(encoding="utf-8")
    for anchor, name, used in SOURCE.findall(page):
        assert anchor == name
        yield anchor, re.findall(r"`([^`]+)`", used)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    absent = [link for link in links if not (page.parent / link).exists()]
    assert absent == []


def test_every_cited_source_stands_in_the_references_and_says_where():
    files = [path for name in ("core", "tests/bench") for path in (ROOT / name).rglob("*.py")]
    cited = {
        (anchor, path.relative_to(ROOT).as_posix())
        for path in files
        for anchor in re.findall(r"references\.md#(\w+)", path.read_text(encoding="utf-8"))
    }
    assert cited, "nothing is cited"
    told = {(anchor, name) for anchor, used in sources() for name in used}
    assert cited - told == set()


def test_the_references_are_in_order_and_used_by_what_is_there():
    anchors = [anchor for anchor, _ in sources()]
    assert len(anchors) == len(set(anchors))
    assert anchors == sorted(anchors)
    absent = [name for _, used in sources() for name in used if not (ROOT / name).exists()]
    assert absent == []
