"""Grain: measured from a picture, and added where a composite has too little of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as nnf
from torch import Tensor

from platekey.core.filters import box_mean
from platekey.core.options import check_range
from platekey.core.plate.noise import NoiseModel, estimate_noise

from .checks import check_finite, check_matte, check_picture

_PATCH = 32  # pixels; side of the windows in which grain is looked at
_SMALL_PATCH = 16  # in a single picture, where it has to fit between edges
_LAGS = 4  # of a patch's side: how far grain may be alike; the farther half is believed ever less
_QUIETEST = 0.1  # share of the patches that is believed to hold grain and nothing else
_FINEST = 0.3  # share of those again
_FEWEST = 24 * 256  # pixels in patches; fewer tell no correlation
_ENOUGH = 4096  # patches; of more, every other one and so on is looked at
_ALIVE = 0.05  # of the expected variance; a patch with less is clipped or painted
_LEAST_CAUGHT = 0.05  # of the variance that estimate_noise may have seen, of coarse grain


@dataclass(frozen=True)
class Grain:
    """What noise looks like: how strong, how large, how coloured.

    Attributes:
        noise: variance of the noise, scene-linear.
        kernel: (3, 1, K, K), each of energy 1: what white noise is filtered with.
        mix: (3, 3) lower triangular, rows of length 1: how the channels share their noise.
    """

    noise: NoiseModel
    kernel: Tensor
    mix: Tensor

    def exposed(self, gain: float | Tensor) -> Grain:
        """The grain of the same picture with its light multiplied by `gain`."""
        return replace(self, noise=self.noise.exposed(gain))


def white_grain(noise: NoiseModel) -> Grain:
    """Grain that is alike from no pixel or channel to the next."""
    one = noise.gain.new_ones(3, 1, 1, 1)
    return Grain(noise, one, torch.eye(3, dtype=one.dtype, device=one.device))


def measure_grain(
    picture: Tensor, clean_plate: Tensor | None = None, alpha: Tensor | None = None
) -> Grain:
    """Measures strength, size and colour of a picture's grain.

    Size and colour are best seen in the difference to a clean plate, where nothing else is left.
    Without one they come from the picture's quietest and finest places, and coarse grain is told
    finer than it is; without enough such places the grain is white.

    Args:
        picture: (1, 3, H, W) scene-linear, finite, any size.
        clean_plate: like picture, with independent grain from the same camera.
        alpha: (1, 1, H, W) in [0, 1], where the two differ; needed with a clean plate.

    Raises:
        ShapeError: a tensor of another shape.
        NonFinitePixels: NaN or infinity.
    """
    check_picture("picture", picture)
    check_finite("picture", picture)
    noise = estimate_noise(picture)
    if clean_plate is None or alpha is None:
        patches = _quiet_patches(noise.stabilised(picture))
    else:
        check_picture("clean plate", clean_plate)
        check_finite("clean plate", clean_plate)
        check_matte("a channel of the clean plate", clean_plate[:, :1], picture)
        check_matte("alpha", alpha, picture)
        difference = noise.stabilised(picture) - noise.stabilised(clean_plate)
        patches = _unchanged_patches(difference, alpha)
    if patches[:, 0].numel() < _FEWEST:
        return white_grain(noise)
    kernel = _kernel(patches)
    # estimate_noise looks at what a 3x3 mean leaves, which of coarse grain is less than of white
    left = nnf.pad(kernel, (1, 1, 1, 1))
    left = left - nnf.avg_pool2d(nnf.pad(left, (1, 1, 1, 1)), 3, 1)
    caught = ((left**2).sum((1, 2, 3)) / (1 - 1 / 9)).clamp(_LEAST_CAUGHT, 1)
    return Grain(noise.scaled(1 / caught.view(1, 3, 1, 1)), kernel, _mix(patches))


def add_grain(
    picture: Tensor, grain: Grain, *, present: Tensor, strength: float = 1.0, seed: int, frame: int
) -> Tensor:
    """Adds what a picture's noise lacks to be that of `grain`.

    Args:
        picture: (1, 3, H, W) scene-linear.
        grain: what it shall have.
        present: (1, 3, H, W), or of a shape that expands to it: variance of the noise it has.
        strength: 0 adds nothing, 1 all that lacks, 2 twice that.
        seed: whole number; the same seed, frame and size give the same grain on any device.
        frame: frame number.

    Returns:
        (1, 3, H, W); unchanged where nothing lacks, the input itself at strength 0.

    Raises:
        ShapeError: a picture of another shape.
        OptionError: strength out of range.
    """
    check_picture("picture", picture)
    check_range("grain strength", strength, 0, 4)
    if strength == 0:
        return picture
    lacking = (grain.noise.variance(picture) - present).clamp_min(0)
    field = grain_field(grain, *picture.shape[-2:], seed=seed, frame=frame)
    return picture + field * (strength * lacking.sqrt())


def match_grain(
    foreground: Tensor,
    alpha: Tensor,
    own: Grain,
    target: Grain,
    *,
    strength: float = 1.0,
    seed: int,
    frame: int,
) -> Tensor:
    """Raises the foreground's grain to the background's; never lowers it.

    Args:
        foreground: (1, 3, H, W) scene-linear, unpremultiplied.
        alpha: (1, 1, H, W) in [0, 1].
        own: the grain of the foreground; after a gain, Grain.exposed of its plate's.
        target: the grain of the new background.
        strength: see add_grain.
        seed: see add_grain.
        frame: see add_grain.

    Returns:
        (1, 3, H, W); untouched where alpha is 0 or where it has enough.

    Raises:
        ShapeError: a tensor of another shape.
        OptionError: strength out of range.
    """
    check_matte("alpha", alpha, foreground)
    present = own.noise.variance(foreground)
    grained = add_grain(
        foreground, target, present=present, strength=strength, seed=seed, frame=frame
    )
    return torch.where(alpha > 0, grained, foreground)


def regrain(
    composite: Tensor,
    foreground: Tensor,
    alpha: Tensor,
    background: Tensor,
    *,
    foreground_noise: NoiseModel | None,
    background_noise: NoiseModel | None,
    target: Grain,
    strength: float = 1.0,
    seed: int,
    frame: int,
) -> Tensor:
    """Brings the whole composite to one grain, soft edges included, by adding what lacks.

    In a soft edge the variances of both add up by alpha squared and (1 - alpha) squared, which is
    less than either: edges of a composite look cleaner than those of a plate. This fills that too.

    Args:
        composite: (1, 3, H, W) scene-linear, foreground over background.
        foreground: (1, 3, H, W) unpremultiplied.
        alpha: (1, 1, H, W) in [0, 1].
        background: (1, 3, H, W) as it was merged.
        foreground_noise: noise it has; None if it has none.
        background_noise: noise it has; None if it has none, as after a defocus.
        target: the grain that all shall have, as a rule the plate's.
        strength: see add_grain.
        seed: see add_grain.
        frame: see add_grain.

    Raises:
        ShapeError: a tensor of another shape.
        OptionError: strength out of range.
    """
    check_picture("composite", composite)
    for name, picture in (("foreground", foreground), ("background", background)):
        check_picture(name, picture)
        check_matte(f"a channel of the {name}", picture[:, :1], composite)
    check_matte("alpha", alpha, composite)
    present = torch.zeros_like(composite)
    if foreground_noise is not None:
        present = present + alpha**2 * foreground_noise.variance(foreground)
    if background_noise is not None:
        present = present + (1 - alpha) ** 2 * background_noise.variance(background)
    return add_grain(composite, target, present=present, strength=strength, seed=seed, frame=frame)


def grain_field(grain: Grain, height: int, width: int, *, seed: int, frame: int) -> Tensor:
    """Noise of mean 0 and variance 1 with the grain's size and colour, (1, 3, height, width)."""
    # torch's generator takes 32 bits; a hash, so that neighbouring seeds and frames share nothing
    digest = hashlib.blake2b(f"{seed} {frame}".encode(), digest_size=4).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest, "little"))
    margin = grain.kernel.shape[-1] // 2
    size = (1, 3, height + 2 * margin, width + 2 * margin)
    white = torch.randn(size, generator=generator).to(grain.kernel.device)
    if margin == 0 and torch.equal(grain.mix, torch.eye(3, device=grain.mix.device)):
        return white
    return nnf.conv2d(torch.einsum("ij,bjhw->bihw", grain.mix, white), grain.kernel, groups=3)


