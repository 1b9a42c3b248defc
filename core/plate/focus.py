"""Focus of plate and clean plate: which is softer, by how much, and the sharper one made as soft.

Only the clean plate may be blurred. A clean plate that is softer than the plate stays as it is:
sharpening invents detail, and detail that is not there is a difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .encoding import encode, slope
from .noise import NoiseModel
from .quick_filters import gaussian_blur

_TILE = 64  # pixels
_TILES = 96  # the ones with the most detail; fewer in small pictures
_LEAST_TILES = 8  # that show the same background, else there is nothing to go by
_BANDS = ((0.03, 0.06), (0.06, 0.1), (0.1, 0.16), (0.16, 0.24), (0.24, 0.34))  # cycles a pixel
_ABOVE_NOISE = 4.0  # times its power a band must have
_COHERENT = 0.8  # of the coarsest bands, squared correlation: tiles that show the same thing
_LEAST_BLUR = 0.4  # pixels; less shows nowhere
_SURE = 3.0  # standard errors
_SHARES = (0.85, 1.0, 1.15, 1.35, 1.6)  # of the first estimate, that are tried
_LOST = 2.0  # times what the blurred picture would lose again
_GAIN = 0.85  # of the misfit, that a blur must lower it to


@dataclass(frozen=True)
class Focus:
    """How the focus of two pictures compares.

    Attributes:
        blur: pixels, deviation of the Gaussian that makes the sharper as soft as the other.
        softer: "plate", "clean plate" or "" where they are alike.
        tiles: how many places of the background it was seen in; with too few it is not known.
        helps: the clean plate, blurred like that, is nearer to the plate.
    """

    blur: float
    softer: str
    tiles: int
    helps: bool

    @property
    def is_known(self) -> bool:
        """Whether there was enough detail to go by."""
        return self.tiles >= _LEAST_TILES

    @property
    def verdict(self) -> str:
        """What was found and done, for reports."""
        if not self.is_known:
            return "not known, too little detail"
        if not self.softer:
            return "alike"
        done = "the clean plate is blurred alike" if self.helps else "left as it is"
        return f"{self.softer} softer, {done}"


def compare_focus(
    plate: Tensor,
    clean_plate: Tensor,
    valid: Tensor,
    plate_noise: NoiseModel,
    clean_noise: NoiseModel,
) -> Focus:
    """Compares the spectra of small tiles that show the same background in both pictures.

    A Gaussian of deviation s lowers the power at frequency f by exp(-(2 pi f s)^2), whatever is
    shown and wherever it moved to; noise is taken off first. The median over the tiles is taken.

    Args:
        plate: (1, 3, H, W) scene-linear, at full resolution.
        clean_plate: like plate, aligned and exposed.
        valid: (1, 1, H, W), 1 where the clean plate is known.
        plate_noise: noise of the plate.
        clean_noise: noise of the clean plate.

    Returns:
        What was found; blur 0 if it is too little to matter or not known.
    """
    corners = _detailed_tiles(plate, clean_plate, valid)
    if len(corners) < _LEAST_TILES:
        return Focus(0.0, "", 0, helps=False)
    seen, seen_noise = _spectra(plate, corners, plate_noise)
    clean, clean_floor = _spectra(clean_plate, corners, clean_noise)
    frequency = _radius(plate.device)
    powers, weights, coherence = [], [], []
    for low, high in _BANDS:
        band = (frequency >= low) & (frequency < high)
        p = (seen[:, band].abs() ** 2).mean(1) - seen_noise
        c = (clean[:, band].abs() ** 2).mean(1) - clean_floor
        cross = (seen[:, band] * clean[:, band].conj()).mean(1).abs()
        usable = (p > _ABOVE_NOISE * seen_noise) & (c > _ABOVE_NOISE * clean_floor)
        step = (2 * math.pi * (low + high) / 2) ** 2
        powers.append(-torch.log(p.clamp_min(1e-20) / c.clamp_min(1e-20)) / step)
        weights.append(usable * step)
        coherence.append(torch.where(usable, cross**2 / (p * c).clamp_min(1e-20), 0.0))
    alike = torch.maximum(coherence[0], coherence[1]) > _COHERENT
    weight = torch.stack(weights)[:, alike]
    total = weight.sum(0)
    squares = ((torch.stack(powers)[:, alike] * weight).sum(0) / total)[total > 0]
    count = int(squares.numel())
    if count < _LEAST_TILES:
        return Focus(0.0, "", count, helps=False)
    middle = float(squares.median())
    error = 1.4826 * float((squares - middle).abs().median()) / math.sqrt(count)
    blur = math.sqrt(abs(middle))
    if blur < _LEAST_BLUR or abs(middle) < _SURE * error:
        return Focus(0.0, "", count, helps=False)
    if middle < 0:
        return Focus(blur, "clean plate", count, helps=False)
    return _refined(seen, clean, frequency, blur, alike)


def blurred(picture: Tensor, focus: Focus) -> Tensor:
    """The picture, (1, C, H, W), as soft as the other one of the comparison."""
    return gaussian_blur(picture, focus.blur)


def missing_detail(picture: Tensor, focus: Focus) -> Tensor:
    """What a picture that is softer than the other may be off, one standard deviation; like it.

    A Gaussian of deviation s takes s^2 / 2 times the Laplacian away, to first order; of the finest
    detail more was lost than a second blur shows.
    """
    detail = gaussian_blur(picture, focus.blur) - picture
    return _LOST * gaussian_blur(detail**2, focus.blur).clamp_min(0).sqrt()


def blurred_noise(noise: NoiseModel, focus: Focus) -> NoiseModel:
    """The noise that is left after the blur: what a Gaussian leaves of white noise."""
    return noise.scaled(min(1.0, 1 / (4 * math.pi * focus.blur**2)))


def _refined(seen: Tensor, clean: Tensor, frequency: Tensor, blur: float, alike: Tensor) -> Focus:
    """The blur near the given one with which most tiles fit best, and whether that is a gain.

    The first estimate is low for a strong blur, whose fine bands drown in noise.
    """
    band = (frequency >= _BANDS[0][0]) & (frequency < _BANDS[-2][1])
    target, source = seen[alike][:, band], clean[alike][:, band]
    before = ((target - source).abs() ** 2).sum(1).clamp_min(1e-20)
    best, lowest = blur, _GAIN
    for share in _SHARES:
        passed = torch.exp(-((2 * math.pi * frequency[band] * share * blur) ** 2) / 2)
        left = ((target - passed * source).abs() ** 2).sum(1)
        ratio = float((left / before).median())
        if ratio < lowest:
            best, lowest = share * blur, ratio
    return Focus(best, "plate", int(alike.sum()), helps=lowest < _GAIN)


def _detailed_tiles(plate: Tensor, clean_plate: Tensor, valid: Tensor) -> list[tuple[int, int]]:
    """Top left corners of the tiles with the most detail in both pictures."""
    height, width = plate.shape[-2:]
    if height < _TILE or width < _TILE:
        return []
    top, left = (height % _TILE) // 2, (width % _TILE) // 2
    detail = torch.minimum(_roughness(plate, top, left), _roughness(clean_plate, top, left))
    known = _by_tiles(valid, top, left).amin((-3, -1))[0, 0] >= 0.5
    places = known.nonzero().tolist()
    found = [(float(detail[row, column]), row, column) for row, column in places]
    found.sort(reverse=True)
    return [(top + row * _TILE, left + column * _TILE) for _, row, column in found[:_TILES]]


def _roughness(picture: Tensor, top: int, left: int) -> Tensor:
    """Deviation of the steps from pixel to second next pixel, encoded; (rows, columns) of tiles."""
    # every fourth row is enough to see whether there is anything
    grey = encode(_by_tiles(picture, top, left)[..., ::4, :, :].mean(1))[0]
    steps = grey[..., 2:] - grey[..., :-2]  # (rows, T / 4, columns, T - 2)
    return steps.transpose(1, 2).flatten(2).std(-1)


def _by_tiles(picture: Tensor, top: int, left: int) -> Tensor:
    """The whole tiles from a corner on, (1, C, rows, T, columns, T), without a copy."""
    rows, columns = picture.shape[-2] // _TILE, picture.shape[-1] // _TILE
    part = picture[..., top : top + rows * _TILE, left : left + columns * _TILE]
    return part.view(*part.shape[:2], rows, _TILE, columns, _TILE)


def _spectra(
    picture: Tensor, corners: list[tuple[int, int]], noise: NoiseModel
) -> tuple[Tensor, Tensor]:
    """Windowed spectra of encoded grey tiles, (N, T, T / 2 + 1), and their noise power, (N,)."""
    tiles = torch.cat([picture[..., t : t + _TILE, x : x + _TILE] for t, x in corners])
    grey = encode(tiles).mean(1)
    variance = (noise.variance(tiles) * slope(tiles) ** 2).mean(1).mean((-2, -1)) / 3
    window = torch.hann_window(_TILE, periodic=False, device=picture.device)
    window = window[:, None] * window
    centred = (grey - (grey * window).sum((-2, -1), keepdim=True) / window.sum()) * window
    return torch.fft.rfft2(centred), variance * (window**2).sum()


def _radius(device: torch.device) -> Tensor:
    """Length of the frequency vector of every coefficient, cycles a pixel."""
    y = torch.fft.fftfreq(_TILE, device=device)[:, None]
    return torch.sqrt(y**2 + torch.fft.rfftfreq(_TILE, device=device) ** 2)
