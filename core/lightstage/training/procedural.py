"""Subjects drawn by rule: alpha of every kind, exact by construction, any number, no renderer.

They teach what pictures of people cannot: that alpha follows from the equation, whatever is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from platekey.core.errors import OptionError

Plane = NDArray[np.float32]
Random = np.random.Generator

_FINE = 4  # shapes are drawn at 4 times the size: coverage comes in steps of a sixteenth
_SHIFT = 4  # OpenCV's coordinates are sixteenths of a fine pixel
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ0123456789&@%#?!"
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


class Kind(Enum):
    """What is drawn."""

    NOISE = "noise"  # smoke: clouds of partial alpha
    STRANDS = "strands"  # splines down to a fraction of a pixel
    BLOBS = "blobs"  # overlapping discs, some out of focus, some transparent
    GLYPHS = "glyphs"  # letters and polygons with sharp edges
    MIXED = "mixed"  # two of them over each other


@dataclass(frozen=True)
class Procedural:
    """A drawn subject.

    Attributes:
        foreground: (3, H, W) straight, scene-linear, some of it above 1; there is no end to it.
        alpha: (1, H, W) in [0, 1].
        kind: what it is.
    """

    foreground: Tensor
    alpha: Tensor
    kind: Kind

    @property
    def premultiplied(self) -> Tensor:
        """(3, H, W) foreground times alpha."""
        return self.foreground * self.alpha


def draw_subject(seed: int, *, height: int, width: int, kind: Kind | None = None) -> Procedural:
    """Draws a subject; the same arguments give the same one.

    Args:
        seed: 0 or more.
        height: pixels.
        width: pixels.
        kind: None draws one.

    Raises:
        OptionError: no pixels, or a negative seed.
    """
    if min(height, width) < 1 or seed < 0:
        raise OptionError(
            f"a subject of {width}x{height} with seed {seed} cannot be drawn; sizes start at 1, "
            "seeds at 0."
        )
    random = np.random.default_rng(seed)
    chosen = list(Kind)[int(random.integers(len(Kind)))]  # drawn always: the rest stays the same
    kind = kind or chosen
    if kind is Kind.MIXED:
        first, second = (list(_DRAW)[int(i)] for i in random.choice(len(_DRAW), 2, replace=False))
        alpha = 1 - (1 - _DRAW[first](random, height, width)) * (
            1 - _DRAW[second](random, height, width)
        )
    else:
        alpha = _DRAW[kind](random, height, width)
    alpha = np.clip(alpha, 0, 1)
    colour = draw_texture(random, height, width)
    matte = torch.from_numpy(np.ascontiguousarray(alpha, np.float32))[None]
    return Procedural(colour, matte, kind)


def draw_texture(random: Random, height: int, width: int) -> Tensor:
    """Colour for a subject or a background, (3, H, W) scene-linear, above 0, highlights above 1.

    Two or three colours, mixed by noise, with shading of up to two stops and fine grain.
    """
    colours = random.uniform(0.02, 0.9, (3, 3)).astype(np.float32) ** 1.5
    first, second = (_noise(random, height, width) for _ in range(2))
    mixed = colours[0] + (colours[1] - colours[0]) * _smooth(first, random)[..., None]
    mixed = mixed + (colours[2] - mixed) * _smooth(second, random)[..., None]
    stops = random.uniform(0, 2) * _noise(random, height, width)
    stops = stops + random.uniform(0, 0.3) * random.standard_normal((height, width))
    picture = mixed * np.exp2(np.clip(stops, -5, 5))[..., None]
    if random.random() < 0.3:  # glints
        glints = np.clip(_noise(random, height, width) - 2, 0, None)[..., None]
        picture = picture + float(random.uniform(2, 40)) * glints
    planar = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
    return torch.from_numpy(planar)


def _noise_alpha(random: Random, height: int, width: int) -> Plane:
    """Clouds: noise through a ramp, some steep, some so flat that nothing is 0 or 1."""
    level, slope = random.normal(0.2, 0.5), 2 ** random.uniform(-1.5, 3)
    ramp = (_noise(random, height, width) - level) * slope + 0.5
    return np.asarray(np.clip(ramp, 0, 1) * random.uniform(0.6, 1), np.float32)


def _strands(random: Random, height: int, width: int) -> Plane:
    """Tufts of splines that share root and direction, each with width and opacity of its own."""
    side = max(height, width)
    opacity_left = np.ones((height, width), np.float32)
    for _ in range(int(random.integers(2, 7))):
        canvas = np.zeros((height * _FINE, width * _FINE), np.uint8)
        root, angle = random.uniform(0, 1, 2) * (width, height), random.uniform(0, 2 * math.pi)
        curl, spread = random.normal(0, 2), random.uniform(0.05, 0.6)
        for _ in range(int(random.integers(8, 60))):
            points = _spline(
                random,
                root + random.normal(0, 0.03 * side, 2),
                angle + random.normal(0, spread),
                random.uniform(0.2, 0.9) * side,
                curl + random.normal(0, 0.5),
            )
            thickness = int(random.integers(1, 1 + 2 * _FINE))
            cv2.polylines(canvas, [_fixed(points)], False, 255, thickness, cv2.LINE_8, _SHIFT)
        covered = _average(canvas, height, width) * random.uniform(0.5, 1)
        opacity_left *= 1 - covered.astype(np.float32)
    return 1 - opacity_left


def _spline(
    random: Random, root: NDArray[np.float64], angle: float, length: float, curl: float
) -> NDArray[np.float64]:
    """A curve whose direction turns by `curl` radians in all, and waves a little; (40, 2)."""
    along = np.linspace(0, 1, 40)
    waves = random.normal(0, 0.25) * np.sin(along * random.uniform(3, 25) + random.uniform(0, 6))
    direction = angle + curl * along**2 + waves
    steps = np.stack([np.cos(direction), np.sin(direction)], axis=1) * (length / 39)
    return np.asarray(root + np.cumsum(steps, axis=0), np.float64)


def _blobs(random: Random, height: int, width: int) -> Plane:
    """Ellipses over each other; a share of them blurred or see-through."""
    side = max(height, width)
    opacity_left = np.ones((height, width), np.float32)
    for _ in range(int(random.integers(1, 9))):
        canvas = np.zeros((height * _FINE, width * _FINE), np.uint8)
        centre = random.uniform(0, 1, 2) * (width, height)
        axes = random.uniform(0.03, 0.35, 2) * side
        turn = np.linspace(0, 2 * math.pi, 90, endpoint=False)
        lean, lobes = random.uniform(0, math.pi), int(random.integers(2, 7))
        radius = 1 + random.uniform(0, 0.25) * np.sin(lobes * turn + random.uniform(0, 6))
        ring = np.stack([axes[0] * np.cos(turn), axes[1] * np.sin(turn)], axis=1) * radius[:, None]
        rotation = np.array([[math.cos(lean), math.sin(lean)], [-math.sin(lean), math.cos(lean)]])
        cv2.fillPoly(canvas, [_fixed(centre + ring @ rotation)], 255, cv2.LINE_8, _SHIFT)
        covered = _average(canvas, height, width)
        if random.random() < 0.4:
            sigma = float(random.uniform(0.003, 0.05)) * side
            covered = np.asarray(cv2.GaussianBlur(covered, (0, 0), max(sigma, 0.3)), np.float32)
        if random.random() < 0.3:
            covered = covered * np.float32(random.uniform(0.1, 0.9))
        opacity_left *= 1 - covered
    return 1 - opacity_left


def _glyphs(random: Random, height: int, width: int) -> Plane:
    """Letters and polygons, filled or as outlines, at any angle."""
    fine = (height * _FINE, width * _FINE)
    canvas = np.zeros(fine, np.uint8)
    for _ in range(int(random.integers(2, 10))):
        sign = np.zeros(fine, np.uint8)
        if random.random() < 0.5:
            corners = random.normal(0, 0.15 * max(fine), (int(random.integers(3, 8)), 2))
            corners = (corners + random.uniform(0, 1, 2) * fine[::-1]) / _FINE
            cv2.fillPoly(sign, [_fixed(corners)], 255, cv2.LINE_8, _SHIFT)
        else:
            _write(random, sign)
        if random.random() < 0.25:  # a shape cut out of what is there
            canvas = np.minimum(canvas, 255 - sign)
        else:
            canvas = np.maximum(canvas, sign)
    return _average(canvas, height, width)


def _write(random: Random, canvas: NDArray[np.uint8]) -> None:
    """Writes a turned word into a (H, W) canvas."""
    height, width = canvas.shape
    letters = random.choice(list(_LETTERS), int(random.integers(1, 6)))
    scale = float(random.uniform(0.05, 0.4)) * max(height, width) / 22  # letters are 22 high at 1
    thickness = max(1, round(scale * float(random.uniform(0.5, 5))))
    upright = np.zeros_like(canvas)
    font = _FONTS[int(random.integers(len(_FONTS)))]
    start = (int(random.uniform(0, 0.6) * width), int(random.uniform(0.3, 1) * height))
    cv2.putText(upright, "".join(letters), start, font, scale, 255, thickness, cv2.LINE_8)
    centre = (width / 2, height / 2)
    turn = cv2.getRotationMatrix2D(centre, float(random.uniform(-60, 60)), 1.0)
    cv2.warpAffine(upright, turn, (width, height), dst=canvas, flags=cv2.INTER_NEAREST)


_DRAW: dict[Kind, Callable[[Random, int, int], Plane]] = {
    Kind.NOISE: _noise_alpha,
    Kind.STRANDS: _strands,
    Kind.BLOBS: _blobs,
    Kind.GLYPHS: _glyphs,
}


def _noise(random: Random, height: int, width: int) -> Plane:
    """Octaves of smooth noise, (H, W), of mean 0 and deviation 1, or 0 for a single pixel."""
    total = np.zeros((height, width), np.float32)
    roughness, cells = random.uniform(0.35, 0.75), 2
    while cells <= max(4, max(height, width) // 2):
        grid = random.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        octave = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += octave * np.float32(roughness ** math.log2(cells))
        cells *= 2
    deviation = float(total.std())
    return (total - total.mean()) / np.float32(deviation) if deviation > 1e-6 else total * 0


def _smooth(noise: Plane, random: Random) -> Plane:
    """Noise as a mixture of two colours, from soft to nearly hard."""
    return np.asarray(1 / (1 + np.exp(-noise * 2 ** random.uniform(0, 4))), np.float32)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """(N, 2) x, y in pixels as OpenCV's fixed-point coordinates on the fine canvas."""
    scaled = (points * _FINE - 0.5) * (1 << _SHIFT)
    return np.round(np.clip(scaled, -(1 << 24), 1 << 24)).astype(np.int32)


def _average(canvas: NDArray[np.uint8], height: int, width: int) -> Plane:
    """Coverage of each pixel, [0, 1], from the fine canvas."""
    fine = canvas.reshape(height, _FINE, width, _FINE)
    return np.asarray(fine.mean(axis=(1, 3), dtype=np.float32) / 255, np.float32)
