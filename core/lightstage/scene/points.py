"""Arrays of points, and what is done to them everywhere. numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = list[tuple[int, ...]]  # indices of corners, one tuple a polygon


def normalise(vectors: Points) -> Points:
    """Scales the last axis to length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def shorten(locks: Points, share: Points) -> Points:
    """Keeps the first `share` (locks, children) of every lock: (locks, children, steps, 3)."""
    steps = locks.shape[1]
    position = share[..., None] * np.arange(steps)
    lower = np.minimum(position.astype(np.int64), steps - 2)
    rest = (position - lower)[..., None]
    lock = np.arange(len(locks))[:, None, None]
    return np.asarray(locks[lock, lower] * (1.0 - rest) + locks[lock, lower + 1] * rest)
