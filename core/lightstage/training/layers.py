"""The layers of a sample, made on the CPU: decoding, framing, light. Small enough to send to a GPU.

compose.py makes the sample of them. Three moments each: the frame before, this one, the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.lightstage.capture.recipe import lamp_directions

from .backgrounds import Backdrop, Backgrounds, Source
from .framing import Matrix, end_uncut, mirror, motion, place_edge, place_whole, scaled, warp
from .lighting import luminance
from .procedural import draw_subject
from .sample_options import Framing, SampleOptions
from .stored import Plane, StoredCapture, shade

MOMENTS = 3
_SHADE_SCALE = 4  # pixels of a sample along a side of a pixel of its shading
_FAINTEST = 1 / 512  # alpha below it is what resampling left over
_LAMPS = 16  # of procedural subjects
_FARTHEST = 3.0  # stops between subject and set; more, and people on a set bring lamps
_LARGE = 2  # times the sample's size: a capture to take crops of


class Captures(Protocol):
    """What samples are made of: Pieces, or a list that looks like it."""

    def __len__(self) -> int:
        """The number of captures."""
        ...

    def frames(self, index: int) -> int:
        """How many frames a capture has."""
        ...

    def side(self, index: int) -> int:
        """Height or width of a capture in pixels, whichever is less."""
        ...

    def load(self, index: int, *, frames: Sequence[int] | None = None) -> StoredCapture:
        """A capture, or some frames of it."""
        ...


def make_layers(
    number: int, captures: Captures, backgrounds: Backgrounds, options: SampleOptions
) -> dict[str, Tensor]:
    """The layers of sample `number`; the same number and options always give the same.

    Captures come in an order of chance, each once before any comes again; a share of the samples
    goes to procedural subjects instead.

    Args:
        number: of the sample, 0 or more.
        captures: may be empty if all subjects are procedural.
        backgrounds: see Backgrounds.
        options: see SampleOptions.

    Returns:
        foreground: (3, 3, S, S) straight, scene-linear, under white light.
        alpha: (3, 1, S, S) in [0, 1].
        shading: (3, 3, S/4, S/4) what light makes of white.
        background: (3, 3, S, S) scene-linear.
        has_neighbours: (1,) 1, or 0: then all moments are this one.
        number, capture (-1 is procedural), source (in the order of Source), seed: ().

    Raises:
        InputError: a capture or a background cannot be read.
    """
    random = np.random.default_rng([options.seed, number])
    chosen = _turn(number, captures, options, random)
    if chosen < 0 or random.random() < options.procedural_share:
        chosen, subject = -1, _drawn(random, options)
    else:
        subject = _captured(random, captures, chosen, options)
    is_alone = random.random() < options.alone_chance
    moves = _moves(random, options, subject)
    margin = round(options.size / 16)
    backdrop = backgrounds.draw(random, options.size + 2 * margin, subject.directions)
    gain = 2 ** random.uniform(-options.light, options.light)
    lights = backdrop.lights * (gain if random.random() < options.light_chance else 1.0)

    moments: list[list[Plane]] = []
    for camera, path in moves if not is_alone else moves[1:2]:
        behind = _seen(backdrop, camera, margin, options.size)
        frame = 0 if len(subject.layers) == 1 else len(moments)
        moments.append([*subject.at(frame, camera @ path, lights, options.size), behind])
    if is_alone:
        moments *= MOMENTS
    foreground, alpha, shading, background = (np.stack(each) for each in zip(*moments, strict=True))
    balance, exposure = _levels(random, foreground[1], alpha[1], shading[1], background[1], options)
    if random.random() < options.empty_chance:
        alpha = np.zeros_like(alpha)
    return {
        "foreground": _planar(foreground),
        "alpha": _planar(alpha[..., None]),
        "shading": _planar(shading * (balance * exposure)),
        "background": _planar(background * exposure),
        "has_neighbours": torch.tensor([0.0 if is_alone else 1.0]),
        "number": torch.tensor(number),
        "capture": torch.tensor(chosen),
        "source": torch.tensor(list(Source).index(backdrop.source)),
        "seed": torch.tensor(int(random.integers(2**62))),
    }


@dataclass(frozen=True)
class _Subject:
    """A subject and where it goes.

    Attributes:
        layers: (H, W, 4) foreground and alpha of each frame: one, or MOMENTS.
        shares: (L, h, w) of each frame; see StoredCapture.
        scale: see StoredCapture.
        directions: (L, 3) to the lamps, as the subject is mirrored.
        matrix: from its pixels to the sample's.
    """

    layers: list[Plane]
    shares: list[Plane]
    scale: int
    directions: Plane
    matrix: Matrix

    def at(self, frame: int, moved: Matrix, lights: Plane, size: int) -> tuple[Plane, ...]:
        """Foreground (S, S, 3), alpha (S, S) and shading (S/4, S/4, 3) in the sample."""
        matrix = moved @ self.matrix
        layers = warp(self.layers[frame], matrix, size, size)
        alpha = layers[..., 3].clip(0, 1)
        alpha = np.where(alpha < _FAINTEST, np.float32(0), alpha)
        small = -(-size // _SHADE_SCALE)
        lit = shade(self.shares[frame], lights).transpose(1, 2, 0)
        matrix = np.linalg.inv(scaled(_SHADE_SCALE)) @ matrix @ scaled(self.scale)
        shading = warp(np.ascontiguousarray(lit), matrix, small, small, kernel=cv2.INTER_LINEAR)
        return np.maximum(layers[..., :3], 0), alpha, shading


def _captured(
    random: np.random.Generator, captures: Captures, index: int, options: SampleOptions
) -> _Subject:
    """A capture in its place; of a clip, any three frames that follow each other."""
    count = captures.frames(index)
    middle = int(random.integers(1, count - 1)) if count >= MOMENTS else 0
    frames = (middle - 1, middle, middle + 1) if count >= MOMENTS else (0,)
    capture = captures.load(index, frames=frames)
    ended = np.stack([end_uncut(each) for each in capture.alpha])
    layers = np.concatenate([capture.foreground, ended[..., None]], axis=-1)
    alpha, directions, turn = capture.alpha[len(frames) // 2], capture.directions, np.eye(3)
    if random.random() < options.flip_chance:
        directions = directions * np.array([-1, 1, 1], np.float32)
        alpha, turn = alpha[:, ::-1], mirror(alpha.shape[1])
    if options.framing is Framing.WHOLE:
        matrix = place_whole(random, alpha, options.size)
    else:
        is_smaller, part = (
            random.random() < options.rescale_chance,
            random.uniform(options.rescale, 1),
        )
        scale = _scale_without_grain(capture, options) * (part if is_smaller else 1.0)
        matrix = place_edge(random, alpha, options.size, scale=scale)
    return _Subject(list(layers), list(capture.shares), capture.scale, directions, matrix @ turn)


def _scale_without_grain(capture: StoredCapture, options: SampleOptions) -> float:
    """At which a pixel averages enough of the renderer's samples, at most 1."""
    samples = capture.samples or options.least_samples
    return min(1.0, math.sqrt(samples / options.least_samples))


