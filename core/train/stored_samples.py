"""Samples that are made once and seen several times, kept in files outside of memory.

A sample takes longer to make than a step takes to learn from it. Of every `replay` visits one is to
a new sample, the others to samples that are there already: visit v always means the same one, so a
resumed training sees what an uninterrupted one would have seen, also where a file was lost.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import Dataset

from platekey.core.errors import OutputError
from platekey.core.frames.atomic import whole_file

_VERSION = "4"  # another one whenever samples are made differently
_TRIES, _KEPT = 20, 0.01  # of samples with a misfit
_NUMBERS = 16  # at most; pictures hold more
_LARGEST = 65504.0  # of half floats
_LOG = logging.getLogger(__name__)


class StoredSamples(Dataset[dict[str, Tensor]]):
    """Samples by the number of the visit, mirrored at random."""

    def __init__(
        self,
        samples: Dataset[dict[str, Tensor]],
        folder: Path,
        name: str,
        *,
        replay: int,
        seed: int,
        pool: int = 0,
        misfit: Callable[[dict[str, Tensor]], float] | None = None,
    ) -> None:
        """Takes what makes samples, and where they are kept.

        Args:
            samples: by number; pictures in it are (C, H, W).
            folder: for the files, made if missing; 3 MB a sample of 256 pixels.
            name: of what the samples are made of; others are never read.
            replay: how often a sample is seen on average, 1 or more.
            seed: of what chance decides.
            pool: samples that are drawn from from the start: a handful is learned by heart.
            misfit: of samples; where it is above 1 another one is taken, mostly. None takes all.
        """
        digest = hashlib.sha256(f"{_VERSION} {name}".encode()).hexdigest()[:16]
        self._samples, self._folder = samples, folder / digest
        self._replay, self._seed, self._misfit = replay, seed, misfit
        self._pool = pool

    def __getitem__(self, visit: int) -> dict[str, Tensor]:
        """A sample; see Samples.

        Raises:
            InputError: a capture or a background cannot be read.
            OutputError: the sample cannot be written.
        """
        random = np.random.default_rng([self._seed, visit, 2])
        newest = self._pool + visit // self._replay
        number = newest if visit % self._replay == 0 else int(random.integers(newest + 1))
        made = self._stored(number)
        for _ in range(_TRIES):
            if self._misfit is None or self._misfit(made) <= 1 or random.random() < _KEPT:
                break
            made = self._stored(int(random.integers(newest + 1)))
        if random.random() < 0.5:
            return made
        return {n: each.flip(-1) if each.ndim == 3 else each for n, each in made.items()}

    def _stored(self, number: int) -> dict[str, Tensor]:
        path = self._folder / f"{number:07d}.safetensors"
        try:
            return {name: each.float() for name, each in load_file(path).items()}
        except FileNotFoundError:
            _LOG.debug("sample %s is made", path)
        except (OSError, SafetensorError) as error:
            _LOG.warning("sample %s is made again (%s)", path, error)
        made = self._samples[number]
        short = {name: _short(each) for name, each in made.items()}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(str(path)) as temporary:
                save_file({n: each.contiguous() for n, each in short.items()}, temporary)
        except (OSError, SafetensorError) as error:
            raise OutputError(f"{path} cannot be written ({error}); make room.") from error
        return {name: each.float() for name, each in short.items()}


def _short(x: Tensor) -> Tensor:
    """Pictures as half floats; numbers, which may be as small as a variance, as they are."""
    return x.clamp(-_LARGEST, _LARGEST).half() if x.numel() > _NUMBERS else x
