"""Defocus that follows a depth picture, in layers from far to near."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from platekey.core.errors import OptionError
from platekey.core.filters import dilate, enlarge, fill, reduce

from .checks import check_finite, check_matte, check_picture
from .defocus import defocus, share_seen, spread
from .depth_edges import split_edges
from .kernels import LARGEST_RADIUS, Lens, lens_kernel

_STEP = 0.15  # of the radius from one layer to the next, but at least
_LEAST_STEP = 0.5  # pixels
_CELL = 4  # pixels; what nobody saw is made up this coarsely
_KNOWN = 1e-3  # of a pixel; less is rounding
_TRUSTED = 0.1  # of a pixel; where less of it is known its colour is made up
_NEAREST = 2.0  # times the lens's radius: the largest blur of things near the camera


def defocus_by_depth(background: Tensor, depth: Tensor, lens: Lens, *, focus: float) -> Tensor:
    """Defocuses a picture by its distance from the plane of focus.

    The radius at distance d is lens.radius * |1 - focus / d|, as a thin lens has it: lens.radius
    is reached at infinity, and in front of the focus it grows up to twice that. Pixels are sorted
    into layers of like radius; each is spread by itself and laid over the farther ones, so that
    something sharp does not bleed into a blurred far, and what it hides is made up from around it.

    Args:
        background: (1, 3, H, W) scene-linear, finite.
        depth: (1, 1, H, W) distance from the camera in any unit; 0, negative, infinity and NaN
            are infinitely far.
        lens: see Lens.
        focus: distance that is sharp, in the unit of depth, above 0.

    Returns:
        (1, 3, H, W); the input itself if the lens does not spread.

    Raises:
        ShapeError: a tensor of another shape.
        OptionError: focus is not above 0.
        NonFinitePixels: NaN or infinity in the background.
    """
    check_picture("background", background)
    check_matte("depth", depth, background)
    if not (focus > 0 and math.isfinite(focus)):
        raise OptionError(f"focus distance is {focus:g}; it must be above 0, in the unit of depth.")
    if lens_kernel(lens).numel() == 1:
        return background
    check_finite("background", background)
    signed = _signed_radius(depth, focus, lens.radius)
    layers = _layers(float(signed.min()), float(signed.max()))
    if len(layers) == 1:
        return defocus(background, lens.with_radius(abs(layers[0])))
    split = split_edges(background, signed)
    index, near_index = _nearest(signed, layers), _nearest(split.radius, layers)
    colour = torch.zeros_like(background)
    cover = torch.zeros_like(background[:, :1])
    behind_is_whole = False
    for number in reversed(range(len(layers))):  # far layers have positive radii
        window = _extent((index == number) | (near_index == number))
        if window is None:
            continue
        if layers[number] < 0 and not behind_is_whole:
            colour, cover = _completed(colour, cover), torch.ones_like(cover)
            behind_is_whole = True
        kernel = lens_kernel(lens.with_radius(abs(layers[number])), background.device)
        rows, columns = _grown(window, kernel, background)
        own = (index == number)[..., rows, columns] * (1 - split.share[..., rows, columns])
        edge = (near_index == number)[..., rows, columns] * split.share[..., rows, columns]
        light = own * split.far[..., rows, columns] + edge * split.near[..., rows, columns]
        part = spread(torch.cat([light, own + edge], 1), kernel)
        part = part / share_seen(kernel, *depth.shape[-2:])[rows, columns]
        hidden = 1 - part[:, 3:].clamp(0, 1)
        behind, seen = colour[..., rows, columns], cover[..., rows, columns]
        # beside an edge what is seen of the farther layers goes on behind the nearer thing
        known = dilate((edge > 0).to(seen.dtype), kernel.shape[0] // 2 + 1) * (seen > _KNOWN)
        behind = torch.where(known > 0, behind / seen.clamp_min(_KNOWN), behind)
        seen = torch.maximum(seen, known)
        colour[..., rows, columns] = behind * hidden + part[:, :3]
        cover[..., rows, columns] = seen * hidden + part[:, 3:]
    return colour / cover.clamp_min(1e-6)


def _signed_radius(depth: Tensor, focus: float, radius: float) -> Tensor:
    """Radius in pixels, positive behind the focus, negative before it."""
    far = ~(depth.isfinite() & (depth > 0))
    signed = radius * (1 - focus / torch.where(far, torch.ones_like(depth), depth))
    largest = min(_NEAREST * radius, LARGEST_RADIUS)
    return torch.where(far, torch.full_like(signed, radius), signed).clamp_min(-largest)


def _layers(nearest: float, farthest: float) -> list[float]:
    """Signed radii of the layers from near to far; finely spaced where the picture is sharp."""
    ladder = [0.0]
    while ladder[-1] < max(-nearest, farthest):
        ladder.append(ladder[-1] + max(_LEAST_STEP, _STEP * ladder[-1]))
    signed = sorted({-r for r in ladder} | set(ladder))
    # the ends themselves are layers: an even depth is blurred by exactly its radius
    margin = _LEAST_STEP / 2
    return sorted(
        {nearest, farthest} | {r for r in signed if nearest + margin < r < farthest - margin}
    )


def _nearest(signed: Tensor, layers: list[float]) -> Tensor:
    """Number of the layer whose radius is nearest, per pixel."""
    borders = [(a + b) / 2 for a, b in zip(layers[:-1], layers[1:], strict=True)]
    return torch.bucketize(signed, signed.new_tensor(borders))


def _completed(colour: Tensor, cover: Tensor) -> Tensor:
    """What is seen so far, continued behind the blurred edge of something nearer."""
    height, width = cover.shape[-2:]
    seen = reduce(cover, _CELL)
    coarse = fill(reduce(colour, _CELL) / seen.clamp_min(1e-6), seen.clamp(0, 1))
    made_up = enlarge(coarse, _CELL, height, width)
    return torch.lerp(made_up, colour / cover.clamp_min(1e-6), (cover / _TRUSTED).clamp(0, 1))


def _extent(member: Tensor) -> tuple[slice, slice] | None:
    """The rows and columns that hold members; None if there are none."""
    spans = []
    for along in (member.any(3), member.any(2)):
        places = along.flatten().nonzero()
        if not places.numel():
            return None
        spans.append(slice(int(places[0]), int(places[-1]) + 1))
    return spans[0], spans[1]


def _grown(window: tuple[slice, slice], kernel: Tensor, picture: Tensor) -> tuple[slice, slice]:
    """The window with what the kernel reaches around it."""
    grown = []
    for span, side, length in zip(window, kernel.shape, picture.shape[-2:], strict=True):
        grown.append(slice(max(0, span.start - side // 2), min(length, span.stop + side // 2)))
    return grown[0], grown[1]
