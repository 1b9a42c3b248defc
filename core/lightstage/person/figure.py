"""A figure by chance: macro morphs mixed and the base mesh posed. numpy only.

Everything is in the assets' own frame (decimetres, y up, looking along +z) and in the order of the
base mesh's vertices, its helper meshes included, so that clothes follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from platekey.core.lightstage.scene.points import Points

from .makehuman import Assets, Mesh, read_target

ETHNICITIES = ("african", "asian", "caucasian")


@dataclass(frozen=True)
class Macro:
    """What a figure is like; every number in [0, 1].

    Attributes:
        male: 0 female, 1 male.
        old: 0 a young adult, 1 old.
        muscle: 0.5 is average.
        weight: 0.5 is average.
        ethnicity: shares of ETHNICITIES, together 1.
    """

    male: float
    old: float
    muscle: float
    weight: float
    ethnicity: tuple[float, float, float]


@dataclass(frozen=True)
class Pose:
    """Angles in degrees. Positive turns are to the figure's left, positive nods look down.

    Attributes:
        turn: head about the vertical.
        nod: head about the axis through the ears.
        tilt: head towards a shoulder.
        arms: how far the left and the right arm hang below the base mesh's slanting pose.
        swing: the same arms forwards.
    """

    turn: float
    nod: float
    tilt: float
    arms: tuple[float, float]
    swing: tuple[float, float]


def random_macro(rng: np.random.Generator) -> Macro:
    """Mostly plainly male or female, of any adult age, build and ancestry."""
    shares = rng.dirichlet((0.5, 0.5, 0.5))
    male = float(np.clip(rng.integers(0, 2) + rng.normal(0.0, 0.12), 0.0, 1.0))
    return Macro(
        male=male,
        old=float(rng.beta(0.9, 1.6)),
        muscle=float(rng.beta(2.5, 2.5)),
        weight=float(rng.beta(2.5, 2.5)),
        ethnicity=(float(shares[0]), float(shares[1]), float(shares[2])),
    )


def random_pose(rng: np.random.Generator) -> Pose:
    """An easy standing pose."""
    turn, nod, tilt = rng.normal(0.0, (16.0, 6.0, 5.0))
    arms = np.minimum(rng.normal(26.0, 12.0, 2), 38.0)
    swing = rng.normal(-9.0, 9.0, 2)  # the base mesh's forearms point forwards already
    return Pose(turn, nod, tilt, (arms[0], arms[1]), (swing[0], swing[1]))


def target_weights(macro: Macro) -> dict[str, float]:
    """Names of the macro targets with their weights, those of weight 0 left out."""
    sexes = {"female": 1.0 - macro.male, "male": macro.male}
    ages = {"young": 1.0 - macro.old, "old": macro.old}
    muscles = three_steps(macro.muscle, "muscle")
    fats = three_steps(macro.weight, "weight")
    shares = dict(zip(ETHNICITIES, macro.ethnicity, strict=True))
    weights = {
        f"{name}-{sex}-{age}": shares[name] * sexes[sex] * ages[age]
        for name, sex, age in product(shares, sexes, ages)
    }
    for sex, age, muscle, fat in product(sexes, ages, muscles, fats):
        part = sexes[sex] * ages[age] * muscles[muscle] * fats[fat]
        weights[f"universal-{sex}-{age}-{muscle}-{fat}"] = part
    return {name: weight for name, weight in weights.items() if weight > 1e-4}


def three_steps(value: float, name: str) -> dict[str, float]:
    """Shares of the least, the average and the most of a quality in [0, 1]."""
    return {
        "min" + name: max(0.0, 1.0 - 2.0 * value),
        "average" + name: 1.0 - abs(2.0 * value - 1.0),
        "max" + name: max(0.0, 2.0 * value - 1.0),
    }


def morph(base: Mesh, assets: Assets, macro: Macro) -> Points:
    """The base mesh's points with the macro targets added; targets not in the folder are not."""
    points = base.points.copy()
    for name, weight in target_weights(macro).items():
        if name in assets.targets:
            points += weight * read_target(assets.targets[name], len(points))
    return points


def pose_figure(base: Mesh, points: Points, pose: Pose) -> Points:
    """Turns the head and lets the arms hang; returns new points."""
    posed = points.copy()
    for side, arm, swing in zip(("l", "r"), pose.arms, pose.swing, strict=True):
        sign = 1.0 if side == "l" else -1.0
        shoulder = joint(base, posed, f"{side}-shoulder")
        turn = rotation(2, -sign * arm) @ rotation(0, -swing)
        bend(posed, shoulder, turn, arm_weight(base, side))
    neck = joint(base, posed, "neck")
    turn = rotation(1, pose.turn) @ rotation(0, pose.nod) @ rotation(2, -pose.tilt)
    bend(posed, neck, turn, head_weight(base))
    return posed


def bend(points: Points, pivot: Points, turn: Points, weight: Points) -> None:
    """Blends every point, in place, towards where `turn` about `pivot` takes it."""
    turned = (points - pivot) @ turn.T + pivot
    points += weight[:, None] * (turned - points)


def head_weight(base: Mesh) -> Points:
    """(V,) 0 below the neck, 1 from the jaw up."""
    low, high = joint(base, base.points, "neck")[1], joint(base, base.points, "head")[1]
    near = smooth_step(base.points[:, 1], low - 0.5, 0.5 * (low + high))
    return np.where(np.abs(base.points[:, 0]) < 2.0, near, 0.0)


def arm_weight(base: Mesh, side: str) -> Points:
    """(V,) 0 on the trunk, 1 on an arm from a little past its shoulder."""
    line = [joint(base, base.points, f"{side}-{name}") for name in ("shoulder", "elbow", "hand")]
    along = line[1] - line[0]
    reach = (base.points - line[0]) @ (along / np.linalg.norm(along))
    shoulder = smooth_step(reach, -0.55, 0.95)
    tips = line[2] + (line[2] - line[1]) * 1.0
    away = np.minimum(
        np.minimum(from_segment(base.points, *line[:2]), from_segment(base.points, *line[1:])),
        from_segment(base.points, line[2], tips),
    )
    return np.asarray(shoulder * (1.0 - smooth_step(away, 1.05, 1.6)))


def from_segment(points: Points, start: Points, end: Points) -> Points:
    """(V,) distances from a line segment."""
    along = end - start
    share = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - (start + share[:, None] * along), axis=-1))


def joint(base: Mesh, points: Points, name: str) -> Points:
    """The middle of a joint's helper cube."""
    return np.asarray(points[base.vertices(f"joint-{name}")].mean(axis=0))


def smooth_step(value: Points, low: float, high: float) -> Points:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def rotation(axis: int, degrees: float) -> Points:
    """A turn about x (0), y (1) or z (2), right-handed: (3, 3)."""
    angle = np.radians(degrees)
    one, two = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[one, one] = matrix[two, two] = np.cos(angle)
    matrix[two, one], matrix[one, two] = np.sin(angle), -np.sin(angle)
    return matrix
