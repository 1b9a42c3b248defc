"""Where backgrounds come from, and the light that belongs to each.

Panoramas give both, sometimes helped by lamps; photographs and rendered pictures light the subject
by themselves, as well as one can guess, or by lamps; patterns are drawn. Everything is
scene-linear Rec.709.
"""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from platekey.core.colour.colour import DEFAULT_SPACE, convert, resolve_input_space
from platekey.core.errors import InputError, MissingFrame, OptionError
from platekey.core.frames.image_io import read_frame, read_header
from platekey.core.frames.layers import rgb
from platekey.core.lightstage.light.virtual_camera import VirtualCamera, crop_panorama

from .lighting import (
    lamp_lights,
    luminance,
    mean_luminance,
    panorama_behind,
    random_lights,
    small_panorama,
)
from .procedural import draw_texture
from .stored import Plane

_LOG = logging.getLogger(__name__)
_LARGEST_SIDE = 2048  # pixels of a picture that are kept; backgrounds are shown at a few hundred
_CACHE = 384 << 20  # bytes of pictures that are kept
_LAMPS_TOO = 0.3  # how often a panorama is helped by lamps, as on a set
_ENDINGS = {".exr", ".hdr", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".dpx"}


class Source(Enum):
    """The kinds of backgrounds."""

    PANORAMA = "panorama"  # a crop of a sphere, which lights the subject too
    PHOTOGRAPH = "photograph"  # 8 or 16 bits, its highlights are brought back
    RENDER = "render"  # a scene-linear picture
    PATTERN = "pattern"  # drawn, with lamps


@dataclass(frozen=True)
class Backdrop:
    """A background, and the light in front of it.

    Attributes:
        picture: (H, W, 3) scene-linear.
        lights: (L, 3) what each lamp of the capture gives.
        source: what it is.
    """

    picture: Plane
    lights: Plane
    source: Source


