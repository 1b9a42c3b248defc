"""What a fine-tune tells while it runs: the protocol's events, from the lines of its log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platekey.core import protocol
from platekey.core.tune.loop import CURVES, SHEET, TuneLoop

from .finite import Warned
from .tally import Emit
from .tune_request import TuneRequest

_PREPARING = 0.02  # part of the whole that preparing counts for


class TuneTold:
    """Turns what happens into events.

    Args:
        emit: takes them.
        request: names the files.
    """

    def __init__(self, emit: Emit, request: TuneRequest) -> None:
        self._emit, self._folder = emit, request.folder
        self._output = request.output
        self._topics: set[str] = set()

    def warn(self, warned: Warned, frame: int | None = None) -> None:
        """A warning, one of a topic."""
        if warned.topic not in self._topics:
            self._emit(protocol.Warning(warned.message, frame))
        if warned.topic:
            self._topics.add(warned.topic)

    def preparing(self, done: int, count: int, frame: int) -> None:
        """A frame is prepared next."""
        part = _PREPARING * done / max(1, count)
        self._emit(protocol.Progress(part, f"frame {frame}: preparing, {done + 1} of {count}"))

    def row(self, row: Mapping[str, Any]) -> None:
        """A line of the log."""
        done = min(1.0, _PREPARING + (1 - _PREPARING) * float(row["progress"]))
        is_training = row["kind"] == "train"
        figures = {"seconds": float(row["seconds"])}
        named = row["losses"] if is_training else row["scores"]
        prefix = "loss_" if is_training else "score_"
        figures.update({prefix + name: float(value) for name, value in named.items()})
        for name in ("images_per_second", "seconds_left", "score", "rate", "best_step"):
            if row.get(name) is not None:
                figures[name] = float(row[name])
        message = _train_sentence(row) if is_training else _score_sentence(row)
        outputs = {} if is_training else self._pictures()
        self._emit(protocol.Trained(int(row["step"]), message, figures, outputs))
        self._emit(protocol.Progress(done, message))

    def say(self, message: str, figures: Mapping[str, float]) -> None:
        """A sentence about the whole job."""
        self._emit(protocol.Trained(0, message, dict(figures)))

    def verdict(self, loop: TuneLoop, report: Path) -> None:
        """How it ended."""
        outputs = {"weights": self._output, "report": str(report), **self._pictures()}
        selection = loop.selection
        figures = {"best_step": float(selection.best_step), "score": selection.best_total}
        figures.update({f"before_{n}": v for n, v in selection.start.items()})
        figures.update({f"after_{n}": v for n, v in selection.best_scores.items()})
        self._emit(protocol.Trained(loop.session.step, selection.verdict(), figures, outputs))
        self._emit(protocol.Progress(1.0, "done"))

    def _pictures(self) -> dict[str, str]:
        files = {"sheet": self._folder / SHEET, "curves": self._folder / CURVES}
        return {name: str(path) for name, path in files.items() if path.is_file()}


def _train_sentence(row: Mapping[str, Any]) -> str:
    left = row.get("seconds_left")
    ending = f", {_duration(float(left))} left" if left else ""
    return (
        f"step {row['step']}: loss {row['losses']['total']:.4g}, best score {row['score']:.3f}, "
        f"{row['images_per_second']:.1f} images a second{ending}"
    )


def _score_sentence(row: Mapping[str, Any]) -> str:
    score = row.get("score")
    told = f"{score:.3f}" if score is not None else "refused, one of its scores is much worse"
    return f"step {row['step']}: held-out score {told} (start 1), best at step {row['best_step']}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
