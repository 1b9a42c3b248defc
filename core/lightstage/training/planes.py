"""How the planes of a stored capture become 8 and 16 bit pictures, and back; see coding.py."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import OutputError, UnreadableFile

from .picture_size import picture_size
from .stored import Plane

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]

_TILE = 8  # shares begin on a block of the JPEG, so that lamps do not bleed into each other
_NOTHING = 65535  # depth of pixels where nothing is
_STEPS = 16.0  # of motion in a pixel
_STILL = 32768


def code_colour(colour: Plane, peak: float, power: float) -> Bytes:
    """(value / peak) ^ (1 / power) in 8 bits; light below 0 is noise and becomes 0."""
    return code_eight_bits(np.clip(colour / np.float32(peak), 0, 1) ** np.float32(1 / power))


def play_colour(coded: Bytes, peak: float, power: float) -> Plane:
    """The inverse of code_colour."""
    levels = peak * (np.arange(256) / 255) ** power
    return np.asarray(levels.astype(np.float32)[coded])


def code_eight_bits(plane: Plane) -> Bytes:
    """[0, 1] in 8 bits."""
    return np.asarray(np.round(np.clip(plane, 0, 1) * 255), np.uint8)


def play_eight_bits(coded: Bytes) -> Plane:
    """The inverse of code_eight_bits."""
    return coded.astype(np.float32) / np.float32(255)


def mosaic_size(lamps: int, height: int, width: int) -> tuple[int, int]:
    """Of the picture that holds the shares of `lamps`, each (height, width)."""
    columns = math.ceil(math.sqrt(lamps))
    tile = (-(-side // _TILE) * _TILE for side in (height, width))
    rows_high, tile_wide = tile
    return -(-lamps // columns) * rows_high, columns * tile_wide


def code_shares(shares: Plane, largest: float) -> Bytes:
    """(L, h, w) as one picture: the root of each share, for small ones matter too."""
    lamps, height, width = shares.shape
    down, across = -height % _TILE, -width % _TILE
    tiles = np.pad(shares, ((0, 0), (0, down), (0, across)), mode="edge")
    columns = math.ceil(math.sqrt(lamps))
    rows = -(-lamps // columns)
    sheet = np.zeros((rows * columns, *tiles.shape[1:]), np.float32)
    sheet[:lamps] = np.sqrt(np.clip(tiles / np.float32(largest), 0, 1))
    sheet = sheet.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return code_eight_bits(sheet.reshape(rows * tiles.shape[1], columns * tiles.shape[2]))


def play_shares(coded: Bytes, lamps: int, height: int, width: int) -> Plane:
    """(L, h, w), the inverse of code_shares; over L they add up to 1."""
    columns = math.ceil(math.sqrt(lamps))
    rows = -(-lamps // columns)
    tile = coded.shape[0] // rows, coded.shape[1] // columns
    tiles = coded.reshape(rows, tile[0], columns, tile[1]).swapaxes(1, 2).reshape(-1, *tile)
    squared = np.square(tiles[:lamps, :height, :width].astype(np.float32))
    total = squared.sum(0)
    return np.where(total > 0, squared / np.maximum(total, 1), np.float32(1 / lamps))


def code_depth(depth: Plane, near: float, far: float) -> Words:
    """The logarithm of metres between near and far, in 65535 steps."""
    known = np.isfinite(depth)
    metres = np.clip(np.where(known, depth, near), near, far)
    part = np.log(metres / near) / max(math.log(far / near), 1e-9)
    return np.where(known, np.round(part * (_NOTHING - 1)), _NOTHING).astype(np.uint16)


def play_depth(coded: Words, near: float, far: float) -> Plane:
    """The inverse of code_depth."""
    part = coded.astype(np.float32) / np.float32(_NOTHING - 1)
    metres = np.float32(near) * np.exp(part * np.float32(math.log(far / near)))
    return np.where(coded == _NOTHING, np.float32(np.inf), metres).astype(np.float32)


def code_motion(motion: Plane) -> Words:
    """(h, w, 2) as (2 h, w): right above down, in sixteenths of a pixel."""
    stacked = np.concatenate([motion[..., 0], motion[..., 1]])
    return np.asarray(np.clip(np.round(stacked * _STEPS) + _STILL, 0, 65535), np.uint16)


def play_motion(coded: Words) -> Plane:
    """The inverse of code_motion."""
    pixels = (coded.astype(np.float32) - _STILL) / np.float32(_STEPS)
    return np.stack(np.split(pixels, 2), axis=-1)


def jpeg(coded: Bytes, quality: int) -> bytes:
    """A JPEG of grey, or of R G B at full resolution."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    options += [cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return _coded(".jpg", coded[..., ::-1] if coded.ndim == 3 else coded, options)


def png(coded: Bytes | Words) -> bytes:
    """A PNG, lossless."""
    return _coded(".png", coded, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _coded(ending: str, picture: Any, options: list[int]) -> bytes:
    done, data = cv2.imencode(ending, np.ascontiguousarray(picture), options)
    if not done:
        raise OutputError(
            f"a picture of {picture.shape} cannot be coded as {ending}; free some memory."
        )
    return bytes(data)


def decode_picture(data: bytes, shape: tuple[int, ...], kind: type, source: str) -> NDArray[Any]:
    """Decodes a JPEG or PNG that must have this shape and kind of numbers.

    Raises:
        UnreadableFile: it is damaged, or another; its size is looked at before it is decoded.
    """
    size = picture_size(data)
    if size != shape[:2]:
        told = f"it is {size[1]}x{size[0]}" if size else "it is no JPEG or PNG"
        raise UnreadableFile(
            f"{source} should be a picture of {shape[1]}x{shape[0]}, but {told}; pack it again."
        )
    buffer = np.frombuffer(data, np.uint8)
    try:
        picture: NDArray[Any] | None = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        picture = None
    if picture is None or picture.shape != shape or picture.dtype != kind:
        raise UnreadableFile(f"{source} cannot be decoded; pack it again.")
    return picture[..., ::-1] if picture.ndim == 3 else picture
