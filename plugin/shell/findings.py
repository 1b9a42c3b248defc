"""What a review found, as JSON beside its pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # matplotlib takes a while to import
    from platekey.core.review.figures import FrameFigures


def findings(
    figures: Sequence[FrameFigures], expected: Sequence[int], sheet: str
) -> dict[str, Any]:
    """Figures and flags of every frame, and the frames that are not there."""
    from platekey.core.review.figures import flags

    flagged = flags(figures)
    there = {item.frame for item in figures}
    return {
        "sheet": Path(sheet).name,
        "missing": [frame for frame in expected if frame not in there],
        "frames": [
            {
                "frame": item.frame,
                "doubt": _number(item.doubt),
                "flicker": _number(item.flicker),
                "flags": flagged.get(item.frame, []),
            }
            for item in figures
        ],
    }


def write_json(path: Path, values: Any) -> None:
    """Writes a JSON file, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    write_text(path, json.dumps(values, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file, whole or not at all; see write_json."""
    from platekey.core.frames.atomic import prepare_folder, whole_file

    prepare_folder(str(path.absolute().parent), [path.name])
    with whole_file(str(path)) as temporary:
        # half a character, of a name in another encoding, is no reason to lose a page
        Path(temporary).write_text(text, encoding="utf-8", errors="backslashreplace")


def _number(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
