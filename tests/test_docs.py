"""The pages lead to files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    absent = [link for link in links if not (page.parent / link).exists()]
    assert absent == []


def test_every_cited_source_stands_in_the_references():
    page = (ROOT / "docs/references.md").read_text(encoding="utf-8")
    cited = {
        anchor
        for path in (ROOT / "core").rglob("*.py")
        for anchor in re.findall(r"references\.md#(\w+)", path.read_text(encoding="utf-8"))
    }
    assert cited, "nothing is cited"
    assert not {anchor for anchor in cited if f'<a id="{anchor}"></a>' not in page}
