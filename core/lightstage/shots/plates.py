"""Plates with sensor noise out of noiseless passes. No Blender in here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from platekey.core.errors import OptionError
from platekey.core.frames.frame import Frame, Pixels, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.lightstage.capture.compact import straight_colour
from platekey.core.options import Compression

COLOUR_SPACE = "lin_rec709_scene"


@dataclass(frozen=True)
class SensorNoise:
    """What a camera adds: variance = gain * value + read ** 2, per channel and pixel.

    Attributes:
        gain: shot noise, in linear units.
        read: standard deviation in black, in linear units.
    """

    gain: float = 6e-5
    read: float = 1e-3

    def __post_init__(self) -> None:
        """Refuses negative noise."""
        if self.gain < 0.0 or self.read < 0.0:
            raise OptionError(
                f"noise is gain {self.gain}, read {self.read}, but neither can be negative; "
                "give 0 for none."
            )

    def apply(self, pixels: Pixels, seed: tuple[int, ...]) -> Pixels:
        """Returns a noisy copy of (H, W, C) linear pixels; negatives may come of it.

        Args:
            pixels: scene-linear, unbounded.
            seed: the same seed draws the same noise, another one independent noise.
        """
        normal = np.random.default_rng(seed).standard_normal(pixels.shape, dtype=np.float32)
        deviation = np.sqrt(self.gain * np.maximum(pixels, 0.0) + self.read**2)
        return np.asarray(pixels + normal * deviation, np.float32)


def combine(foreground: Pixels, background: Pixels) -> Pixels:
    """Puts premultiplied (H, W, 4) R G B A over (H, W, 3), both linear: fg + (1 - alpha) * bgs."""
    over = foreground[..., :3] + (1.0 - foreground[..., 3:]) * background
    return np.asarray(over, np.float32)


def sharp_foreground(denoised: Pixels) -> Pixels:
    """A denoised pass whose colour ends where its alpha does: hair is as sharp as alpha.

    The colour of hair and edges is the mean around, weighted by alpha; see compact.py.

    Args:
        denoised: (H, W, 4) premultiplied R G B and alpha.

    Returns:
        The same.
    """
    planes = torch.from_numpy(np.ascontiguousarray(denoised)).permute(2, 0, 1)[None]
    alpha = planes[:, 3:].clamp(0, 1)
    colour = straight_colour(planes[:, :3], planes[:, :3], alpha) * alpha
    return np.asarray(torch.cat([colour, alpha], dim=1)[0].permute(1, 2, 0).numpy(), np.float32)


def write_plate(
    passes: Path,
    shot: Path,
    frame: int,
    seed: int,
    noise: SensorNoise,
    compression: Compression = Compression.DWAA,
    background_compression: Compression = Compression.ZIP,
    denoised: bool = False,
) -> None:
    """Writes a frame's plate and truth: gt/alpha, gt/fg (premultiplied R G B A), gt/bgs.

    Args:
        passes: has fg.%04d.exr and bgs.%04d.exr of this frame.
        shot: the folder to write to; it is made.
        frame: its number.
        seed: of the noise.
        noise: the camera's.
        compression: of the plate; DWAA, at its usual level (45), is how plates are often delivered.
        background_compression: of gt/bgs; the other truth is lossless.
        denoised: fg is, and has to be made sharp again.
    """
    (shot / "gt").mkdir(parents=True, exist_ok=True)
    foreground = read_frame(str(passes / f"fg.{frame:04d}.exr")).select("R", "G", "B", "A")
    if denoised:
        foreground = sharp_foreground(foreground)
    background = read_frame(str(passes / f"bgs.{frame:04d}.exr")).select("R", "G", "B")
    plate = noise.apply(combine(foreground, background), (seed, frame, 0))
    write(background, "RGB", shot / "gt" / f"bgs.{frame:04d}.exr", background_compression)
    write(foreground, "RGBA", shot / "gt" / f"fg.{frame:04d}.exr")
    write(foreground[..., 3:], "A", shot / "gt" / f"alpha.{frame:04d}.exr")
    write(plate, "RGB", shot / f"plate.{frame:04d}.exr", compression)


def write_clean_plate(
    passes: Path,
    shot: Path,
    frame: int,
    seed: int,
    noise: SensorNoise,
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0),
    compression: Compression = Compression.DWAA,
) -> None:
    """Writes the clean plate with noise of its own.

    Args:
        passes: has clean.%04d.exr of this frame.
        shot: the folder to write to; it is made.
        frame: its number.
        seed: of the noise.
        noise: the camera's.
        gain: what another exposure and white balance make of R, G and B.
        compression: of the file.
    """
    shot.mkdir(parents=True, exist_ok=True)
    clean_plate = read_frame(str(passes / f"clean.{frame:04d}.exr")).select("R", "G", "B")
    noisy = noise.apply(clean_plate * np.asarray(gain, np.float32), (seed, frame, 1))
    write(noisy, "RGB", shot / f"clean.{frame:04d}.exr", compression)


def write(
    pixels: Pixels, channels: str, path: Path, compression: Compression = Compression.ZIP
) -> None:
    """Writes half floats; `channels` has one letter a channel."""
    height, width, _ = pixels.shape
    window = Window(0, 0, width, height)
    frame = Frame(pixels, tuple(channels), window, window, colour_space=COLOUR_SPACE)
    write_frame(frame, str(path), compression=compression)
