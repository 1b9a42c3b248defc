"""Shots for the clean plates' benchmark: a rendered subject with truth over a known background."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch

from platekey.core.clean.footage import Footage, Seen
from platekey.core.filters import reduce
from platekey.core.frames.image_io import read_frame
from platekey.core.frames.layers import rgb
from platekey.core.frames.sequence import find_sequence

FACTOR = 3  # the shots are made at a third of the size of what they are made of


def tensor(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


def noise_of(light):
    """Deviation of the camera's noise, that of the rendered shots."""
    return (6e-5 * light.clamp_min(0) + 1e-6).sqrt()


def grainy(picture, seed):
    generator = torch.Generator().manual_seed(seed)
    return picture + noise_of(picture) * torch.randn(picture.shape, generator=generator)


@dataclass(frozen=True)
class Material:
    """What shots are made of.

    Attributes:
        shot: folder with gt/fg and gt/alpha of a subject.
        background: picture without a subject, as large as that shot's.
    """

    shot: Path
    background: Path

    @cached_property
    def subjects(self):
        """Premultiplied colour and alpha of each frame."""
        colours = find_sequence(str(self.shot / "gt/fg.####.exr"))
        alphas = find_sequence(str(self.shot / "gt/alpha.####.exr"))
        return [
            (
                reduce(tensor(rgb(colours.read(number))), FACTOR),
                reduce(tensor(alphas.read(number).select("A")), FACTOR),
            )
            for number in colours.frames
        ]

    @cached_property
    def place(self):
        """The background at its full size: moving cameras look at parts of it."""
        return tensor(rgb(read_frame(str(self.background))))

    @cached_property
    def still(self):
        """The background of a resting camera."""
        return reduce(self.place, FACTOR)

    def subject(self, number, across):
        """Colour and alpha of a frame, moved by so many pixels to the right."""
        parts = self.subjects[number % len(self.subjects)]
        return tuple(_moved(part, round(across)) for part in parts)

    def over(self, background, number, across):
        """A grainy plate and its true alpha."""
        colour, alpha = self.subject(number, across)
        return grainy(colour + background * (1 - alpha), 1000 + number), alpha


def _moved(picture, across):
    moved = torch.zeros_like(picture)
    width = picture.shape[-1]
    if across >= 0:
        moved[..., across:] = picture[..., : width - across]
    else:
        moved[..., :across] = picture[..., -across:]
    return moved


def look(place, x, y, turn, zoom, height, width):
    """What a camera sees of a place: a crop at x, y, turned by radians, enlarged by zoom."""
    cos, sin = np.cos(turn) / zoom, np.sin(turn) / zoom
    to_place = np.array([[cos, -sin, x], [sin, cos, y]], np.float32)
    pixels = np.ascontiguousarray(place[0].permute(1, 2, 0).numpy())
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(
        pixels, to_place, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return tensor(seen)


def footage_of(pictures, mattes=None):
    """Footage of a list of pictures, hidden where the mattes say subject."""
    shown = torch.ones_like(pictures[0][:, :1])
    visible = [shown] * len(pictures) if mattes is None else [(m < 0.02).float() for m in mattes]
    return Footage(
        tuple(range(1, len(pictures) + 1)),
        lambda number: Seen(pictures[number - 1], visible[number - 1]),
    )
