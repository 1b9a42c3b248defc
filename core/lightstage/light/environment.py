"""Light of a panorama, split over the lamps of the light stage.

Panoramas are equirectangular and cover the sphere: (B, 3, H, W) scene-linear radiance with
W = 2 H, row 0 at the zenith. Directions are those of Blender's world, z up, and lie in the picture
where Blender's environment texture puts them without a mapping: the picture's centre is +X, a
quarter from its left edge is +Y, the left and right edges meet at -X:

    column = W · (1/2 - atan2(y, x) / 2π)        row = H · acos(z) / π

`rotation` turns the world counter-clockwise seen from above, in degrees: what was at +X is at +Y
after 90. (An environment texture behind a Mapping node turns the other way: its rotation is of the
texture's coordinates, so give the node -rotation.)
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from platekey.core.colour.colour import DEFAULT_SPACE, convert, resolve_input_space
from platekey.core.errors import InputMismatch, NonFinitePixels, ShapeError
from platekey.core.filters import reduce
from platekey.core.frames.image_io import read_frame
from platekey.core.frames.layers import rgb

_LARGEST_WIDTH = 256  # light is split at 1.4 degrees; the lamps are many times further apart
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of scene-linear Rec.709


def read_panorama(path: str) -> Tensor:
    """Reads an equirectangular HDR or EXR as (1, 3, H, W) scene-linear Rec.709.

    Raises:
        InputMismatch: the picture is not twice as wide as high.
        NonFinitePixels: it has NaN or infinity.
        InputError: it cannot be read, or has no colour.
    """
    frame = read_frame(path)
    height, width = frame.pixels.shape[:2]
    if width != 2 * height:
        raise InputMismatch(
            f"{path} is {width}x{height}, but a panorama must be twice as wide as high; convert "
            "it to an equirectangular picture of the whole sphere."
        )
    space, _ = resolve_input_space("", frame)
    pixels = torch.from_numpy(convert(rgb(frame), space, DEFAULT_SPACE).copy())
    if not bool(pixels.isfinite().all()):
        raise NonFinitePixels(f"{path} has NaN or infinity; mend the file.")
    return pixels.permute(2, 0, 1)[None].contiguous()


def pixel_directions(height: int, width: int, *, device: torch.device | None = None) -> Tensor:
    """Unit vectors to the pixels' centres, (height, width, 3)."""
    row = (torch.arange(height, device=device) + 0.5) * (math.pi / height)
    column = (torch.arange(width, device=device) + 0.5) / width
    polar = row[:, None].expand(height, width)
    azimuth = ((0.5 - column) * 2 * math.pi)[None].expand(height, width)
    across = polar.sin()
    return torch.stack([across * azimuth.cos(), across * azimuth.sin(), polar.cos()], dim=-1)


def locate(directions: Tensor) -> tuple[Tensor, Tensor]:
    """Where directions lie in a panorama: column / W and row / H, each in [0, 1].

    Args:
        directions: (..., 3), of any length but 0.
    """
    x, y, z = directions.unbind(-1)
    return 0.5 - torch.atan2(y, x) / (2 * math.pi), torch.atan2(torch.hypot(x, y), z) / math.pi


def solid_angles(height: int, width: int, *, device: torch.device | None = None) -> Tensor:
    """Steradians that a pixel of each row covers, (height, 1); all pixels together have 4π."""
    edges = torch.linspace(0, math.pi, height + 1, dtype=torch.float64, device=device).cos()
    return ((edges[:-1] - edges[1:]) * (2 * math.pi / width)).float()[:, None]


def rotate(directions: Tensor, degrees: float | Tensor) -> Tensor:
    """Turns (..., 3) counter-clockwise around z; `degrees` broadcasts against (...)."""
    angle = torch.deg2rad(torch.as_tensor(degrees, dtype=directions.dtype).to(directions.device))
    x, y, z = directions.unbind(-1)
    turned = x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()
    return torch.stack([*turned, z.expand_as(turned[0])], dim=-1)


def light_colours(
    panorama: Tensor,
    directions: Tensor,
    *,
    rotation: float | Tensor = 0.0,
    exposure: float | Tensor = 0.0,
    concentration: float | None = None,
) -> Tensor:
    """Splits a panorama's light over lamps; nothing is lost: together they shine as it does.

    A direction's light goes to the lamps by exp(concentration · cos(angle to the lamp)), the lobe
    of von Mises and Fisher, in parts that add up to 1.

    Args:
        panorama: (B, 3, H, W) radiance, scene-linear.
        directions: (N, 3) unit vectors from the subject to the lamps, in the world.
        rotation: of the panorama in degrees, one or (B,).
        exposure: stops that are added, one or (B,).
        concentration: of the lobes; None makes each as large as its share of the sphere (N / 2);
            infinity gives all light to the nearest lamp.

    Returns:
        (B, N, 3) radiance of lamps that fill 4π / N steradian each: an even sky gives every lamp
        about its own radiance, and 4π / N times the sum is the light of the whole panorama. A pass
        whose lamp has radiance 1 is multiplied by it.

    Raises:
        ShapeError: the panorama is not (B, 3, H, 2H).
    """
    batch, count = panorama.shape[0], directions.shape[0]
    check_panorama(panorama)
    flux = panorama * solid_angles(*panorama.shape[-2:], device=panorama.device)
    factor = 1 << max(0, math.ceil(math.log2(panorama.shape[-1] / _LARGEST_WIDTH)))
    if panorama.shape[-2] % factor == 0:
        flux = reduce(flux, factor) * factor**2
    towards = directions.to(panorama)
    turned = torch.as_tensor(rotation, dtype=panorama.dtype).to(panorama.device)
    # The lamps are turned against the panorama instead of it: no pixel is resampled.
    lamps = rotate(towards.expand(batch, count, 3), -turned.reshape(-1, 1))
    pixels = pixel_directions(*flux.shape[-2:], device=panorama.device).flatten(0, 1)
    cosine = torch.einsum("pk,bnk->bpn", pixels, lamps)
    width = count / 2 if concentration is None else concentration
    if math.isinf(width):
        shares = torch.nn.functional.one_hot(cosine.argmax(-1), count).to(cosine)
    else:
        shares = (cosine * width).softmax(-1)
    light = torch.einsum("bcp,bpn->bnc", flux.flatten(2), shares)
    stops = torch.as_tensor(exposure, dtype=panorama.dtype).to(panorama.device)
    return light * (count / (4 * math.pi)) * torch.exp2(stops).reshape(-1, 1, 1)


def exposure_to_grey(panorama: Tensor, grey: float = 0.18) -> Tensor:
    """Stops, (B,), after which the mean luminance of the sphere, (B, 3, H, W), is `grey`.

    Raises:
        ShapeError: see light_colours.
    """
    check_panorama(panorama)
    weights = panorama.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
    steradians = solid_angles(*panorama.shape[-2:], device=panorama.device)
    total = (panorama * weights * steradians).sum((1, 2, 3))
    return torch.log2(grey * 4 * math.pi / total.clamp_min(1e-8))


def check_panorama(panorama: Tensor) -> None:
    """Raises ShapeError unless it is (B, 3, H, 2H)."""
    shape = tuple(panorama.shape)
    if len(shape) != 4 or shape[1] != 3 or shape[3] != 2 * shape[2]:
        raise ShapeError(f"the panorama is {shape}; it must be (B, 3, H, 2H).")
