"""Where every hair of the sample's creature goes. numpy only, so that it can be tested anywhere.

The creature sits at the origin on the plane z = 0 and looks along -y. Units are its own: the body
is about two units high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from platekey.core.lightstage.scene.points import Points, normalise, shorten

CENTRE = np.array([0.0, 0.0, 0.96])
RADII = np.array([0.88, 0.80, 0.90])
FACE = np.array([0.0, -0.985, 0.17])  # the middle of the face as a direction from the centre
UP = np.array([0.0, 0.0, 1.0])
FLOOR = 0.012  # no hair goes lower: the table hides what is below it


@dataclass(frozen=True)
class FurOptions:
    """How much fur, and how it moves.

    Attributes:
        guides: locks of hair.
        children: hairs a lock.
        steps: points a hair.
        sway: how far the tips of the longest hair lag behind the body, in units along x.
        seed: the same seed grows the same fur, whatever the sway.
    """

    guides: int = 3400
    children: int = 15
    steps: int = 14
    sway: float = 0.0
    seed: int = 7


def grow_fur(options: FurOptions) -> Points:
    """Grows every hair from the body.

    Returns:
        (guides * children, steps, 3) points, root first.
    """
    rng = np.random.default_rng(options.seed)
    directions = scatter_directions(options.guides, rng)
    roots = on_body(directions)
    normals = normalise(directions / RADII)
    lengths = hair_length(directions) * rng.uniform(0.75, 1.15, len(roots))
    stray = rng.random(len(roots)) < 0.07  # locks that nobody combed
    locks = grow_locks(roots, normals, lengths, stray, options.steps, rng)
    hairs = split_locks(locks, normals, options.children, rng)
    time = np.linspace(0.0, 1.0, options.steps)[None, :, None]
    reach = np.repeat(lengths, options.children)[:, None, None] / 0.6
    hairs[..., :1] += options.sway * reach * time**2
    hairs[..., 2] = np.maximum(hairs[..., 2], FLOOR)
    return hairs


def scatter_directions(count: int, rng: np.random.Generator) -> Points:
    """Even directions (a Fibonacci sphere) with a little disorder: (count, 3)."""
    number = np.arange(count) + 0.5
    height = 1.0 - 2.0 * number / count
    angle = number * np.pi * (3.0 - np.sqrt(5.0))
    around = np.sqrt(1.0 - height**2)
    even = np.stack([around * np.cos(angle), around * np.sin(angle), height], axis=-1)
    return normalise(even + rng.normal(0.0, 0.5 / np.sqrt(count), even.shape))


def on_body(directions: Points) -> Points:
    """The point of the body's skin in every direction from its centre; wider at the bottom."""
    widen = 1.0 + 0.10 * np.clip(-directions[..., 2:], 0.0, 1.0)
    shape = RADII * np.concatenate([widen, widen, np.ones_like(widen)], axis=-1)
    return np.asarray(CENTRE + directions * shape)


def hair_length(directions: Points) -> Points:
    """Short on the face, a mane around it, longest on the crown and the flanks."""
    from_face = np.degrees(np.arccos(np.clip(directions @ FACE, -1.0, 1.0)))
    mane = np.clip((from_face - 30.0) / 42.0, 0.0, 1.0)
    mane = mane * mane * (3.0 - 2.0 * mane)
    crown = np.clip(directions[:, 2], 0.0, 1.0) ** 3
    lower = np.clip(-directions[:, 2] - 0.35, 0.0, 1.0)
    return np.asarray(0.13 + mane * (0.50 - 0.08 * crown - 0.30 * lower))


