"""What a camera and its recording do to a picture: noise, chroma sub-sampling, block compression.

Pictures are (B, 3, H, W) scene-linear, unbounded; a value for each picture of a batch is
(B, 1, 1, 1). Codecs work on the log-like encoding of core/plate/encoding.py, as cameras record log.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import reduce
from platekey.core.plate.encoding import decode, encode

_BLOCK = 8  # pixels
# Luma and colour differences of ITU-R BT.709; the differences are scaled to the range of luma.
_TO_LUMA_CHROMA = (
    (0.2126, 0.7152, 0.0722),
    (-0.2126 / 1.8556, -0.7152 / 1.8556, 0.5),
    (0.5, -0.7152 / 1.5748, -0.0722 / 1.5748),
)


def draw_normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal values of `like`'s shape, on its device; drawn on the generator's device."""
    drawn = torch.randn(like.shape, generator=generator, device=generator.device)
    return drawn.to(like)


def add_noise(picture: Tensor, *, gain: Tensor, read: Tensor, generator: torch.Generator) -> Tensor:
    """Sensor noise: variance = gain · light + read², each pixel and channel by itself.

    Args:
        picture: scene-linear.
        gain: shot noise, linear units; 1e-6 (clean) to 1e-3 (a phone at night).
        read: deviation in the dark, linear units; 1e-4 to 1e-2.
        generator: drawing again gives an independent exposure.
    """
    deviation = (gain * picture.clamp_min(0) + read**2).sqrt()
    return picture + deviation * draw_normal(picture, generator)


def subsample_chroma(picture: Tensor, *, rows: int, columns: int) -> Tensor:
    """Records colour differences at a lower resolution than luma, and plays them back.

    Args:
        picture: scene-linear.
        rows: pixels down that share a colour: 1 for 4:4:4 and 4:2:2, 2 for 4:2:0.
        columns: pixels across that share one: 1 for 4:4:4, 2 for 4:2:2 and 4:2:0.
    """
    if rows == columns == 1:
        return picture
    recorded = _mix(encode(picture), _matrix(picture))
    height, width = picture.shape[-2:]
    padded = nnf.pad(recorded[:, 1:], (0, -width % columns, 0, -height % rows), mode="replicate")
    small = nnf.avg_pool2d(padded, (rows, columns))
    size = padded.shape[-2:]
    played = nnf.interpolate(small, size=size, mode="bilinear", align_corners=False)
    played = torch.cat([recorded[:, :1], played[..., :height, :width]], dim=1)
    return decode(_mix(played, torch.linalg.inv(_matrix(picture))))


def compress(picture: Tensor, *, step: Tensor) -> Tensor:
    """Block noise of intra-frame codecs: 8x8 cosine coefficients, rounded to multiples of a step.

    The step grows with frequency, to 4 times at the highest, is twice as large for colour
    differences, and a quarter for the mean of a block.

    Args:
        picture: scene-linear.
        step: (B, 1, 1, 1) stops; 0 leaves a picture as it is, 0.01 is a mezzanine, 0.2 shows.
    """
    height, width = picture.shape[-2:]
    recorded = _mix(encode(picture), _matrix(picture))
    padding = (0, -width % _BLOCK, 0, -height % _BLOCK)
    blocks = nnf.pad(recorded, padding, mode="replicate")
    rows, columns = (n // _BLOCK for n in blocks.shape[2:])
    blocks = blocks.reshape(len(picture), 3, rows, _BLOCK, columns, _BLOCK)
    basis = _cosine_basis(picture)
    coefficients = torch.einsum("kr,bcyrxs,ls->bcykxl", basis, blocks, basis)
    frequency = torch.arange(_BLOCK, device=picture.device, dtype=picture.dtype)
    both = (frequency[:, None] + frequency)[:, None]  # 8, 1, 8: rows and columns within a block
    ramp = 1 + 3 * both / (2 * (_BLOCK - 1))
    ramp[0, 0, 0] = 0.25
    chroma = picture.new_tensor((1.0, 2.0, 2.0)).view(1, 3, 1, 1, 1, 1)
    steps = step.reshape(-1, 1, 1, 1, 1, 1) * ramp * chroma
    is_coded = steps > 0
    divisor = torch.where(is_coded, steps, 1)
    rounded = torch.where(is_coded, (coefficients / divisor).round() * divisor, coefficients)
    blocks = torch.einsum("kr,bcykxl,ls->bcyrxs", basis, rounded, basis)
    played = blocks.flatten(4, 5).flatten(2, 3)[..., :height, :width]
    coded = decode(_mix(played, torch.linalg.inv(_matrix(picture))))
    return torch.where(step.reshape(-1, 1, 1, 1) > 0, coded, picture)


def defocus(picture: Tensor, radius: Tensor) -> Tensor:
    """Blurs by a disc, per picture: energy is kept, bright spots become discs.

    Args:
        picture: (B, C, H, W), scene-linear or alpha.
        radius: of the circle of confusion, (B, 1, 1, 1) in pixels, 0 to 8; below half a pixel
            nothing changes.
    """
    batch, channels = picture.shape[:2]
    reach = math.ceil(float(radius.max())) if batch else 0
    if reach < 1:
        return picture
    offset = torch.arange(-reach, reach + 1, device=picture.device, dtype=picture.dtype)
    # Coverage of a pixel by the disc, from 5x5 points in it.
    inner = (torch.arange(5, device=picture.device, dtype=picture.dtype) - 2) / 5
    fine = (offset[:, None] + inner).flatten()
    inside = (torch.hypot(fine[:, None], fine) <= radius.clamp_min(0.1).to(picture)).float()
    kernels = reduce(inside, 5)
    kernels = kernels / kernels.sum((-2, -1), keepdim=True)  # B, 1, k, k
    kernels = kernels.expand(batch, channels, -1, -1).reshape(
        batch * channels, 1, *kernels.shape[2:]
    )
    padded = nnf.pad(picture, (reach,) * 4, mode="replicate")
    blurred = nnf.conv2d(padded.flatten(0, 1)[None], kernels.to(picture), groups=batch * channels)
    return blurred.view_as(picture)


def _mix(picture: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", matrix, picture)


def _matrix(like: Tensor) -> Tensor:
    return like.new_tensor(_TO_LUMA_CHROMA)


def _cosine_basis(like: Tensor) -> Tensor:
    """The orthonormal DCT-II: row k is the cosine of frequency k, (8, 8)."""
    index = torch.arange(_BLOCK, device=like.device, dtype=like.dtype)
    basis = torch.cos(math.pi / _BLOCK * (index + 0.5) * index[:, None])
    basis[0] *= math.sqrt(0.5)
    return basis * math.sqrt(2 / _BLOCK)