def _drawn(random: np.random.Generator, options: SampleOptions) -> _Subject:
    """A procedural subject, lit from everywhere alike."""
    size = options.size
    drawn = draw_subject(int(random.integers(2**31)), height=size, width=size)
    layers = torch.cat([drawn.foreground, drawn.alpha]).permute(1, 2, 0).numpy()
    directions = lamp_directions(_LAMPS).astype(np.float32)
    shares = np.full((_LAMPS, 1, 1), 1 / _LAMPS, np.float32)
    return _Subject([np.ascontiguousarray(layers)], [shares], size, directions, np.eye(3))


def _moves(
    random: np.random.Generator, options: SampleOptions, subject: _Subject
) -> list[tuple[Matrix, Matrix]]:
    """For each moment, what the camera does to all of the sample, and what the subject does."""
    size, still = options.size, np.eye(3)
    camera = motion(random, options.camera_motion, (size / 2, size / 2), size)
    if random.random() >= options.camera_chance:
        camera = (still, still)
    height, width = subject.layers[0].shape[:2]
    middle = subject.matrix @ (width / 2, height / 2, 1)
    # A crop shows a part of the picture: what moves by a part of the picture moves far in it.
    extent = max(height, width) * math.sqrt(abs(float(np.linalg.det(subject.matrix[:2, :2]))))
    path = motion(random, options.subject_motion, (middle[0], middle[1]), round(max(extent, 1)))
    if len(subject.layers) == MOMENTS:
        path = (still, still)
    return [(camera[0], path[0]), (still, still), (camera[1], path[1])]


def _seen(backdrop: Backdrop, camera: Matrix, margin: int, size: int) -> Plane:
    """The background, (S, S, 3), as the camera has moved; the margin is what it may move by."""
    picture = backdrop.picture
    if np.array_equal(camera, np.eye(3)):
        return picture[margin : margin + size, margin : margin + size]
    into_middle = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1.0]])
    return np.maximum(warp(picture, camera @ into_middle, size, size), 0)


def _levels(
    random: np.random.Generator,
    foreground: Plane,
    alpha: Plane,
    shading: Plane,
    background: Plane,
    options: SampleOptions,
) -> tuple[np.float32, np.float32]:
    """Two factors: the subject's, that keeps it within a few stops of the set, and everything's.

    The second brings both, averaged in stops, to about 18 % grey.
    """
    sparse = slice(None, None, _SHADE_SCALE)
    lit = luminance(foreground[sparse, sparse] * shading)[alpha[sparse, sparse] > 0.5]
    behind = _stops(luminance(background[sparse, sparse]))
    own = _stops(lit) if lit.size else behind
    balanced = behind + min(max(own - behind, -_FARTHEST), _FARTHEST)
    stops = math.log2(0.18) - (behind + balanced) / 2 + random.normal(0, options.exposure)
    return np.float32(2 ** (balanced - own)), np.float32(2**stops)


def _stops(levels: Plane) -> float:
    return float(np.log2(np.maximum(levels, 1e-5)).mean())


def _planar(moments: Plane) -> Tensor:
    """(T, H, W, C) as (T, C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(moments.transpose(0, 3, 1, 2), np.float32))


def _turn(
    number: int, captures: Captures, options: SampleOptions, random: np.random.Generator
) -> int:
    """Which capture is sample `number`'s, -1 if there are none."""
    indices: Sequence[int] = range(len(captures))
    if options.framing is Framing.EDGES and random.random() < options.large_chance:
        large = [index for index in indices if captures.side(index) >= _LARGE * options.size]
        indices = large or indices
    if not indices:
        return -1
    cycle, place = divmod(number, len(indices))
    order = np.random.default_rng([options.seed, cycle, len(indices)]).permutation(len(indices))
    return indices[int(order[place])]