def grow_locks(
    roots: Points,
    normals: Points,
    lengths: Points,
    stray: NDArray[np.bool_],
    steps: int,
    rng: np.random.Generator,
) -> Points:
    """Walks every lock away from the face, bending it down as it grows: (locks, steps, 3)."""
    away = normalise((roots - CENTRE) - 1.2 * FACE)
    comb = away - normals * np.sum(away * normals, axis=-1, keepdims=True)
    heading = normalise(0.62 * normals + 1.1 * comb + rng.normal(0.0, 0.16, roots.shape))
    wild = normalise(normals + rng.normal(0.0, 0.45, roots.shape))
    heading = np.where(stray[:, None], wild, heading)
    weight = np.where(stray, 0.35, 1.0)[:, None] * rng.uniform(0.7, 1.3, (len(roots), 1))
    stride = (lengths * np.where(stray, 1.05, 1.0) / (steps - 1))[:, None]
    curl = curls(normals, lengths, stray, steps, rng)
    path = np.empty((len(roots), steps, 3))
    point = roots
    for step in range(steps):
        path[:, step] = point
        bend = weight * 3.6 * lengths[:, None] / steps
        heading = normalise(heading - bend * UP)
        point = keep_outside(point + heading * stride)
    return path + curl


def curls(
    normals: Points,
    lengths: Points,
    stray: NDArray[np.bool_],
    steps: int,
    rng: np.random.Generator,
) -> Points:
    """A helix around every lock that opens towards the tip: (locks, steps, 3)."""
    side = normalise(np.cross(normals, rng.normal(size=normals.shape)))
    other = np.cross(normals, side)
    time = np.linspace(0.0, 1.0, steps)[None, :]
    turns = rng.uniform(0.6, 1.7, (len(normals), 1)) * 2.0 * np.pi
    phase = rng.uniform(0.0, 2.0 * np.pi, (len(normals), 1))
    opening = np.where(stray, 0.10, 0.055)[:, None] * lengths[:, None] * time
    angle = turns * time + phase
    return (opening * np.cos(angle))[..., None] * side[:, None] + (opening * np.sin(angle))[
        ..., None
    ] * other[:, None]


def keep_outside(points: Points) -> Points:
    """Moves points that fell into the body back to just above its skin."""
    offset = points - CENTRE
    depth = np.linalg.norm(offset / (RADII * 1.02), axis=-1, keepdims=True)
    return np.where(depth < 1.0, CENTRE + offset / np.maximum(depth, 1e-6), points)


def split_locks(locks: Points, normals: Points, children: int, rng: np.random.Generator) -> Points:
    """Splits every lock into hairs that draw together towards its tip, some of them loose.

    Returns:
        (locks * children, steps, 3).
    """
    count, steps, _ = locks.shape
    spread = 2.2 / np.sqrt(count)
    shift = rng.normal(0.0, spread, (count, children, 3))
    shift -= normals[:, None] * np.sum(shift * normals[:, None], axis=-1, keepdims=True)
    root = locks[:, None, 0] + shift
    depth = np.linalg.norm((root - CENTRE) / RADII, axis=-1, keepdims=True)
    shift += (root - CENTRE) * (1.0 / depth - 1.0) * (depth > 1.0)  # roots stay in the skin
    time = np.linspace(0.0, 1.0, steps)
    gather = rng.uniform(0.15, 0.85, (count, children, 1, 1))
    loose = np.where(rng.random((count, children, 1, 1)) < 0.12, -0.9, 1.0)
    closing = 1.0 - gather * loose * time[:, None] ** 1.3
    reach = np.linalg.norm(locks[:, -1] - locks[:, 0], axis=-1)[:, None, None, None]
    angle = rng.uniform(0.0, 2.0 * np.pi, (count, children, 1, 3)) + time[:, None] * rng.uniform(
        3.0, 11.0, (count, children, 1, 3)
    )
    wave = 0.035 * reach * time[:, None] * np.sin(angle)
    hairs = shorten(locks, rng.uniform(0.72, 1.0, (count, children)))
    hairs = hairs + shift[:, :, None] * closing + wave
    return np.asarray(hairs.reshape(count * children, steps, 3))
