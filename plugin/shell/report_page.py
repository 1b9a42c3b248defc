"""A farm's report as one HTML page, without anything from elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

_STYLE = """body{font:14px sans-serif;background:#1e1e20;color:#d8d8d8;margin:2em}
table{border-collapse:collapse}th,td{padding:.4em .8em;text-align:left;vertical-align:top;
border-bottom:1px solid #444}th{color:#8c8c90;font-weight:normal}td.n{text-align:right}
.bad{color:#ff7a6b}.look{color:#e8a33d}img{width:320px}small{color:#8c8c90}a{color:#9cc8ff}"""
_HEAD = ("shot", "step", "frames", "s a frame", "hours", "MiB", "failed", "look at", "sheet")


def page(shots: Sequence[dict[str, Any]]) -> str:
    """The page of the shots of report.json."""
    rows = [row for shot in shots for row in _rows(shot)]
    head = "".join(f"<th>{word}</th>" for word in _HEAD)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>platekey</title>'
        f"<style>{_STYLE}</style></head><body><h1>{_headline(shots)}</h1>\n"
        f"<table><tr>{head}</tr>\n{''.join(rows)}</table></body></html>\n"
    )


def _headline(shots: Sequence[dict[str, Any]]) -> str:
    expected = sum(len(shot["expected"]) for shot in shots)
    done = sum(len(shot["steps"].get("solve", {}).get("done", ())) for shot in shots)
    failed = sum(len(shot["steps"].get("solve", {}).get("failed", ())) for shot in shots)
    return f"{len(shots)} shots: {done} of {expected} frames done, {failed} failed"


def _rows(shot: dict[str, Any]) -> list[str]:
    steps = shot["steps"] or {"": {}}
    rows = []
    for number, (name, step) in enumerate(steps.items()):
        first = number == 0
        cells = [
            _cell(shot["name"] if first else ""),
            _cell(name or "nothing was begun", "" if name else "bad"),
            _frames(shot, name, step),
            _cell(_seconds(step), "n"),
            _cell(_hours(step), "n"),
            _cell(f"{step.get('memory_mib', 0):.0f}" if step else "", "n"),
            _failed(step),
            _flagged(shot) if first else "<td></td>",
            _sheet(shot) if first else "<td></td>",
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>\n")
    return rows


def _cell(text: str, kind: str = "") -> str:
    return f'<td class="{kind}">{escape(text)}</td>' if kind else f"<td>{escape(text)}</td>"


def _frames(shot: dict[str, Any], name: str, step: dict[str, Any]) -> str:
    done, expected = len(step.get("done", ())), len(shot["expected"])
    if name == "clean":  # its frames are its own
        return _cell(str(done), "n")
    return _cell(f"{done} of {expected}", "n" if done >= expected else "n bad")


def _seconds(step: dict[str, Any]) -> str:
    values = list(step.get("seconds", {}).values())
    return f"{statistics.median(values):.1f}" if values else ""


def _hours(step: dict[str, Any]) -> str:
    values = step.get("seconds", {}).values()
    return f"{sum(values) / 3600:.2f}" if values else ""


def _failed(step: dict[str, Any]) -> str:
    lines = [f"{frame}: {message}" for frame, message in step.get("failed", {}).items()]
    return f'<td class="bad">{"<br>".join(map(escape, lines))}</td>'


def _flagged(shot: dict[str, Any]) -> str:
    lines = [f"{frame} {', '.join(reasons)}" for frame, reasons in shot["flagged"].items()]
    return f'<td class="look">{"<br>".join(map(escape, lines))}</td>'


def _sheet(shot: dict[str, Any]) -> str:
    if not shot["sheet"]:
        return "<td><small>none</small></td>"
    link = escape(quote(shot["sheet"]))
    return f'<td><a href="{link}"><img src="{link}" alt="contact sheet"></a></td>'
