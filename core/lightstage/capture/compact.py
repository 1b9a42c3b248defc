"""A rendered capture as training keeps it: passes become shares of light, and grain goes.

A lamp's pass has few samples a pixel. Its share of the light changes slowly over the subject, so it
is averaged over blocks of pixels; what is sharp, the colour of the subject, stays in the one
picture under all lamps. Where the subject is solid that picture is the denoised one; in hair and at
edges, where a denoiser smears, it is the mean of the grainy one around, weighted by alpha.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from platekey.core.errors import MissingFrame, NonFinitePixels, UnreadableFile
from platekey.core.filters import dilate, erode, fill, gaussian_blur
from platekey.core.frames.image_io import read_frame, read_header
from platekey.core.lightstage.training.stored import SCALE, Plane, StoredCapture

from .recipe import LAYOUT

_NOTHING = 1e9  # metres; the renderer writes 1e10 where nothing is
_SMOKE_BLUR = 1.5  # pixels; smoke has no edges that an average of its grain could lose
_GRAIN = 20.0  # of alpha in clear things, in steps of 1/255
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of scene-linear Rec.709


def read_capture(stem: Path) -> StoredCapture:
    """Reads what render.py wrote.

    Args:
        stem: path of the capture's files without their endings.

    Raises:
        MissingFrame: there is no whole capture.
        UnreadableFile, UnsupportedChannels: damaged files, or of another layout.
        NonFinitePixels: a pass has NaN or infinity.
    """
    facts = _read_facts(stem)
    lamps = [str(light["name"]) for light in facts["lights"]]
    kind = str(facts["subject"].get("cloth", facts["settings"]["subject"]))
    frames = [_read_frame(stem.with_name(name), lamps, kind) for name in facts["files"]]
    kept = ("layout", "software", "settings", "light_steradian", "subject")
    return StoredCapture(
        name=stem.name,
        facts={**{key: facts[key] for key in kept}, "scale": SCALE},
        foreground=np.stack([frame["foreground"] for frame in frames]),
        alpha=np.stack([frame["alpha"] for frame in frames]),
        shares=np.stack([frame["shares"] for frame in frames]),
        directions=np.array([light["direction"] for light in facts["lights"]], np.float32),
        depth=np.stack([frame["depth"] for frame in frames]),
        motion=np.stack([frame["motion"] for frame in frames]),
    )


def _read_facts(stem: Path) -> dict[str, Any]:
    path = stem.with_name(stem.name + ".json")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFrame(
            f"{path} is not there, so the capture is not whole; render it."
        ) from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}; render the capture again.") from None
    wanted = ("software", "settings", "light_steradian", "subject", "lights", "files")
    if (
        not isinstance(facts, dict)
        or facts.get("layout") != LAYOUT
        or not set(wanted) <= set(facts)
    ):
        raise UnreadableFile(
            f"{path} is not of layout {LAYOUT}; render the capture again with this version."
        )
    return facts


def _read_frame(path: Path, lamps: list[str], kind: str) -> dict[str, Plane]:
    combined = _read_pass(path, "Combined")
    grainy = _read_pass(path, "Noisy Image")[:, :3]
    alpha = combined[:, 3:].clamp(0, 1)
    passes = torch.cat([_luminance(_read_pass(path, f"Combined_{name}")) for name in lamps], dim=1)
    depth = _read_pass(path, "Depth")
    return {
        "foreground": _planes(straight_colour(combined[:, :3], grainy, alpha))[0].transpose(
            1, 2, 0
        ),
        "alpha": _planes(without_grain(alpha, kind))[0, 0],
        "shares": _planes(shares_of_light(passes, alpha))[0],
        "depth": _planes(nearest_depth(depth))[0, 0],
        "motion": _planes(_read_motion(path, alpha))[0].transpose(1, 2, 0),
    }


def without_grain(alpha: Tensor, kind: str) -> Tensor:
    """Alpha without the renderer's grain where a subject lets light through evenly.

    Hair, threads and leaves keep theirs: it cannot be told from what they are.

    Args:
        alpha: (1, 1, H, W).
        kind: of subject or cloth.

    Source: Buades et al. 2005 (docs/references.md#buades2005), by OpenCV, for glass and veils.
    """
    if kind == "smoke":
        return gaussian_blur(alpha, _SMOKE_BLUR)
    if kind not in ("glass", "veil"):
        return alpha
    steps = np.rint(_planes(alpha)[0, 0] * 255.0).astype(np.uint8)
    smooth = cv2.fastNlMeansDenoising(steps, None, _GRAIN, 5, 15).astype(np.float32) / 255.0
    certain = (erode(alpha, 1) == 1) | (dilate(alpha, 1) == 0)
    return torch.where(certain, alpha, torch.from_numpy(smooth)[None, None])


def straight_colour(denoised: Tensor, grainy: Tensor, alpha: Tensor) -> Tensor:
    """The subject's colour under all lamps, smooth beyond its alpha.

    Args:
        denoised: (1, 3, H, W) premultiplied.
        grainy: the same before it was denoised.
        alpha: (1, 1, H, W).

    Returns:
        (1, 3, H, W) straight, scene-linear, at least 0.
    """
    solid = ((erode(alpha, 1) - 0.9) / 0.1).clamp(0, 1)
    nearby = gaussian_blur(alpha, 1.0)
    edge = fill(
        gaussian_blur(grainy, 1.0) / nearby.clamp_min(1e-6), ((nearby - 0.05) * 4).clamp(0, 1)
    )
    return torch.lerp(edge, denoised / alpha.clamp_min(1e-6), solid).clamp_min(0)


def shares_of_light(passes: Tensor, alpha: Tensor) -> Tensor:
    """Every lamp's share of the light, from its grainy pass.

    Args:
        passes: (1, L, H, W) luminance under each lamp, premultiplied.
        alpha: (1, 1, H, W).

    Returns:
        (1, L, ceil(H / SCALE), ceil(W / SCALE)); they add up to 1 everywhere.
    """
    blocks = gaussian_blur(block_mean(passes.clamp_min(0)), 1.0)
    light = blocks.sum(dim=1, keepdim=True)
    seen = gaussian_blur(block_mean(alpha), 1.0)
    shares = fill(blocks / light.clamp_min(1e-12), (seen * 4).clamp(0, 1) * (light > 1e-6))
    total = shares.sum(dim=1, keepdim=True)
    even = torch.full_like(shares, 1.0 / shares.shape[1])
    return torch.where(total > 0.5, shares / total.clamp_min(0.5), even)


def nearest_depth(depth: Tensor) -> Tensor:
    """The nearest depth of each block of pixels, infinite where nothing is: (1, 1, h, w)."""
    padded = _padded(torch.where(depth < _NOTHING, depth, torch.inf))
    return -torch.nn.functional.max_pool2d(-padded, SCALE)


def block_mean(x: Tensor) -> Tensor:
    """The mean of each block of SCALE² pixels; blocks at the border repeat its pixels."""
    return torch.nn.functional.avg_pool2d(_padded(x), SCALE)


def _padded(x: Tensor) -> Tensor:
    height, width = x.shape[-2:]
    return torch.nn.functional.pad(x, (0, -width % SCALE, 0, -height % SCALE), mode="replicate")


def _read_motion(path: Path, alpha: Tensor) -> Tensor:
    """Pixels right and down to where the subject was; 0 in captures without the pass."""
    if "ViewLayer.Vector" not in read_header(str(path)).layers:
        return block_mean(torch.zeros_like(alpha).expand(-1, 2, -1, -1))
    vector = _read_pass(path, "Vector")[:, :2] * torch.tensor([1.0, -1.0]).view(1, 2, 1, 1)
    weight = block_mean(alpha)
    return block_mean(vector * alpha) / weight.clamp_min(1e-6)


def _read_pass(path: Path, name: str) -> Tensor:
    frame = read_frame(str(path), layer=f"ViewLayer.{name}")
    pixels = torch.from_numpy(np.ascontiguousarray(frame.pixels)).permute(2, 0, 1)[None]
    if not bool(pixels.isfinite().all()):
        raise NonFinitePixels(f"{path}: {name} has NaN or infinity; render the capture again.")
    return pixels


def _luminance(colour: Tensor) -> Tensor:
    weights = colour.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
    return (colour * weights).sum(dim=1, keepdim=True)


def _planes(x: Tensor) -> Plane:
    return np.asarray(x.numpy(), np.float32)
