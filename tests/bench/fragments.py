"""Puts what a benchmark found between its markers in a Markdown page."""

import os
import platform
import re
from pathlib import Path


def replace_fragment(page, name, text):
    """Replaces what stands between <!-- name:begin --> and <!-- name:end -->."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    page = Path(page)
    content = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(content):
        raise SystemExit(f"{page} has no markers {begin} and {end}; put them where the table goes.")
    replaced = pattern.sub(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", content)
    page.write_text(replaced, encoding="utf-8")


def markdown_table(headings, rows):
    """A table, numbers to the right."""
    lines = ["| " + " | ".join(headings) + " |", "|---|" + "---:|" * (len(headings) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def machine():
    """The processor, in words."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        model = found.group(1).strip() if found else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model or platform.machine()}, {cores} cores"
