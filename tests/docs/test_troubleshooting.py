"""The troubleshooting page quotes what the code says."""

import ast
import re
from pathlib import Path

import pytest

from platekey.core import errors

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
QUOTES = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
CLASSES = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.PlatekeyError)
}


def sentences():
    """All texts of the code, with … for what is filled in."""
    for path in (p for name in ("core", "plugin") for p in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.fixture(scope="module")
def said():
    return set(sentences())


@pytest.mark.parametrize("quote", QUOTES)
def test_a_quoted_message_is_one_of_the_code(quote, said):
    parts = quote.split("…")
    assert sum(map(len, parts)) > 15, "too little to find it by"
    pattern = re.compile(".*".join(map(re.escape, parts)))
    assert any(pattern.fullmatch(text) for text in said)


def test_messages_are_quoted():
    assert len(QUOTES) > 25
    assert len(QUOTES) == len(set(QUOTES))


def test_every_kind_of_error_stands_there_with_its_exit_code():
    rows = re.findall(r"^\| `(\w+)` \| (\d) \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted((name, str(each.exit_code)) for name, each in CLASSES.items())
