"""The training, from its first step or its last checkpoint to its end."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import Diverged, OutputError
from platekey.core.lightstage.training.backgrounds import Backgrounds, Source
from platekey.core.lightstage.training.layers import Captures
from platekey.core.network.model import MattingNetwork
from platekey.core.network.weights import Lineage, save_weights
from platekey.core.stopping import never

from .captures import split_backgrounds, split_captures
from .checkpoint import Progress, load_checkpoint, save_checkpoint
from .data import kept_samples, stage_samples, training_batches
from .options import TrainOptions
from .parallel import Ranks
from .pictures import draw_curves, draw_sheet, read_log
from .session import Session
from .validate import validate

WEIGHTS, LOG, CURVES, SHEET = "weights.safetensors", "log.jsonl", "curves.png", "sheet.png"
SAMPLES = "samples"  # folder of those that are seen again
_LOG = logging.getLogger(__name__)
_LOG_STEPS = 20
_COLLAPSED = 8.0  # times the lowest loss so far: a network that has forgotten everything
_SEED_OF_VALIDATION = 1_000_003  # samples of other numbers than any that are trained on
_ON_THE_SHEET = 12

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Material:
    """What is trained on.

    Attributes:
        captures: Pieces, or what looks like them; may be empty.
        backgrounds: of find_backgrounds; may be empty.
        parent: name of the weights that the network starts from, "" for none.
        held_back: captures to validate on; None holds back some of `captures`.
    """

    captures: Captures
    backgrounds: Sequence[tuple[Source, Path]] = ()
    parent: str = ""
    held_back: Captures | None = None


def run_training(
    network: MattingNetwork,
    material: Material,
    options: TrainOptions,
    folder: Path,
    *,
    device: torch.device | None = None,
    ranks: Ranks | None = None,
    resume: bool = False,
    report: Report | None = None,
    should_stop: Callable[[], bool] = never,
) -> dict[str, float]:
    """Trains until the steps or hours are over, or until it is asked to stop.

    Writes checkpoints, `weights.safetensors` (the averaged weights), `log.jsonl`, `curves.png` and
    `sheet.png` into `folder`.

    Args:
        network: to train; with `resume`, only its widths count.
        material: see Material.
        options: see TrainOptions.
        folder: made if missing.
        device: None is the CPU.
        ranks: the processes that train together.
        resume: goes on from the folder's last checkpoint, if there is one.
        report: is told each line of the log.
        should_stop: polled after each step; a checkpoint is written before the end.

    Returns:
        The scores of the last validation.

    Raises:
        OutputError: something cannot be written, or the folder holds another training.
        OptionError: the training in the folder has other settings.
        WeightsError: its checkpoint is damaged.
        Diverged: the loss is no number, or several times what it was; nothing more is written.
    """
    session = Session(network, options, device or torch.device("cpu"), ranks or Ranks())
    if resume:
        _resume(session, folder)
    elif any(folder.glob("checkpoint-*")):
        raise OutputError(f"{folder} holds a training; resume it, or choose another folder.")
    return _Loop(session, material, folder, report).run(should_stop)


def _resume(session: Session, folder: Path) -> None:
    found = load_checkpoint(
        folder, session.settings(), session.network, session.average, session.optimiser
    )
    if found is not None:
        session.step, session.seconds = found.step, found.seconds
        _LOG.info("resumed %s at step %d", folder, found.step)


class _Loop:
    """One session's run."""

    def __init__(
        self, session: Session, material: Material, folder: Path, report: Report | None
    ) -> None:
        self.session, self.folder, self.report = session, folder, report
        self.options, self.is_first = session.options, session.ranks.rank == 0
        self.parent = material.parent
        captures, held_captures = material.captures, material.held_back
        if held_captures is None:
            captures, held_captures = split_captures(material.captures)
        files, held_files = split_backgrounds(material.backgrounds)
        self.samples = stage_samples(
            captures, Backgrounds(files), self.options, seed=self.options.seed
        )
        self.held_back = stage_samples(
            held_captures, Backgrounds(held_files), self.options, seed=_SEED_OF_VALIDATION
        )
        self.held: list[dict[str, Tensor]] = []
        self.scores: dict[str, float] = {}
        self.pending: list[dict[str, float]] = []
        self.lowest = math.inf  # loss since this session began

    def run(self, should_stop: Callable[[], bool]) -> dict[str, float]:
        session, ranks = self.session, self.session.ranks
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.folder} cannot be made ({error.strerror}).") from error
        kept = kept_samples(self.samples, self.options, self.folder / SAMPLES)
        place = {"first": session.step, "rank": ranks.rank, "ranks": ranks.count}
        with training_batches(kept, self.options, **place) as batches:
            self._train(batches, should_stop)
        if self.is_first:
            self._validate()
            self._save()
        return self.scores

    def _train(self, batches: Iterator[dict[str, Tensor]], should_stop: Callable[[], bool]) -> None:
        session, ranks = self.session, self.session.ranks
        saved = looked = time.monotonic()
        while session.progress() < 1:  # the same in every process
            self._log(session.train(next(batches)))
            if ranks.any(should_stop(), session.device):
                break
            now = time.monotonic()
            # Every process checks: the others wait at their next step while the first one writes.
            if self.is_first and now - looked > 60 * self.options.validate_minutes:
                self._validate()
                looked = now
            if self.is_first and now - saved > 60 * self.options.checkpoint_minutes:
                self._save()
                saved = time.monotonic()

    def _log(self, losses: dict[str, float]) -> None:
        self.pending.append(losses)
        if self.session.step % _LOG_STEPS and self.session.step > 1:
            return
        mean = {n: sum(row[n] for row in self.pending) / len(self.pending) for n in losses}
        self.pending = []
        if self.is_first:
            self._write({"kind": "train", "rate": self.session.rate(), "losses": mean})
        self.lowest = min(self.lowest, mean["total"])
        has_collapsed = mean["total"] > _COLLAPSED * self.lowest
        if self.session.ranks.any(has_collapsed, self.session.device):
            raise Diverged(
                f"the loss rose from {self.lowest:.3g} to {mean['total']:.3g} by step "
                f"{self.session.step}; train again in another folder with a lower --rate."
            )

    def _validate(self) -> None:
        if not self.options.validation:
            return
        if not self.held:  # the same ones each time
            kinds = len(self.held_back)
            for number in range(self.options.validation):
                sample = self.held_back[number % kinds][number]
                self.held.append({name: each[None] for name, each in sample.items()})
        device = self.session.device
        sent = ({n: each.to(device) for n, each in sample.items()} for sample in self.held)
        found = validate(self.session.averaged(), sent, self.options.stage)
        self.scores = found.scores
        self._write({"kind": "validate", "scores": found.scores})
        shown = slice(_ON_THE_SHEET)
        on_cpu = [type(matte)(*(each.cpu() for each in matte)) for matte in found.mattes[shown]]
        draw_sheet(self.held[shown], on_cpu).save(str(self.folder / SHEET))
        draw_curves(read_log(self.folder / LOG)).save(str(self.folder / CURVES))

    def _save(self) -> None:
        session = self.session
        progress = Progress(session.step, session.seconds, session.settings())
        save_checkpoint(self.folder, progress, session.network, session.average, session.optimiser)
        recipe = {**self.options.to_json(), "steps_done": session.step}
        lineage = Lineage(recipe, self.scores, self.parent)
        save_weights(self.folder / WEIGHTS, session.averaged(), lineage)

    def _write(self, row: dict[str, Any]) -> None:
        row = {"step": self.session.step, "seconds": round(self.session.seconds, 1), **row}
        try:
            with open(self.folder / LOG, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise OutputError(
                f"{self.folder / LOG} cannot be written ({error.strerror}); make room."
            ) from error
        if self.report is not None:
            self.report(row)
