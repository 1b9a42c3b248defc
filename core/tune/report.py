"""The report of a fine-tune: one HTML file that holds its pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platekey.core.frames.atomic import whole_file

from .scores import NAMES
from .selection import Selection

_STYLE = """body{background:#1e1e20;color:#d8d8d8;font:15px/1.5 sans-serif;margin:2em}
h1{font-size:22px}h2{font-size:17px;margin-top:2em}td,th{padding:2px 14px;text-align:left}
th{color:#8c8c90;font-weight:normal}.verdict{font-size:18px;color:#e8a33d}
img{max-width:100%}code{color:#8c8c90}"""
_WORDS = {
    "leak": "clean plate left in the foreground, or taken from it",
    "keys": "error against the keys where they were not taught",
    "temporal": "change of alpha along the motion",
    "edges": "alpha's edges without an edge in the plate",
    "fringe": "foreign colours in soft edges, stops",
}


def write_report(
    path: Path,
    *,
    title: str,
    selection: Selection,
    recipe: Mapping[str, Any],
    pictures: Mapping[str, Path],
) -> None:
    """Writes the report, whole or not at all.

    Args:
        path: file, NAME.html.
        title: of the page.
        selection: scores and verdict.
        recipe: what the weights' header says.
        pictures: by heading; those that are not there are left out.

    Raises:
        OutputError: it cannot be written.
    """
    rows = "".join(
        f"<tr><td>{name}</td><td>{_number(selection.start.get(name))}</td>"
        f"<td>{_number(selection.best_scores.get(name))}</td><td>{_WORDS[name]}</td></tr>"
        for name in NAMES
        if name in selection.start
    )
    settings = "".join(
        f"<tr><td>{html.escape(str(name))}</td><td><code>{html.escape(str(value))}</code></td></tr>"
        for name, value in recipe.items()
    )
    images = "".join(
        f"<h2>{html.escape(heading)}</h2><img alt='{html.escape(heading)}' "
        f"src='data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}'>"
        for heading, file in pictures.items()
        if file.is_file()
    )
    verdict = selection.verdict()
    page = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title>"
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>"
        f"<p class='verdict'>{html.escape(verdict[0].upper() + verdict[1:])}.</p>"
        "<h2>Scores on held-out frames, told without the truth; 0 is best</h2>"
        f"<table><tr><th></th><th>before</th><th>after</th><th></th></tr>{rows}</table>"
        f"{images}<h2>How it was made</h2><table>{settings}</table></html>"
    )
    with whole_file(str(path)) as temporary:
        Path(temporary).write_text(page, "utf-8")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"
