"""Batches for training and validation, each known by its number.

A sample is made and its clean plate conditioned in a DataLoader's worker. Batch k of process r of w
is always made of the samples (k w + r) b to (k w + r + 1) b - 1, however many workers there are, so
that a resumed training sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from platekey.core.lightstage.training.backgrounds import Backgrounds
from platekey.core.lightstage.training.compose import compose
from platekey.core.lightstage.training.layers import Captures, make_layers
from platekey.core.lightstage.training.sample_options import Framing, SampleOptions
from platekey.core.network.coarse import no_prior
from platekey.core.network.cues import Cues, encoded, ordinary_exposure
from platekey.core.plate.conditioning import ConditionedPlate, condition_clean_plate
from platekey.core.plate.noise import estimate_noise
from platekey.core.solver.prior import difference_prior

from .options import Stage, TrainOptions
from .step import Truth
from .stored_samples import StoredSamples

_WITHOUT_PRIOR = 0.1  # share of the samples: Nuke's Inference node has none
_USUAL_ERROR = 0.03  # of a prior's alpha; whole frames of solid subjects seldom have more
_USUAL_HOLES = 0.01  # share of the pixels that are clear where the prior is sure of the subject
_SURE, _CLEAR = 0.98, 0.9  # alpha from which a prior is sure, and below which truth is clear
_POOL = 1000  # samples that are seen again from the start
_UNKNOWN_SHIFT = 0.3  # pixels by which an unconditioned clean plate is expected to be off
_WINDOW = 128  # pixels of the window in which noise is measured where nothing else is

_PICTURES = ("plate", "previous", "next", "has_neighbours", "hint", "hint_present")
_SENT = (*_PICTURES, "alpha", "foreground", "background")


class Samples(Dataset[dict[str, Tensor]]):
    """Samples by their numbers, with a clean plate as a solve would condition it."""

    def __init__(
        self,
        captures: Captures,
        backgrounds: Backgrounds,
        options: SampleOptions,
        conditioned: float,
    ) -> None:
        """Takes what samples are made of.

        Args:
            captures: may be empty if all subjects are procedural.
            backgrounds: see Backgrounds.
            options: see SampleOptions.
            conditioned: share of the samples that are conditioned; the others' clean plates stay
                as they are, and only their noise is measured.
        """
        self._captures, self._backgrounds = captures, backgrounds
        self._options, self._conditioned = options, conditioned
        self.name = f"{options} {conditioned} {len(captures)}"

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """Sample `number`: see compose, and `known`, `noise_gain`, `noise_read`; without B.

        And `prior`, see difference_prior, and `has_prior`, 1 or 0.

        Raises:
            InputError: a capture or a background cannot be read.
        """
        layers = make_layers(number, self._captures, self._backgrounds, self._options)
        sample = compose({name: layer[None] for name, layer in layers.items()}, self._options)
        plate, clean_plate = sample["plate"], sample["clean_plate"]
        random = np.random.default_rng([self._options.seed, number, 1])
        if random.random() < self._conditioned:
            fitted = condition_clean_plate(plate, clean_plate)
        else:
            fitted = ConditionedPlate(
                clean_plate,
                torch.ones_like(sample["alpha"]),
                estimate_noise(_middle(plate)),
                estimate_noise(_middle(clean_plate)),
                misalignment=_UNKNOWN_SHIFT,
                report={},
            )
        noise = fitted.plate_noise + fitted.clean_noise
        exposure = ordinary_exposure(fitted.clean_plate)
        made = {name: sample[name][0] for name in _SENT}
        made |= {"clean_plate": fitted.clean_plate[0], "known": fitted.valid[0]}
        made |= {"noise_gain": noise.gain[0], "noise_read": noise.read[0]}
        # In HD the difference method works at half the size and sharpens.
        pixels = self._options.size**2 // int(random.choice([1, 4]))
        made["prior"] = difference_prior(plate, fitted, exposure, coarse_pixels=pixels)[0]
        has_prior = random.random() >= _WITHOUT_PRIOR
        return {**made, "has_prior": torch.tensor([float(has_prior)])}


def stage_samples(
    captures: Captures, backgrounds: Backgrounds, options: TrainOptions, *, seed: int
) -> list[Samples]:
    """The kinds of samples of a stage: whole subjects, crops around edges, or both."""
    framings = {
        Stage.COARSE: (Framing.WHOLE, Framing.EDGES),
        Stage.REFINE: (Framing.EDGES,),
        Stage.JOINT: (Framing.WHOLE, Framing.EDGES),
    }[options.stage]
    share = SampleOptions.procedural_share if len(captures) else 1.0
    return [
        Samples(
            captures,
            backgrounds,
            SampleOptions(framing=framing, size=options.size, seed=seed, procedural_share=share),
            options.conditioned,
        )
        for framing in framings
    ]


def kept_samples(
    kinds: Sequence[Samples], options: TrainOptions, folder: Path
) -> list[Dataset[dict[str, Tensor]]]:
    """The kinds of samples, kept in files below `folder` if they are to be seen again."""
    if options.replay == 1:
        return list(kinds)
    return [
        StoredSamples(
            each,
            folder,
            each.name,
            replay=options.replay,
            seed=options.seed,
            pool=_POOL,
            misfit=_misfit,
        )
        for each in kinds
    ]


def _misfit(sample: dict[str, Tensor]) -> float:
    """How far a sample's prior is off what is usual in whole frames; 1 is as far.

    A crop gives the difference method little to see; in use it has the whole frame and fails less.
    And glass and veils are solid to it wherever they are. A network that learns from such samples
    not to believe its prior makes holes in all that is coloured like what is behind it.
    """
    truth, prior = sample["alpha"], sample["prior"][:1]
    error = float((prior - truth).abs().mean())
    holes = float(((prior > _SURE) & (truth < _CLEAR)).to(truth.dtype).mean())
    return max(error / _USUAL_ERROR, holes / _USUAL_HOLES)


@contextmanager
def training_batches(
    kinds: Sequence[Dataset[dict[str, Tensor]]],
    options: TrainOptions,
    *,
    first: int,
    rank: int,
    ranks: int,
) -> Iterator[Iterator[dict[str, Tensor]]]:
    """Batches from number `first` on, without end, for one of several processes.

    A batch holds all kinds of samples, so that normalisation sees the same mixture at all times.
    The workers that make them live as long as the context.
    """
    over = multiprocessing.Event()
    loader = DataLoader(
        _Turns(kinds),
        batch_sampler=_Numbers(options.batch, len(kinds), first, rank, ranks),
        num_workers=options.workers,
        worker_init_fn=partial(_start_worker, over) if options.workers else None,
    )
    try:
        yield iter(loader)
    finally:
        over.set()


def batch_cues(batch: dict[str, Tensor]) -> Cues:
    """What the network is given of a batch."""
    return Cues(
        plate=batch["plate"],
        clean_plate=batch["clean_plate"],
        known=batch["known"],
        noise_gain=batch["noise_gain"],
        noise_read=batch["noise_read"],
        exposure=ordinary_exposure(batch["clean_plate"]),
        hint=batch["hint"],
        hint_present=batch["hint_present"].view(-1, 1, 1, 1),
        previous=batch["previous"],
        following=batch["next"],
        has_neighbours=batch["has_neighbours"].view(-1, 1, 1, 1),
    )


def batch_prior(batch: dict[str, Tensor]) -> Tensor:
    """The priors of a batch, where there are any; see difference_prior."""
    absent = no_prior(encoded(batch["plate"], ordinary_exposure(batch["clean_plate"])))
    return torch.where(batch["has_prior"].view(-1, 1, 1, 1) > 0, batch["prior"], absent)


def batch_truth(batch: dict[str, Tensor]) -> Truth:
    """What is right of a batch."""
    return Truth(batch["alpha"], batch["foreground"], batch["background"])


class _Turns(Dataset[dict[str, Tensor]]):
    """Samples of several kinds by (kind, number)."""

    def __init__(self, kinds: Sequence[Dataset[dict[str, Tensor]]]) -> None:
        self._kinds = kinds

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Tensor]:
        kind, number = key
        return self._kinds[kind][number]


class _Numbers:
    """The samples of each batch, without end."""

    def __init__(self, batch: int, kinds: int, first: int, rank: int, ranks: int) -> None:
        self._batch, self._kinds, self._first = batch, kinds, first
        self._rank, self._ranks = rank, ranks

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for number in itertools.count(self._first):
            start = (number * self._ranks + self._rank) * self._batch
            numbers = range(start, start + self._batch)
            yield [(each % self._kinds, each // self._kinds) for each in numbers]


def _start_worker(over: Event, _: int) -> None:
    """One thread a worker, and signals are the training's own business.

    Farms send SIGTERM to all processes of a job: workers live on until the training has written its
    checkpoint and is over. Then SIGTERM is how multiprocessing sends them home.
    """

    def end(*_: object) -> None:
        if over.is_set():
            os._exit(0)

    cv2.setNumThreads(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)


def _middle(picture: Tensor) -> Tensor:
    top, left = ((extent - min(extent, _WINDOW)) // 2 for extent in picture.shape[-2:])
    return picture[..., top : top + _WINDOW, left : left + _WINDOW]
