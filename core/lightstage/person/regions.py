"""Where hair grows and clothes end on the base mesh: shares for its vertices. numpy only.

Everything is read off the unmorphed base mesh (decimetres, y up, looking along +z), relative to its
joints, so that the same vertices carry the hair of every figure.
"""

from __future__ import annotations

import numpy as np

from platekey.core.lightstage.scene.points import Points

from .figure import joint, smooth_step
from .makehuman import Mesh

# The hairline in profile: how far before the eyes (z) and how high above them (y), in decimetres.
HAIRLINE = np.array(
    [
        (-2.20, -0.80),
        (-1.80, -0.80),
        (-1.25, -0.55),
        (-1.12, 0.12),
        (-0.78, 0.12),
        (-0.55, 0.30),
        (-0.30, 0.52),
        (0.10, 0.66),
        (0.60, 0.72),
    ]
)


def on_head(base: Mesh) -> Points:
    """(V,) 1 for vertices of the body's head, ears and lashes not excluded, else 0."""
    body = np.zeros(len(base.points))
    body[base.vertices("body")] = 1.0
    height = joint(base, base.points, "neck")[1]
    return np.where((base.points[:, 1] > height) & (np.abs(base.points[:, 0]) < 1.3), body, 0.0)


def scalp_weight(base: Mesh) -> Points:
    """(V,) density of hair: 1 above the hairline, 0 on face, ears and neck."""
    eye = joint(base, base.points, "l-eye")
    x, y, z = (base.points - np.array([0.0, eye[1], eye[2]])).T
    line = np.interp(z, HAIRLINE[:, 0], HAIRLINE[:, 1])
    line = line - 0.25 * smooth_step(np.abs(x), 0.3, 0.75) * smooth_step(z, -0.7, -0.1)
    inside = smooth_step(y - line, -0.02, 0.14)
    ear = (np.abs(x) > 0.76) & (y < 0.30) & (z > -1.5) & (z < -0.5)
    return on_head(base) * np.where(ear, 0.0, inside)


def beard_weight(base: Mesh) -> Points:
    """(V,) density of a beard: chin, jaw, upper lip; 0 on the lips."""
    eye = joint(base, base.points, "l-eye")
    mouth = joint(base, base.points, "mouth")
    x, y, z = (base.points - np.array([0.0, mouth[1], eye[2]])).T
    cheek = -0.36 + 0.38 * smooth_step(np.abs(x), 0.25, 0.62)  # rises towards the ears
    low = smooth_step(y, -0.95, -0.70) * smooth_step(cheek - y, -0.02, 0.10)
    lip = -0.095 - 0.14 * smooth_step(np.abs(x), 0.12, 0.30)  # between nose and lip, then down
    lip = smooth_step(-np.abs(y - lip), -0.065, -0.03) * smooth_step(-np.abs(x), -0.34, -0.24)
    front = smooth_step(z, -0.75, -0.45)
    return on_head(base) * np.maximum(low, lip) * front
