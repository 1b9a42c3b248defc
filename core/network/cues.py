"""What the network is given, and how it sees it: encoded, exposure-normalised, noise-relative.

| features | channels | what |
|---|---|---|
| picture | 3 | the plate, encoded: stops, about -1 to 1 |
| clean plate | 10 | encoded; the plate against it in stops, and in noise; where it is known |
| hint | 2 | a coarse alpha, -1 to 1, and whether there is one |
| motion | 13 | the plates beside it against plate and clean plate, and whether there are any |
| prior | 8 | a matte by other means: alpha, its foreground against the plate, shadow, doubt |

Exposure-normalised: the clean plate's median is brought to 18 % grey, so that the same shot one
stop darker looks the same. Absent cues are zeros, and their flag says so.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from platekey.core.errors import ShapeError
from platekey.core.filters import reduce
from platekey.core.plate.encoding import encode
from platekey.core.plate.noise import NoiseModel

PICTURE, CLEAN, HINT, MOTION, PRIOR = 3, 10, 2, 13, 8  # channels
DETAIL = PICTURE + CLEAN - 3  # for the refine stage: the clean plate's own picture is in the rest
_MIDDLE, _RANGE = 3.0, 3.0  # stops: grey of 18 % is 3.2
_SURE = 6.0  # deviations of the noise at which a difference is beyond doubt
SPARSE = 1 << 16  # pixels that a median is taken of
_DARKEST = 1e-8  # medians below it are black


class Cues(NamedTuple):
    """What the network is given of one frame, or a batch.

    Attributes:
        plate: (B, 3, H, W) scene-linear, unbounded.
        clean_plate: (B, 3, H, W) conditioned to fit the plate.
        known: (B, 1, H, W) 1 where the clean plate is known.
        noise_gain: (B, 3, 1, 1) of the difference of the two; see NoiseModel.
        noise_read: (B, 3, 1, 1).
        exposure: (B, 1, 1, 1) what brings the clean plate to ordinary brightness.
        hint: (B, 1, H, W) coarse alpha in [0, 1]; 0 where there is none.
        hint_present: (B, 1, 1, 1) 1 or 0.
        previous: (B, 3, H, W) the plate before; the plate itself where there is none.
        following: (B, 3, H, W) the plate after.
        has_neighbours: (B, 1, 1, 1) 1 or 0.
    """

    plate: Tensor
    clean_plate: Tensor
    known: Tensor
    noise_gain: Tensor
    noise_read: Tensor
    exposure: Tensor
    hint: Tensor
    hint_present: Tensor
    previous: Tensor
    following: Tensor
    has_neighbours: Tensor


def make_cues(
    plate: Tensor,
    clean_plate: Tensor,
    noise: NoiseModel,
    *,
    known: Tensor | None = None,
    hint: Tensor | None = None,
    neighbours: tuple[Tensor, Tensor] | None = None,
) -> Cues:
    """Gathers what there is; what is None is absent.

    Args:
        plate: (B, 3, H, W) scene-linear, finite.
        clean_plate: the same shape.
        noise: of the difference of the two, (B, 3, 1, 1) or (1, 3, 1, 1).
        known: (B, 1, H, W); None for everywhere.
        hint: (B, 1, H, W) coarse alpha.
        neighbours: the plates before and after, (B, 3, H, W).

    Raises:
        ShapeError: a picture of another size.
    """
    batch, _, height, width = plate.shape
    for name, picture, channels in (
        ("clean plate", clean_plate, 3),
        ("known", known, 1),
        ("hint", hint, 1),
        *(("neighbour", picture, 3) for picture in neighbours or ()),
    ):
        if picture is not None and picture.shape != (batch, channels, height, width):
            raise ShapeError(f"{name} is {tuple(picture.shape)}, the plate {tuple(plate.shape)}")
    one = torch.ones((batch, 1, 1, 1), dtype=plate.dtype, device=plate.device)
    previous, following = neighbours or (plate, plate)
    return Cues(
        plate=plate,
        clean_plate=clean_plate,
        known=torch.ones_like(plate[:, :1]) if known is None else known,
        noise_gain=noise.gain.expand(batch, 3, 1, 1),
        noise_read=noise.read.expand(batch, 3, 1, 1),
        exposure=ordinary_exposure(clean_plate),
        hint=torch.zeros_like(plate[:, :1]) if hint is None else hint,
        hint_present=one * (hint is not None),
        previous=previous,
        following=following,
        has_neighbours=one * (neighbours is not None),
    )


def ordinary_exposure(picture: Tensor) -> Tensor:
    """What brings each picture's median to 18 % grey, (B, 1, 1, 1); 1 for black ones."""
    light = picture.amax(1).flatten(1)
    return exposure_of(light[:, :: max(1, light.shape[1] // SPARSE)])


def exposure_of(light: Tensor) -> Tensor:
    """What brings the median of each row of (B, N) to 18 % grey, (B, 1, 1, 1)."""
    median = light.median(1).values.view(-1, 1, 1, 1)
    return torch.where(median > _DARKEST, 0.18 / median.clamp_min(_DARKEST), 1.0)


def reduce_cues(cues: Cues, factor: int) -> Cues:
    """The cues of the frame averaged over cells of factor x factor pixels, in linear light."""
    is_alone = cues.previous is cues.plate  # then the work is done once
    plate = reduce(cues.plate, factor)
    return cues._replace(
        plate=plate,
        clean_plate=reduce(cues.clean_plate, factor),
        known=reduce(cues.known, factor),
        noise_gain=cues.noise_gain / factor**2,
        noise_read=cues.noise_read / factor**2,
        hint=reduce(cues.hint, factor),
        previous=plate if is_alone else reduce(cues.previous, factor),
        following=plate if is_alone else reduce(cues.following, factor),
    )


def encoded(picture: Tensor, exposure: Tensor) -> Tensor:
    """A scene-linear picture in stops, at ordinary brightness."""
    return encode(picture * exposure)


def noise_variance(cues: Cues) -> Tensor:
    """Of the difference of plate and clean plate, (B, 3, H, W), scene-linear squared."""
    middle = ((cues.plate + cues.clean_plate) / 2).clamp_min(0)
    return cues.noise_gain * middle + cues.noise_read


def detail_features(cues: Cues, plate: Tensor, clean_plate: Tensor) -> Tensor:
    """Picture and clean plate without what follows from the others, (B, DETAIL, H, W).

    Args:
        cues: of the frame or a part of it.
        plate: encoded.
        clean_plate: encoded.
    """
    beyond = (cues.plate - cues.clean_plate) * torch.rsqrt(noise_variance(cues) + 1e-12)
    known = cues.known
    differences = torch.cat([plate - clean_plate, torch.tanh(beyond / _SURE)], 1) * known
    return torch.cat([(plate - _MIDDLE) / _RANGE, differences, known], 1)


def clean_features(detail: Tensor, clean_plate: Tensor) -> Tensor:
    """(B, CLEAN, H, W) of detail_features and the encoded clean plate."""
    return torch.cat([(clean_plate - _MIDDLE) / _RANGE, detail[:, 3:]], 1)


def hint_features(cues: Cues) -> Tensor:
    """(B, HINT, H, W)."""
    present = cues.hint_present.expand_as(cues.hint)
    return torch.cat([(2 * cues.hint - 1) * present, present], 1)


def motion_features(cues: Cues, plate: Tensor, clean_plate: Tensor) -> Tensor:
    """(B, MOTION, H, W); plate and clean_plate are encoded."""
    before = encoded(cues.previous, cues.exposure)
    after = encoded(cues.following, cues.exposure)
    differences = [before - plate, after - plate, before - clean_plate, after - clean_plate]
    present = cues.has_neighbours.expand_as(cues.hint)
    return torch.cat([torch.cat(differences, 1) * present, present], 1)


def prior_features(prior: Tensor, plate: Tensor) -> Tensor:
    """(B, PRIOR, h, w) of a packed coarse matte; see coarse.see_frame. `plate` is encoded."""
    colour = ((prior[:, 1:4] - plate) / _RANGE).clamp(-2, 2)
    return torch.cat([2 * prior[:, :1] - 1, colour, prior[:, 4:7] / _RANGE, prior[:, 7:8]], 1)
