"""The fine-tune from its first step, or its last checkpoint, to its verdict."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import Cancelled, OutOfMemory, OutputError
from platekey.core.job.tally import is_out_of_memory
from platekey.core.network.model import MattingNetwork
from platekey.core.stopping import never
from platekey.core.train.pictures import read_log

from .backgrounds import NewBackgrounds
from .checkpoint import Saved, save_tune
from .pictures import (
    Crop,
    Shown,
    choose_crops,
    draw_curves,
    draw_sheet,
    keep_strip,
    show_crops,
)
from .selection import Selection, Shot, score_network
from .session import TuneSession, network_of_state

LOG, CURVES, SHEET, STRIPS = "log.jsonl", "curves.png", "sheet.png", "strips"
_LOG_SECONDS = 5.0  # between two lines of the log
_LOG_STEPS = 20
_VALIDATIONS = (6, 40)  # at least and at most
_MINUTES_A_VALIDATION = 2.0
_NOT_BEFORE = 0.3  # part of the tune before which it does not end early
_LOGGER = logging.getLogger(__name__)

Report = Callable[[dict[str, Any]], None]


@dataclass
class TuneLoop:
    """One run of a tune.

    Attributes:
        session: see TuneSession; it may come from a checkpoint.
        teacher: the starting weights.
        shot: see Shot.
        backgrounds: new ones.
        folder: where checkpoints, log and pictures go.
        settings: what must stay when it is resumed.
        report: is told each line of the log.
        selection: of a checkpoint, or a new one.
        best: state of the best weights so far; empty for the start.
    """

    session: TuneSession
    teacher: MattingNetwork
    shot: Shot
    backgrounds: NewBackgrounds
    folder: Path
    settings: Mapping[str, Any]
    report: Report
    selection: Selection = field(default_factory=Selection)
    best: dict[str, Tensor] = field(default_factory=dict)
    _crops: list[Crop] = field(init=False, default_factory=list)
    _shown: list[Shown] = field(init=False, default_factory=list)
    _pending: list[dict[str, float]] = field(init=False, default_factory=list)
    _told: float = field(init=False, default=0.0)
    _since: tuple[float, int] = field(init=False, default=(0.0, 0))

    def run(self, should_stop: Callable[[], bool] = never) -> bool:
        """Trains until steps, hours or patience are over; returns whether it was not stopped.

        A checkpoint is written whatever ends it, unless it is an error.

        Raises:
            OutOfMemory: the smallest step does not fit.
            Cancelled: it was stopped before its first step.
            OutputError: something cannot be written; the last checkpoint holds.
            Diverged: the loss is no number.
        """
        session = self.session
        self._begin(should_stop)
        saved = time.monotonic()
        self._told, self._since = time.monotonic(), (session.seconds, session.images)
        finished = True
        while True:
            try:
                if self._is_due():
                    self._validate(should_stop)
                    self._save()
                    saved = time.monotonic()
            except Cancelled:
                finished = False
                break
            if session.progress() >= 1 or self._is_hopeless():
                break
            if session.ranks.any(should_stop(), session.device):
                finished = False
                break
            self._log(self._step())
            if time.monotonic() - saved > 60 * session.options.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
        self._save()
        return finished

    def end(self) -> None:
        """Marks the tune as ended; when its weights are written."""
        self._save(ended=True)

    def result(self) -> MattingNetwork:
        """The best weights, or the start."""
        if not self.selection.is_better():
            return self.teacher
        return network_of_state(self.session.student, self.best, self.session.device)

    def _is_due(self) -> bool:
        """Whether held-out frames are to be looked at before the next step."""
        history = self.selection.history
        count = self.session.progress() * self._validations()
        return count >= len(history) and self.session.step > history[-1][0]

    def _validations(self) -> int:
        """How many there are in all."""
        hours = self.session.options.hours
        steps = self.session.options.steps
        wanted = round(60 * hours / _MINUTES_A_VALIDATION) if hours else steps // _LOG_STEPS
        count = min(max(wanted, _VALIDATIONS[0]), _VALIDATIONS[1])
        return max(1, min(count, steps // 2)) if steps else count

    def _is_hopeless(self) -> bool:
        patience = self.session.options.patience
        if not patience or self.session.progress() < _NOT_BEFORE:
            return False
        return self.selection.waited >= patience

    def _step(self) -> dict[str, float]:
        """A step, with a smaller workload where memory runs out."""
        session = self.session
        while True:
            try:
                return session.train(self.shot.material, self.backgrounds)
            except Exception as error:
                smaller = session.work.smaller()
                if not is_out_of_memory(error):
                    raise
                if smaller is None:
                    raise OutOfMemory(
                        "there is too little memory for the smallest step of a fine-tune; free "
                        "some, or use a larger machine."
                    ) from error
                _LOGGER.warning("out of memory (%s); going on with %s", error, smaller)
            session.work = smaller
            if session.device.type == "cuda":
                torch.cuda.empty_cache()

    def _begin(self, should_stop: Callable[[], bool]) -> None:
        """Scores the start, and draws the first sheet."""
        session = self.session

        def score_start() -> None:
            scores, before = score_network(
                self.teacher,
                self.shot.held,
                session.device,
                keyed=self.shot.keyed,
                should_stop=should_stop,
            )
            self._crops = choose_crops(self.shot.held, before)
            self._shown = [crop.before for crop in self._crops]
            if not self.selection.start:
                self.selection.begin(scores)
                self._write({"kind": "validate", "scores": scores, "score": 1.0, "best_step": 0})
            elif self.selection.is_better():
                best = score_network(self.result(), self.shot.held, session.device)[1]
                self._shown = show_crops(self._crops, best)
            self._draw()

        self._first_alone(score_start)
        if session.ranks.rank and not self.selection.history:
            self.selection.history = [(0, 1.0)]
        if session.step == 0:
            self._save()

    def _validate(self, should_stop: Callable[[], bool]) -> None:
        """Scores the average on frames that it never saw."""
        session = self.session

        def score_average() -> None:
            scores, now = score_network(
                session.averaged(),
                self.shot.held,
                session.device,
                keyed=self.shot.keyed,
                should_stop=should_stop,
            )
            scored, wins = self.selection.consider(session.step, scores)
            shown = show_crops(self._crops, now)
            if wins:
                self.best = {name: each.clone() for name, each in session.average.items()}
                self._shown = shown
            keep_strip(self.folder / STRIPS, session.step, shown)
            self._write(
                {
                    "kind": "validate",
                    "scores": scores,
                    "score": scored.total if math.isfinite(scored.total) else None,
                    "best_step": self.selection.best_step,
                }
            )
            self._draw()

        self._first_alone(score_average)
        if session.ranks.rank:
            self.selection.history.append((session.step, 1.0))  # counted alike in every process
        self.selection.waited = session.agree(self.selection.waited)

    def _first_alone(self, work: Callable[[], None]) -> None:
        """Work that the first process does while the others wait.

        Raises:
            Cancelled: it was stopped; in every process.
        """
        session, stopped = self.session, False
        started = time.monotonic()
        if session.ranks.rank == 0:
            try:
                work()
            except Cancelled:
                stopped = True
        if session.ranks.any(stopped, session.device):
            raise Cancelled("stopped on request.")
        session.spend(0.0 if session.ranks.rank else time.monotonic() - started)

    def _draw(self) -> None:
        sheet = draw_sheet(self.folder / STRIPS, self._crops, self._shown)
        sheet.save(str(self.folder / SHEET))
        curves = draw_curves(read_log(self.folder / LOG), self.selection)
        curves.save(str(self.folder / CURVES))

    def _save(self, *, ended: bool = False) -> None:
        if self.session.ranks.rank == 0:
            options = self.session.options
            end = (options.steps, options.hours) if ended else ()
            saved = Saved(dict(self.settings), self.selection.to_json(), self.best, end)
            save_tune(self.folder, self.session, saved)

    def _log(self, losses: dict[str, float]) -> None:
        self._pending.append(losses)
        now = time.monotonic()
        due = self.session.step % _LOG_STEPS == 0 or now - self._told > _LOG_SECONDS
        if not due or self.session.ranks.rank:
            return
        names = {name for row in self._pending for name in row}
        mean = {
            name: sum(row[name] for row in self._pending if name in row)
            / sum(name in row for row in self._pending)
            for name in sorted(names)
        }
        session = self.session
        seconds, images = self._since
        speed = (session.images - images) / max(1e-6, session.seconds - seconds)
        self._pending, self._told = [], now
        self._since = (session.seconds, session.images)
        done = session.progress()
        self._write(
            {
                "kind": "train",
                "rate": session.rate(),
                "losses": mean,
                "images_per_second": speed,
                "seconds_left": session.seconds * (1 - done) / done if done else None,
                "score": self.selection.best_total,
            }
        )

    def _write(self, row: dict[str, Any]) -> None:
        session = self.session
        row = {"step": session.step, "seconds": round(session.seconds, 1), **row}
        try:
            with open(self.folder / LOG, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise OutputError(
                f"{self.folder / LOG} cannot be written ({error.strerror}); make room, and resume."
            ) from error
        self.report({**row, "progress": session.progress()})
