"""The architecture page tells of the folders, modules and names that there are."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PICTURE = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8")


@pytest.fixture
def architecture(monkeypatch):
    """The script that writes the page's table."""
    monkeypatch.syspath_prepend(ROOT / "tests/bench")
    known = set(sys.modules)
    spec = importlib.util.spec_from_file_location("x", ROOT / "tests/bench/architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in {"fragments"} - known:
        sys.modules.pop(name, None)


def test_its_table_of_packages_is_that_of_the_code(architecture):
    told = PAGE.split("<!-- packages:begin -->")[1].split("<!-- packages:end -->")[0].strip()
    command = "python tests/bench/architecture.py --page docs/architecture.md"
    assert told == architecture.table(), f"write it again: {command}"


def test_the_packages_told_apart_are_the_folders(architecture):
    listed = architecture.packages()
    inits = [*ROOT.glob("*/__init__.py"), *ROOT.glob("*/*/__init__.py")]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in inits}
    assert set(listed) == {name for name in folders if not name.startswith(("build", "tests"))}


def test_the_walk_names_modules_and_what_they_hold():
    named = re.findall(r"`([\w/]+\.py)`(?: `(\w+)`)?", PAGE)
    assert len(named) > 15
    for path, name in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(def|class) {name}\b", text, re.MULTILINE), (path, name)


def test_the_picture_shows_packages_that_are_there():
    shown = re.findall(r">([\w/ ]*(?:core|plugin|nodes)[\w/ ]*)<", PICTURE)
    names = {name for text in shown for name in text.split()}
    assert {"core/job", "core/worker", "plugin/shell", "nodes"} <= names
    assert {name for name in names if not (ROOT / name).is_dir()} == set()
