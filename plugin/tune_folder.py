"""What a tune leaves beside its weights while it runs, wherever it runs. Python 3.7, stdlib.

A farm's machine and this one see the same folder: NAME.tune beside NAME.safetensors.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

from platekey.core.protocol import Trained

ENDING = ".safetensors"
_LONGEST_HEADER = 100 << 20  # bytes, as the format limits it


class TuneFolder:
    """Reads the log as it grows.

    Args:
        weights: NAME.safetensors.
    """

    def __init__(self, weights: str) -> None:
        self.weights = weights
        self.folder = weights[: -len(ENDING)] + ".tune"
        self._read = 0  # bytes of the log
        self._rest = b""

    @property
    def log(self) -> str:
        """The log's file."""
        return os.path.join(self.folder, "log.jsonl")

    def has_checkpoint(self) -> bool:
        """Whether there is a tune that can go on."""
        try:
            names = os.listdir(self.folder)
        except OSError:
            return False
        return any(name.startswith("checkpoint-") for name in names)

    def is_finished(self) -> bool:
        """Whether the weights are newer than the log: they are written last."""
        try:
            return os.path.getmtime(self.weights) >= os.path.getmtime(self.log)
        except OSError:
            return False

    def state_of_weights(self) -> tuple[int, int] | None:
        """What changes when the weights are written anew; None where there are none."""
        try:
            found = os.stat(self.weights)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def news(self) -> list[Trained]:
        """The lines since the last call, as the events that a tune here would send."""
        try:
            with open(self.log, "rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:  # begun anew
                    self._read, self._rest = 0, b""
                file.seek(self._read)
                chunk = file.read()
        except OSError:  # not begun yet
            return []
        self._read += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        rows = [_row(line) for line in lines if line.strip()]
        events = [_trained(row, self._pictures()) for row in rows if row]
        return [event for event in events if event is not None]

    def progress(self, figures: dict[str, float]) -> float:
        """Part of the whole that is done, 0 to 1, by the figures of a line."""
        seconds, left = figures.get("seconds", 0.0), figures.get("seconds_left")
        if left is None or seconds + left <= 0:
            return 0.0
        return seconds / (seconds + left)

    def verdict(self) -> str:
        """The sentence about the weights, from their header; "" if they have none."""
        return str(_recipe(self.weights).get("verdict", ""))

    def _pictures(self) -> dict[str, str]:
        sheet = os.path.join(self.folder, "sheet.png")
        return {"sheet": sheet} if os.path.isfile(sheet) else {}


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):  # half a line of a machine that died
        return {}
    return row if isinstance(row, dict) and "step" in row else {}


def _trained(row: dict[str, Any], pictures: dict[str, str]) -> Trained | None:
    """The event of a line; None if it is none of ours."""
    try:
        return _event(row, pictures)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _event(row: dict[str, Any], pictures: dict[str, str]) -> Trained:
    is_training = row.get("kind") == "train"
    named = row.get("losses" if is_training else "scores") or {}
    prefix = "loss_" if is_training else "score_"
    figures = {prefix + name: float(value) for name, value in named.items() if value is not None}
    for name in ("seconds", "seconds_left", "images_per_second", "score", "rate", "best_step"):
        if row.get(name) is not None:
            figures[name] = float(row[name])
    if is_training:
        message = f"step {row['step']}: loss {figures.get('loss_total', 0.0):.4g}"
        if "score" in figures:
            message += f", best score {figures['score']:.3f}"
    else:
        told = f"{figures['score']:.3f}" if "score" in figures else "refused"
        message = f"step {row['step']}: held-out score {told} (start 1)"
    return Trained(int(row["step"]), message, figures, pictures)


def _recipe(weights: str) -> dict[str, Any]:
    """What the header of a safetensors file says about how it was made."""
    try:
        with open(weights, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(size, _LONGEST_HEADER)).decode("utf-8"))
        recipe = json.loads(header.get("__metadata__", {}).get("recipe", "{}"))
    except (OSError, ValueError, AttributeError, RecursionError, struct.error):
        return {}  # no such file, or another format
    return recipe if isinstance(recipe, dict) else {}
