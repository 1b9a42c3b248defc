"""Hair of a head by chance: where every strand goes. numpy only; lengths in metres, z up.

Guide strands walk away from the skin, bend down and are kept outside of the body by a function that
the caller gives; each carries a lock of hairs around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from platekey.core.lightstage.scene.points import Faces, Points, normalise, shorten

KeepOutside = Callable[[Points], Points]
UP = np.array([0.0, 0.0, 1.0])
THINNEST = 0.2  # radius of a hair in pixels


@dataclass(frozen=True)
class HairStyle:
    """How hair grows.

    Attributes:
        name: of the cut.
        guides: locks.
        children: hairs a lock.
        steps: points a hair.
        length: of a typical hair.
        lift: how steeply it leaves the skin: 0 flat, 1 upright.
        fall: how fast it bends down; 0 stands up, 1 hangs.
        curl: radius of its curls.
        turns: of a curl along its whole length.
        clump: how far the hairs of a lock draw together at its tip, [0, 1].
        frizz: how far single hairs leave their lock.
        strays: share of locks that nobody combed, [0, 1].
        radius: of a hair at its root.
        comb: (sideways from the parting, forwards, down) pull near the root.
        parting: where hair parts, to the figure's left of the middle.
    """

    name: str
    guides: int = 1500
    children: int = 18
    steps: int = 14
    length: float = 0.10
    lift: float = 0.6
    fall: float = 0.5
    curl: float = 0.002
    turns: float = 1.0
    clump: float = 0.5
    frizz: float = 0.003
    strays: float = 0.05
    radius: float = 0.00008
    comb: tuple[float, float, float] = (0.6, -0.5, 0.2)
    parting: float = 0.0


STYLES = (
    HairStyle("cropped", 1800, 12, 6, 0.014, 0.9, 0.1, 0.0005, 0.5, 0.1, 0.001, 0.1),
    HairStyle("short", length=0.055, steps=10, lift=0.55, fall=0.35, clump=0.6),
    HairStyle("swept", length=0.10, lift=0.4, fall=0.3, comb=(0.25, -1.0, 0.0), clump=0.6),
    HairStyle("bob", length=0.22, steps=18, lift=0.35, fall=0.9, comb=(0.9, -0.25, 0.5)),
    HairStyle("long", 1400, 18, 26, 0.42, 0.3, 1.0, 0.004, 2.0, 0.4, 0.006, 0.04),
    HairStyle("curly", 1200, 14, 24, 0.17, 0.8, 0.45, 0.009, 6.0, 0.75, 0.004, 0.1),
    HairStyle("wild", 1200, 16, 16, 0.13, 0.9, 0.2, 0.006, 1.5, 0.7, 0.012, 0.35),
    HairStyle("afro", 2200, 12, 26, 0.10, 1.0, 0.0, 0.004, 9.0, 0.5, 0.004, 0.05),
    HairStyle("fuzz", 1300, 14, 18, 0.19, 0.6, 0.6, 0.003, 2.5, 0.1, 0.012, 0.2),
)
BEARD = HairStyle("beard", 1000, 10, 9, 0.022, 0.35, 0.7, 0.0015, 2.0, 0.3, 0.002, 0.1)


def random_style(rng: np.random.Generator) -> HairStyle:
    """One of the cuts, changed in length, curls, parting and looseness."""
    style = STYLES[rng.integers(0, len(STYLES))]
    return replace(
        style,
        length=style.length * float(rng.uniform(0.7, 1.35)),
        curl=style.curl * float(rng.uniform(0.5, 1.6)),
        frizz=style.frizz * float(rng.uniform(0.5, 2.0)),
        strays=min(1.0, style.strays * float(rng.uniform(0.3, 3.0))),
        radius=style.radius * float(rng.uniform(0.7, 1.3)),
        parting=float(rng.normal(0.0, 0.02)),
    )


def random_beard(rng: np.random.Generator) -> HairStyle:
    """Stubble to a full beard."""
    length = float(rng.choice([0.004, 0.015, 0.03, 0.07]) * rng.uniform(0.8, 1.3))
    return replace(BEARD, length=length, comb=(0.0, 0.3, 0.8))


def bundle(style: HairStyle, pixel: float) -> HairStyle:
    """Fewer and thicker hairs where single ones are far thinner than a pixel.

    They cover as much. A few rays a pixel would otherwise hit single hairs by luck and show grain.

    Args:
        style: the cut.
        pixel: its size in the scene, metres.
    """
    times = float(np.clip(THINNEST * pixel / style.radius, 1.0, 6.0))
    children = max(2, round(style.children / times))
    return replace(style, radius=style.radius * style.children / children, children=children)


def scatter_roots(
    points: Points, faces: Faces, weight: Points, count: int, rng: np.random.Generator
) -> tuple[Points, Points]:
    """Spreads roots over the faces by area and weight.

    Args:
        points: (V, 3).
        faces: polygons, corners anticlockwise seen from outside.
        weight: (V,) density at each point.
        count: roots.
        rng: decides.

    Returns:
        (count, 3) roots and (count, 3) unit normals.
    """
    triangles = fan_triangles(faces)
    triangles = triangles[weight[triangles].max(axis=1) > 0.0]
    corners = points[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=-1) * weight[triangles].mean(axis=1)
    # Evenly spaced along the summed area: no bald spots as with independent draws.
    edges = np.cumsum(area) / area.sum()
    chosen = np.searchsorted(edges, (np.arange(count) + rng.random(count)) / count)
    chosen = np.minimum(chosen, len(triangles) - 1)
    share = rng.random((count, 2))
    share = np.where(share.sum(axis=1, keepdims=True) > 1.0, 1.0 - share, share)
    weights = np.concatenate([1.0 - share.sum(axis=1, keepdims=True), share], axis=1)
    roots = np.einsum("nk,nkc->nc", weights, corners[chosen])
    corner_normals = point_normals(points, faces)[triangles[chosen]]
    return roots, normalise(np.einsum("nk,nkc->nc", weights, corner_normals))


def point_normals(points: Points, faces: Faces) -> Points:
    """(V, 3) unit normals at the points, weighted by area; those of unused points are 0."""
    normals = np.zeros_like(points)
    triangles = fan_triangles(faces)
    corners = points[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], cross)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-30))


def fan_triangles(faces: Faces) -> NDArray[np.int64]:
    """Polygons cut into triangles: (T, 3)."""
    return np.array(
        [(face[0], face[i], face[i + 1]) for face in faces for i in range(1, len(face) - 1)]
    )


def grow_hair(
    roots: Points,
    normals: Points,
    style: HairStyle,
    rng: np.random.Generator,
    keep_outside: KeepOutside,
) -> Points:
    """Grows every hair.

    Args:
        roots: (guides, 3).
        normals: (guides, 3), unit length.
        style: the cut; its `guides` is not looked at.
        rng: decides.
        keep_outside: moves (guides, 3) points out of the body.

    Returns:
        (guides * children, steps, 3) points, root first.
    """
    guides = grow_guides(roots, normals, style, rng, keep_outside)
    count, steps, children = len(roots), style.steps, style.children
    time = np.linspace(0.0, 1.0, steps)[:, None]
    spacing = typical_spacing(roots)
    across = rng.normal(0.0, 0.75 * spacing, (count, children, 1, 3))
    across -= (across * normals[:, None, None]).sum(axis=-1, keepdims=True) * normals[:, None, None]
    drift = rng.normal(0.0, style.frizz, (count, children, 2, 1, 3))
    wave = drift[:, :, 0] * time**1.5 + drift[:, :, 1] * np.sin(5.0 * time) * time
    lengths = rng.uniform(0.65, 1.0, (count, children)) ** 0.7
    hairs = shorten(guides, lengths) + across * (1.0 - style.clump * time**0.6) + wave
    return np.asarray(hairs.reshape(count * children, steps, 3))


def grow_guides(
    roots: Points,
    normals: Points,
    style: HairStyle,
    rng: np.random.Generator,
    keep_outside: KeepOutside,
) -> Points:
    """Walks one strand from every root: (guides, steps, 3)."""
    count = len(roots)
    sides, forwards, down = style.comb
    # Hair parts on the front of the head only: a seam down the back would show the skin.
    front = np.clip(0.5 + (roots[:, 1].mean() - roots[:, 1]) / 0.06, 0.0, 1.0)
    side = front * np.tanh((roots[:, 0] - style.parting) / 0.02)
    pull = np.stack([sides * side, np.full(count, -forwards), np.full(count, -down)], axis=-1)
    pull -= (pull * normals).sum(axis=-1, keepdims=True) * normals
    stray = (rng.random(count) < style.strays)[:, None]
    noise = rng.normal(0.0, np.where(stray, 0.35, 0.13), (count, 3))
    lift = np.where(stray, np.maximum(style.lift, 0.4), style.lift)
    heading = normalise(lift * normals + (1.0 - lift) * pull + noise + 1e-9 * UP)
    fall = style.fall * np.where(stray, 0.6, 1.0) * rng.uniform(0.75, 1.25, (count, 1))
    shorter = np.where(stray, 0.7, 1.0) * rng.uniform(0.8, 1.1, (count, 1))
    stride = style.length * shorter / (style.steps - 1)
    path = np.empty((count, style.steps, 3))
    point = roots
    for step in range(style.steps):
        path[:, step] = point
        # The comb holds near the root, weight takes over within 5 cm.
        free = np.minimum(1.0, step * stride / 0.05)
        bend = fall * free * UP - 0.5 * (1.0 - lift) * (1.0 - free) * pull
        heading = normalise(heading - bend * stride / 0.025)
        moved = keep_outside(point + heading * stride)
        heading = normalise(0.5 * heading + 0.5 * normalise(moved - point + 1e-9 * UP))
        point = moved
    return path + helix(normals, style, rng)


def helix(normals: Points, style: HairStyle, rng: np.random.Generator) -> Points:
    """A coil around every guide that opens from its root: (guides, steps, 3)."""
    side = normalise(np.cross(normals, rng.normal(size=normals.shape)))[:, None]
    other = np.cross(normals, side[:, 0])[:, None]
    time = np.linspace(0.0, 1.0, style.steps)
    count = len(normals)
    turns = style.turns * rng.uniform(0.75, 1.25, (count, 1)) * rng.choice([-1.0, 1.0], (count, 1))
    angle = 2.0 * np.pi * (turns * time + rng.random((count, 1)))
    opening = (
        style.curl * np.minimum(1.0, 3.0 * time)[:, None] * rng.uniform(0.6, 1.3, (count, 1, 1))
    )
    return np.asarray(
        opening * (np.cos(angle)[..., None] * side + np.sin(angle)[..., None] * other)
    )


def typical_spacing(roots: Points) -> float:
    """About how far apart neighbouring roots are: the median over some of them."""
    some = roots[:: max(1, len(roots) // 64)]
    distance = np.linalg.norm(some[:, None] - roots[None], axis=-1)
    distance[distance == 0.0] = np.inf
    return float(np.median(distance.min(axis=1))) if len(roots) > 1 else 0.002
