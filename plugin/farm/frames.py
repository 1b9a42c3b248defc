"""Frame numbers as text and in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def range_text(frames: Sequence[int], step_sign: str = "x") -> str:
    """Frames in ascending order as a range.

    Args:
        frames: different numbers.
        step_sign: "x" as compositors write it, 1001-1009x2; ":" as Open Job Description does.
    """
    return ",".join(_run_text(run, step_sign) for run in _runs(sorted(frames)))


def chunks(frames: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Frames in as few chunks of at most `size` as will do, all of nearly one length."""
    count = -(-len(frames) // size)
    edges = [len(frames) * i // count for i in range(count + 1)] if count else []
    return [tuple(frames[a:b]) for a, b in zip(edges, edges[1:], strict=False)]


def _runs(frames: Sequence[int]) -> Iterator[Sequence[int]]:
    """Splits into runs of one distance; two numbers make a run only if they are neighbours."""
    start = 0
    while start < len(frames):
        end = start + 1
        if end < len(frames):
            distance = frames[end] - frames[start]
            while end < len(frames) and frames[end] - frames[end - 1] == distance:
                end += 1
            if end - start == 2 and distance > 1:
                end = start + 1
        yield frames[start:end]
        start = end


def _run_text(run: Sequence[int], step_sign: str) -> str:
    if len(run) == 1:
        return str(run[0])
    distance = run[1] - run[0]
    step = "" if distance == 1 else f"{step_sign}{distance}"
    return f"{run[0]}-{run[-1]}{step}"