def _quiet_patches(stabilised: Tensor) -> Tensor:
    """Patches of grain and hardly anything else, (N, 3, P, P), without their shading."""
    patches = _patches(stabilised, _SMALL_PATCH)
    variance = (patches**2).mean((2, 3))
    patches = patches[(variance > _ALIVE).all(1)]
    if not patches.shape[0]:
        return patches
    variance = (patches**2).mean((1, 2, 3))
    quiet = patches[variance <= 2 * variance.quantile(_QUIETEST)]
    # texture that is as quiet as grain is smoother than grain
    fine = ((quiet - box_mean(quiet, 1)) ** 2).mean((1, 2, 3)) / (quiet**2).mean((1, 2, 3))
    return quiet[fine >= fine.quantile(1 - _FINEST)]


def _unchanged_patches(difference: Tensor, alpha: Tensor) -> Tensor:
    """Patches of background, (N, 3, P, P), without what the clean plate was off."""
    bare = _grid(alpha, _PATCH).amax((1, 2, 3)) == 0
    patches = _patches(difference, _PATCH)[bare]
    variance = (patches**2).mean((2, 3))
    patches = patches[(variance > _ALIVE).all(1)]
    if not patches.shape[0]:
        return patches
    variance = (patches**2).mean((1, 2, 3))
    return patches[variance <= 1.5 * variance.median()]