class Backgrounds:
    """All backgrounds of a training. The same random numbers draw the same ones."""

    def __init__(
        self, files: Sequence[tuple[Source, Path]] = (), *, pattern_share: float = 0.15
    ) -> None:
        """Takes files as find_backgrounds lists them; without any, all backgrounds are patterns.

        Args:
            files: pictures and what they are.
            pattern_share: how many are drawn all the same, 0 to 1.

        Raises:
            OptionError: the share is out of range.
        """
        if not 0 <= pattern_share <= 1:
            raise OptionError(f"pattern_share is {pattern_share}; it must be from 0 to 1.")
        self._files = list(files)
        self._pattern_share = pattern_share if self._files else 1.0
        self._kinds = sorted({kind for kind, _ in self._files}, key=lambda kind: kind.value)
        self._cache: OrderedDict[Path, NDArray[np.float16]] = OrderedDict()

    def draw(self, random: np.random.Generator, size: int, directions: Plane) -> Backdrop:
        """A background of size x size pixels, with its light; each kind of files as often.

        Args:
            random: of random numbers.
            size: pixels.
            directions: (L, 3) the lamps of the capture; see StoredCapture.

        Raises:
            InputError: a file that cannot be read.
        """
        if random.random() < self._pattern_share:
            texture = draw_texture(random, size, size).permute(1, 2, 0).numpy()
            picture = np.ascontiguousarray(texture)
            return Backdrop(picture, _lights_before(picture, random, directions), Source.PATTERN)
        kind = self._kinds[int(random.integers(len(self._kinds)))]
        paths = [path for other, path in self._files if other is kind]
        path = paths[int(random.integers(len(paths)))]
        pixels = self._pixels(path, kind)
        if kind is Source.PANORAMA:
            return _crop_panorama(pixels, random, size, directions)
        picture = _crop_picture(pixels, random, size)
        if kind is Source.PHOTOGRAPH and random.random() < 0.5:
            picture = _with_highlights(picture, random)
        return Backdrop(picture, _lights_before(picture, random, directions), kind)

    def _pixels(self, path: Path, kind: Source) -> NDArray[np.float16]:
        """A picture from the cache, or read: half floats, the long side at most _LARGEST_SIDE.

        Panoramas may be twice as wide, for a crop shows a part of them only.
        """
        if path in self._cache:
            self._cache.move_to_end(path)
            return self._cache[path]
        frame = read_frame(str(path))
        space, _ = resolve_input_space("", frame)
        pixels = np.ascontiguousarray(convert(rgb(frame), space, DEFAULT_SPACE), np.float32)
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=6e4, neginf=0.0).clip(0, 6e4)
        largest = 2 * _LARGEST_SIDE if kind is Source.PANORAMA else _LARGEST_SIDE
        factor = math.ceil(max(pixels.shape[:2]) / largest)
        if factor > 1:
            size = (pixels.shape[1] // factor, pixels.shape[0] // factor)
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
        self._cache[path] = pixels.astype(np.float16)
        while len(self._cache) > 1 and sum(p.nbytes for p in self._cache.values()) > _CACHE:
            self._cache.popitem(last=False)
        return self._cache[path]


def find_backgrounds(folder: Path) -> list[tuple[Source, Path]]:
    """The pictures anywhere below a folder, sorted, and what they are.

    HDR and EXR files twice as wide as high are panoramas, others renders; all else photographs.
    What is no picture at all is left out with a warning, so that no training ends on it at night.

    Raises:
        MissingFrame: no such folder, or no pictures in it.
    """
    found: list[tuple[Source, Path]] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in _ENDINGS or path.name.startswith(".") or not path.is_file():
            continue
        try:
            found.append((_kind(path), path))
        except InputError as error:
            _LOG.warning("left out: %s", error)
    if not found:
        raise MissingFrame(
            f"{folder} holds no pictures; name a folder of panoramas, photographs or renders."
        )
    return found


def _kind(path: Path) -> Source:
    window = read_header(str(path)).data_window
    if path.suffix.lower() not in (".exr", ".hdr"):
        return Source.PHOTOGRAPH
    return Source.PANORAMA if window.width == 2 * window.height else Source.RENDER


def _crop_panorama(
    pixels: NDArray[np.float16], random: np.random.Generator, size: int, directions: Plane
) -> Backdrop:
    """What a camera that looks anywhere near the horizon sees, and its light."""
    camera = VirtualCamera(
        yaw=float(random.uniform(0, 360)),
        pitch=float(random.normal(0, 8)),
        field_of_view=float(random.uniform(35, 80)),
        height=size,
        width=size,
        roll=float(random.normal(0, 2)),
    )
    panorama = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
    picture = crop_panorama(panorama, camera)[0].permute(1, 2, 0).numpy()
    small = small_panorama(panorama)
    lights = lamp_lights(small, directions, camera)
    if random.random() < _LAMPS_TOO:
        lamps = lamp_lights(random_lights(random), directions)
        lights = lights + lamps * np.float32(random.uniform(0.2, 1.5) * mean_luminance(small))
    return Backdrop(np.ascontiguousarray(picture), lights, Source.PANORAMA)


def _crop_picture(pixels: NDArray[np.float16], random: np.random.Generator, size: int) -> Plane:
    """A square anywhere, from the pixels as they are to the whole picture, perhaps mirrored."""
    height, width = pixels.shape[:2]
    whole = min(height, width)
    side = round(math.exp(random.uniform(math.log(min(size, whole)), math.log(whole))))
    top, left = (int(random.integers(extent - side + 1)) for extent in (height, width))
    crop = pixels[top : top + side, left : left + side].astype(np.float32)
    kernel = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    picture = np.asarray(cv2.resize(crop, (size, size), interpolation=kernel), np.float32)
    return np.ascontiguousarray(picture[:, ::-1] if random.random() < 0.5 else picture)


def _with_highlights(picture: Plane, random: np.random.Generator) -> Plane:
    """Takes what a display clipped, windows and lamps, up to 20 times higher."""
    near_white = np.clip((luminance(picture) - 0.7) / 0.3, 0, 1)[..., None] ** 2
    return np.asarray(picture * (1 + near_white * 20 ** random.uniform(0, 1)), np.float32)


def _lights_before(picture: Plane, random: np.random.Generator, directions: Plane) -> Plane:
    """The light of the picture itself, of lamps, or of both; as bright as the picture."""
    own = panorama_behind(picture)
    part = float(np.clip(random.uniform(-0.3, 1.3), 0, 1))
    lamps = random_lights(random) * mean_luminance(own)
    return lamp_lights(torch.lerp(own, lamps, part), directions)
