"""What MkDocs is told about these pages beyond mkdocs.yml. Run by `mkdocs build`."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

BESIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
FETCHED = re.compile(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="?(?:https?:)?//[^">\s]+')
_LOG = logging.getLogger("mkdocs.hooks.site")


def on_files(files: Files, config: Any) -> Files:
    """Takes in the pages that lie beside docs, where a code host wants them."""
    root = Path(config.config_file_path).parent
    for name, page in BESIDE.items():
        text = (root / name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Points links out of docs at those pages."""
    for name, page in BESIDE.items():
        markdown = markdown.replace(f"](../{name})", f"]({page})")
    return markdown


def on_post_page(output: str, page: Any, **_: Any) -> None:
    """Warns, which fails the build, of a page that would fetch something from a network."""
    for found in FETCHED.findall(output):
        _LOG.warning("%s fetches %s", page.file.src_uri, found)
