"""The captures of the training set: how many of what, in which order. No Blender in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from platekey.core.errors import OptionError

from .recipe import CaptureOptions


@dataclass(frozen=True)
class Batch:
    """Captures of one kind.

    Attributes:
        subject: one of recipe.SUBJECTS.
        count: how many, one seed each.
        seed: the first.
        held_back: the first so many are for validation, and have less grain.
        size: width and height in pixels.
        frames: 1 for stills, more for clips.
    """

    subject: str
    count: int
    seed: int
    held_back: int
    size: int = 256
    frames: int = 1


SAMPLES = {256: (10, 16), 1024: (6, 8)}  # a pixel: for training, for validation

# Half are people. The large ones are for the refine stage, which looks at edges at full resolution.
BATCHES = (
    Batch("person", 700, 0, held_back=105),
    Batch("person", 60, 10_000, held_back=9, frames=3),
    Batch("person", 20, 20_000, held_back=2, size=1024),
    Batch("cloth", 150, 0, held_back=22),
    Batch("cloth", 10, 10_000, held_back=1, frames=3),
    Batch("cloth", 50, 20_000, held_back=6, size=1024),
    Batch("glass", 140, 0, held_back=20),
    Batch("glass", 6, 10_000, held_back=1, frames=3),
    Batch("glass", 50, 20_000, held_back=7, size=1024),
    Batch("foliage", 95, 0, held_back=14),
    Batch("foliage", 8, 10_000, held_back=1, frames=3),
    Batch("foliage", 35, 20_000, held_back=5, size=1024),
    Batch("smoke", 70, 0, held_back=9),
    Batch("smoke", 5, 10_000, held_back=1, frames=3),
    Batch("feathers", 60, 0, held_back=7),
    Batch("feathers", 6, 10_000, held_back=1, frames=3),
    Batch("feathers", 5, 20_000, held_back=1, size=1024),
    Batch("creature", 45, 0, held_back=7),
    Batch("creature", 5, 10_000, held_back=1, frames=3),
)


def training_set(threads: int = 1, lights: int = 16) -> list[CaptureOptions]:
    """Every capture of the set, the kinds mixed evenly: a part of it is a smaller set like it."""
    placed: list[tuple[float, int, CaptureOptions]] = []
    for kind, batch in enumerate(BATCHES):
        for number, options in enumerate(_captures(batch, threads, lights)):
            placed.append(((number + 0.5) / batch.count, kind, options))
    return [options for _, _, options in sorted(placed, key=lambda item: item[:2])]


def part_of(captures: list[CaptureOptions], part: str) -> list[CaptureOptions]:
    """One machine's share of the captures, every kind in it.

    Args:
        captures: all.
        part: which of how many, like "2/4".

    Raises:
        OptionError: it is none.
    """
    number, _, count = part.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise OptionError(f"the part is {part!r}, but it has to be one like 1/4; give that.")
    return captures[int(number) - 1 :: int(count)]


def is_held_back(subject: str, seed: int) -> bool:
    """Whether a capture is for validation; nothing may be trained on it."""
    return any(
        batch.subject == subject and batch.seed <= seed < batch.seed + batch.held_back
        for batch in BATCHES
    )


def is_held_back_name(name: str) -> bool:
    """The same of a capture's name; one that capture-set has not made is not held back."""
    subject, _, seed = name.rpartition("_")
    return seed.isdigit() and is_held_back(subject, int(seed))


def _captures(batch: Batch, threads: int, lights: int) -> Iterator[CaptureOptions]:
    for seed in range(batch.seed, batch.seed + batch.count):
        yield CaptureOptions(
            subject=batch.subject,
            seed=seed,
            size=batch.size,
            lights=lights,
            samples=SAMPLES[batch.size][is_held_back(batch.subject, seed)],
            frames=batch.frames,
            threads=threads,
        )