def _patches(picture: Tensor, side: int) -> Tensor:
    """The grid of patches less their planes, (N, C, P, P)."""
    patches = _grid(picture, side)
    return patches - _plane(patches)


def _grid(picture: Tensor, side: int) -> Tensor:
    """Patches side by side, (N, C, P, P); not all of a large picture, none of a tiny one."""
    rows, columns = (n // side for n in picture.shape[-2:])
    cells = picture[0, :, : rows * side, : columns * side]
    cells = cells.reshape(picture.shape[1], rows, side, columns, side)
    patches = cells.permute(1, 3, 0, 2, 4).flatten(0, 1)
    return patches[:: patches.shape[0] // _ENOUGH + 1]


def _plane(patches: Tensor) -> Tensor:
    """The least-squares plane of each patch."""
    ramp = torch.linspace(-1, 1, patches.shape[-1], dtype=patches.dtype, device=patches.device)
    power = (ramp**2).mean()
    down, across = ramp[:, None], ramp[None, :]
    slope_down = (patches * down).mean((2, 3), keepdim=True) / power
    slope_across = (patches * across).mean((2, 3), keepdim=True) / power
    return patches.mean((2, 3), keepdim=True) + slope_down * down + slope_across * across


def _kernel(patches: Tensor) -> Tensor:
    """The symmetric filter of energy 1 that gives white noise the patches' correlation."""
    length = patches.shape[-1]
    reach, side = length // _LAGS, 2 * length  # padded: no wrap-around
    power = torch.fft.rfft2(patches.double(), s=(side, side)).abs() ** 2
    covariance = torch.fft.irfft2(power.mean(0), s=(side, side))
    lags = torch.fft.fftfreq(side, 1 / side, dtype=torch.float64, device=patches.device).abs()
    pairs = (length - lags).clamp_min(1)
    taper = (1 + torch.cos(torch.pi * (2 * lags / reach - 1).clamp(0, 1))) / 2
    covariance = covariance / (pairs[:, None] * pairs) * (taper[:, None] * taper)
    spectrum = torch.fft.rfft2(covariance).real.clamp_min(0)
    kernel = torch.fft.irfft2(spectrum.sqrt(), s=(side, side)).roll((reach, reach), (-2, -1))
    kernel = kernel[:, None, : 2 * reach + 1, : 2 * reach + 1]
    energy = (kernel**2).sum((2, 3), keepdim=True).sqrt()
    unit: Tensor = (kernel / energy.clamp_min(1e-12)).to(patches.dtype)
    return unit


def _mix(patches: Tensor) -> Tensor:
    """Lower triangular (3, 3): its product with its transpose is the channels' correlation."""
    values = patches.double().transpose(0, 1).flatten(1)
    deviation = (values**2).mean(1).sqrt()
    correlation = (values @ values.T) / values.shape[1] / (deviation[:, None] * deviation)
    eye = torch.eye(3, dtype=values.dtype, device=values.device)
    mix: Tensor = torch.linalg.cholesky(0.999 * correlation + 0.001 * eye).to(patches.dtype)
    return mix
