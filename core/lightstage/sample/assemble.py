"""Makes a shot with truth out of the passes of `render.py`; needs no Blender.

    python -m platekey.core.lightstage.sample.assemble PASSES OUT --seed 7

Writes plate.%04d.exr, clean.%04d.exr (one frame), background.exr and gt/alpha, gt/fg (premultiplied
R G B A), gt/bgs (the set with the subject's shadow) of every frame. All scene-linear Rec.709.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from platekey.core.errors import MissingFrame
from platekey.core.frames.image_io import read_frame
from platekey.core.lightstage.shots.plates import (
    SensorNoise,
    write,
    write_clean_plate,
    write_plate,
)
from platekey.core.options import Compression

LOG = logging.getLogger("lightstage")


def assemble(passes: Path, shot: Path, seed: int, noise: SensorNoise) -> list[int]:
    """Writes the shot and returns its frames.

    Args:
        passes: the folder that render.py wrote.
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
    for frame in frames:
        write_plate(passes, shot, frame, seed, noise, background_compression=Compression.DWAA)
        LOG.info("frame %d", frame)
    write_clean_plate(passes, shot, frames[0], seed, noise)
    if (passes / "background.exr").exists():
        new = read_frame(str(passes / "background.exr")).select("R", "G", "B")
        write(new, "RGB", shot / "background.exr", Compression.DWAA)
    return frames


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
