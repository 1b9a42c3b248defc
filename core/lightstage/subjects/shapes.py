"""Sheets, leaves, feathers and solids as points and faces. numpy only; metres, z up."""

from __future__ import annotations

import numpy as np

from platekey.core.lightstage.scene.points import Faces, Points, normalise


def waves(
    along: Points, across: Points, height: float, count: int, rng: np.random.Generator
) -> Points:
    """Sums of sines over two coordinates in [0, 1]; about `height` high. Shape of the inputs."""
    total = np.zeros_like(along)
    for number in range(1, count + 1):
        direction = rng.normal(size=2)
        speed = 2.0 * np.pi * number * 0.7
        phase = speed * (along * direction[0] + across * direction[1]) + rng.uniform(0.0, 6.28)
        total += np.sin(phase) / number
    return height * total


def sheet(columns: int, rows: int) -> tuple[Points, Points, Faces]:
    """A grid: coordinates along and across in [0, 1], (rows * columns,) each, and its faces."""
    across, along = np.meshgrid(
        np.linspace(0.0, 1.0, rows), np.linspace(0.0, 1.0, columns), indexing="ij"
    )
    faces: Faces = [
        (
            row * columns + column,
            row * columns + column + 1,
            (row + 1) * columns + column + 1,
            (row + 1) * columns + column,
        )
        for row in range(rows - 1)
        for column in range(columns - 1)
    ]
    return along.ravel(), across.ravel(), faces


def hang_cloth(along: Points, across: Points, size: float, rng: np.random.Generator) -> Points:
    """Points of a cloth that hangs in folds from its upper edge: (..., 3)."""
    fold = waves(along, across * 0.35, 0.07 * size, 5, rng) * (0.35 + 0.65 * (1.0 - across))
    sag = 0.08 * size * np.sin(np.pi * along) * (0.4 + waves(along, across, 0.2, 3, rng))
    lean = rng.normal(0.0, 0.12)
    x = (along - 0.5) * size * (0.92 + 0.08 * across) + lean * size * (across - 0.5)
    z = (across - 0.5) * size - sag
    return np.stack([x, fold, z], axis=-1)


def grow_twigs(count: int, steps: int, size: float, rng: np.random.Generator) -> Points:
    """Twigs that leave one stem at all heights and droop: (count + 1, steps, 3), the stem first."""
    time = np.linspace(0.0, 1.0, steps)
    bow = rng.normal(0.0, 0.18, 2)
    stem = np.stack([bow[0] * time**2, bow[1] * time**2, time - 0.5], axis=-1) * size
    place = np.sort(rng.uniform(0.12, 0.97, count))
    starts = np.stack([np.interp(place, time, stem[:, axis]) for axis in range(3)], axis=-1)
    turn = np.arange(count) * 2.4 + rng.normal(0.0, 0.3, count)
    heading = normalise(
        np.stack([np.cos(turn), np.sin(turn), rng.uniform(0.2, 1.3, count)], axis=-1)
    )
    length = size * rng.uniform(0.2, 0.5, count) * (1.15 - place)
    droop = rng.uniform(0.0, 0.6, count)
    paths = starts[:, None] + heading[:, None] * (length[:, None] * time)[..., None]
    paths[..., 2] -= (droop * length)[:, None] * time**2
    return np.concatenate([stem[None], paths])


def leaves(
    roots: Points, headings: Points, length: Points, slim: float, rng: np.random.Generator
) -> tuple[Points, Faces]:
    """Bent pointed leaves, folded along the middle.

    Args:
        roots: (N, 3).
        headings: (N, 3), unit length.
        length: (N,) metres.
        slim: width over length.
        rng: decides how they turn and bend.
    """
    count, steps = len(roots), 9
    time = np.linspace(0.0, 1.0, steps)
    profile = np.sin(np.pi * time**0.8) ** 0.9 * (1.0 - 0.4 * time)
    side = normalise(np.cross(headings, rng.normal(size=(count, 3))))
    face = np.cross(side, headings)
    bend = rng.normal(0.15, 0.3, (count, 1, 1))
    middle = roots[:, None] + length[:, None, None] * (
        headings[:, None] * time[:, None] - face[:, None] * bend * time[:, None] ** 2
    )
    reach = (0.5 * slim * length)[:, None, None] * profile[:, None]
    lifted = 0.35 * face[:, None]
    left, right = (
        middle + reach * (side[:, None] + lifted),
        middle - reach * (side[:, None] - lifted),
    )
    points = np.stack([left, middle, right], axis=2).reshape(-1, 3)
    faces: Faces = []
    for leaf in range(count):
        for step in range(steps - 1):
            for strip in range(2):
                corner = (leaf * steps + step) * 3 + strip
                faces.append((corner, corner + 1, corner + 4, corner + 3))
    return points, faces


def feather(
    length: float, width: float, barbs: int, rng: np.random.Generator
) -> tuple[Points, Points]:
    """One feather that stands on the origin along z.

    Args:
        length: metres.
        width: of both vanes together, metres.
        barbs: a side.
        rng: decides bend and splits.

    Returns:
        (1, 24, 3) shaft and (2 * barbs, 10, 3) barbs.
    """
    time = np.linspace(0.0, 1.0, 24)
    bend = rng.normal(0.0, 0.25, 2)

    def on_shaft(place: Points) -> Points:
        return length * np.stack([bend[0] * place**2, bend[1] * place**2, place], axis=-1)

    place = np.tile(np.linspace(0.12, 1.0, barbs), 2)
    side = np.repeat([-1.0, 1.0], barbs)
    downy = np.clip(1.0 - (place - 0.12) / 0.22, 0.0, 1.0)  # fluff at the foot
    split = np.cumsum(rng.random(2 * barbs) < 0.02) % 2 * 0.10 * rng.random(2 * barbs)
    reach = 0.5 * width * (np.sin(np.pi * place**1.2 * 0.93) ** 0.5 + 0.3)
    out = np.linspace(0.0, 1.0, 10)
    angle = (0.9 - 0.35 * place + split + downy * rng.normal(0.0, 0.35, 2 * barbs))[:, None]
    x = side[:, None] * reach[:, None] * out * np.sin(angle)
    z = reach[:, None] * (out * np.cos(angle) + 0.25 * out**2)
    y = reach[:, None] * out**2 * (0.25 + downy[:, None] * rng.normal(0.0, 0.7, (2 * barbs, 1)))
    strands = on_shaft(place)[:, None] + np.stack([x, y, z], axis=-1)
    return on_shaft(time)[None], strands


def lathe(profile: Points, around: int) -> tuple[Points, Faces]:
    """A profile of (radius, z) turned about the z axis; an open tube of quads."""
    angle = 2.0 * np.pi * np.arange(around) / around
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    flat = profile[:, None, :1] * ring
    z = np.broadcast_to(profile[:, None, 1:], (len(profile), around, 1))
    points = np.concatenate([flat, z], axis=-1).reshape(-1, 3)
    faces: Faces = [
        (
            row * around + step,
            row * around + (step + 1) % around,
            (row + 1) * around + (step + 1) % around,
            (row + 1) * around + step,
        )
        for row in range(len(profile) - 1)
        for step in range(around)
    ]
    return points, faces
