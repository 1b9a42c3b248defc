"""Makes shots with truth out of the passes of `render.py`; needs no Blender.

Writes beside OUT/SHOT/passes what `platekey solve` and `platekey score` take: plate.%04d.exr,
clean.0001.exr (one clean plate for all frames), gt/alpha, gt/fg (premultiplied R G B A) and gt/bgs
(the set with the subject's shadow). All scene-linear Rec.709. Shots whose passes are not all there
yet are left out and named.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from platekey.core.errors import MissingFrame
from platekey.core.options import Compression
from platekey.core.stopping import go_on, never

from .plates import SensorNoise, write_clean_plate, write_plate
from .recipes import Shot, missing_passes

LOG = logging.getLogger("lightstage")


def assemble_shot(folder: Path, shot: Shot, compression: Compression = Compression.DWAA) -> None:
    """Writes plates and truth of a shot into its folder; the same seed gives the same noise.

    Args:
        folder: of the shot; holds its passes.
        shot: what was rendered.
        compression: of plates and clean plate; truth is lossless.

    Raises:
        MissingFrame: a pass is not there.
        UnreadableFile: a pass is damaged.
        OutputError: no room, no permission.
    """
    passes = folder / "passes"
    missing = missing_passes(passes, shot)
    if missing:
        raise MissingFrame(
            f"{len(missing)} of {len(shot.passes)} passes of {shot.name} are not there, "
            f"{missing[0]} for one; render them first."
        )
    noise = SensorNoise(gain=SensorNoise.gain * shot.noise**2, read=SensorNoise.read * shot.noise)
    for frame in range(1, shot.frames + 1):
        write_plate(passes, folder, frame, shot.seed, noise, compression, denoised=True)
    write_clean_plate(passes, folder, 1, shot.seed, noise, shot.clean_gain, compression)


def assemble_all(
    out: Path,
    shots: Sequence[Shot],
    compression: Compression = Compression.DWAA,
    should_stop: Callable[[], bool] = never,
) -> int:
    """Assembles the shots whose passes are all there, and names the others; returns how many.

    Raises:
        UnreadableFile, OutputError: see assemble_shot.
        Cancelled: should_stop said so.
    """
    done = 0
    for shot in shots:
        go_on(should_stop)
        try:
            assemble_shot(out / shot.name, shot, compression)
        except MissingFrame as error:
            LOG.warning("%s", error)
            continue
        LOG.info("%s  %d frames", shot.name, shot.frames)
        done += 1
    LOG.info("%d of %d shots", done, len(shots))
    return done
