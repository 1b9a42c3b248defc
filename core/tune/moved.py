"""The shot's own subject elsewhere before the shot's own background: a new frame, its matte known.

A matte that an artist or the teacher made is right for such a frame by construction, because the
frame is made of it. It teaches this hair before all of this background.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.network.cues import noise_variance
from platekey.core.network.linear import unmix
from platekey.core.plate.noise import NoiseModel
from platekey.core.train.adversarial import Anchor

from .prepared import Key, PreparedFrame, prepare_frame

_FURTHEST = 0.35  # of the frame's sides, by which the subject is moved
_SCALES = (0.8, 1.25)
_TURN = 8.0  # degrees, standard deviation
_GAIN = 0.2  # stops by which the subject is lit otherwise, standard deviation
_DRIFT = 0.02  # stops by which the clean plate is off, standard deviation, a channel


def moved_frame(frame: PreparedFrame, anchor: Anchor, random: np.random.Generator) -> PreparedFrame:
    """Moves the subject of a frame; the new frame's matte is its key.

    Args:
        frame: with its key, if it has one: alpha is the key's where that counts.
        anchor: the teacher's matte of the frame.
        random: draws where the subject goes.
    """
    cues = frame.cues
    alpha, sure = anchor.alpha, (anchor.trust > 0.5).to(anchor.alpha.dtype)
    if frame.key is not None:
        counts = frame.key.weight
        alpha, sure = torch.lerp(alpha, frame.key.alpha, counts), torch.maximum(sure, counts)
    variance = noise_variance(cues)
    foreground = unmix(
        cues.plate, variance, cues.exposure, alpha, anchor.foreground, cues.clean_plate
    )
    lit = foreground * 2.0 ** float(random.normal(0, _GAIN)) * alpha
    height, width = alpha.shape[-2:]
    matrix = _motion(random, height, width)
    moved = [_warped(each, matrix) for each in (lit, alpha, 1 - sure)]
    moved_alpha = moved[1].clamp(0, 1)
    inside = (moved[2] < 0.01).to(alpha.dtype)  # what comes from outside is surely nothing
    generator = torch.Generator().manual_seed(int(random.integers(2**31)))
    grain = torch.randn(cues.plate.shape, generator=generator).to(cues.plate)
    gains = torch.exp2(_DRIFT * torch.randn((1, 3, 1, 1), generator=generator)).to(cues.plate)
    behind = cues.clean_plate + grain * (variance / 2).sqrt()
    plate = moved[0] + (1 - moved_alpha) * behind
    known = frame.conditioned
    half = NoiseModel(known.plate_noise.gain / 2, known.plate_noise.read / 2)
    conditioned = replace(
        known, clean_plate=known.clean_plate * gains, plate_noise=half, clean_noise=half
    )
    made = prepare_frame(plate, conditioned)
    key = Key(moved_alpha, inside, torch.zeros_like(inside))
    colour = torch.where(moved_alpha > 0.02, moved[0] / moved_alpha.clamp_min(0.02), plate)
    known_matte = Anchor(moved_alpha, colour, inside)
    return replace(made, anchor=known_matte, key=key)


def _motion(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A 2x3 matrix: mirrored or not, scaled, turned, shifted."""
    scale = float(np.exp(random.uniform(*np.log(_SCALES))))
    turn = float(random.normal(0, _TURN))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    if random.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    matrix[0, 2] += random.uniform(-_FURTHEST, _FURTHEST) * width
    matrix[1, 2] += random.uniform(-_FURTHEST, _FURTHEST) / 2 * height
    return np.asarray(matrix, np.float32)


def _warped(x: Tensor, matrix: np.ndarray) -> Tensor:
    """(1, C, H, W) moved; nothing comes from outside."""
    pixels = np.ascontiguousarray(x[0].permute(1, 2, 0).cpu().numpy())
    size = (x.shape[-1], x.shape[-2])
    moved = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR)
    planes = np.asarray(moved, np.float32).reshape(x.shape[-2], x.shape[-1], x.shape[1])
    return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None].to(x)
