"""Makes a shot with truth out of the passes of `render.py`; needs no Blender.

    python -m platekey.core.lightstage.sample.assemble PASSES OUT --seed 7

Writes plate.%04d.exr, clean.%04d.exr (one frame), background.exr and gt/alpha, gt/fg (premultiplied
R G B A), gt/bgs (the set with the subject's shadow) of every frame. All scene-linear Rec.709.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from platekey.core.errors import MissingFrame, OptionError
from platekey.core.frames.frame import Frame, Pixels, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.options import Compression

COLOUR_SPACE = "lin_rec709_scene"
LOG = logging.getLogger("lightstage")


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


def assemble(passes: Path, shot: Path, seed: int, noise: SensorNoise) -> list[int]:
    """Writes the shot and returns its frames.

    Args:
        passes: the folder that render_sample.py wrote.
        shot: the folder to write to; it is made.
        seed: of the noise, which is independent in every frame and in the clean plate.
        noise: the camera's.

    Raises:
        MissingFrame: a pass is not there.
        OutputError: no room, no permission.
    """
    frames = sorted(int(path.suffixes[0][1:]) for path in passes.glob("fg.*.exr"))
    if not frames:
        raise MissingFrame(f"{passes} has no fg.*.exr; render the passes first.")
    (shot / "gt").mkdir(parents=True, exist_ok=True)
    for frame in frames:
        foreground = read_frame(str(passes / f"fg.{frame:04d}.exr")).select("R", "G", "B", "A")
        background = read_frame(str(passes / f"bgs.{frame:04d}.exr")).select("R", "G", "B")
        plate = noise.apply(combine(foreground, background), (seed, frame, 0))
        write_lossy(plate, shot / f"plate.{frame:04d}.exr")
        write_lossy(background, shot / "gt" / f"bgs.{frame:04d}.exr")
        write(foreground, "RGBA", shot / "gt" / f"fg.{frame:04d}.exr")
        write(foreground[..., 3:], "A", shot / "gt" / f"alpha.{frame:04d}.exr")
        LOG.info("frame %d", frame)
    clean_plate = read_frame(str(passes / f"clean.{frames[0]:04d}.exr")).select("R", "G", "B")
    noisy = noise.apply(clean_plate, (seed, frames[0], 1))
    write_lossy(noisy, shot / f"clean.{frames[0]:04d}.exr")
    if (passes / "background.exr").exists():
        new = read_frame(str(passes / "background.exr")).select("R", "G", "B")
        write_lossy(new, shot / "background.exr")
    return frames


def write(pixels: Pixels, channels: str, path: Path) -> None:
    """Writes truth: half, lossless."""
    write_frame(frame_of(pixels, channels), str(path))


def write_lossy(pixels: Pixels, path: Path) -> None:
    """Writes a picture as plates are delivered: half, DWAA at its usual level (45)."""
    write_frame(frame_of(pixels, "RGB"), str(path), compression=Compression.DWAA)


def frame_of(pixels: Pixels, channels: str) -> Frame:
    """A frame of the sample's colour space; `channels` has one letter a channel."""
    height, width, _ = pixels.shape
    window = Window(0, 0, width, height)
    return Frame(pixels, tuple(channels), window, window, colour_space=COLOUR_SPACE)


def main(argv: list[str] | None = None) -> int:
    """Assembles the shot; see the module's text."""
    parser = argparse.ArgumentParser(description="make a shot with truth from rendered passes")
    parser.add_argument("passes", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--gain", type=float, default=SensorNoise.gain, help="shot noise")
    parser.add_argument("--read", type=float, default=SensorNoise.read, help="read noise")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    noise = SensorNoise(options.gain, options.read)
    assemble(options.passes, options.out, options.seed, noise)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
