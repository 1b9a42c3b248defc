"""Clocks that jump while a job runs, and files that come from the future or from before 1970."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

from disks import pictures
from finding import Finding
from launcher import Launcher
from tiny import TinyShot

_JUMPS = ("+10h", "-10h", "+400d", "-400d", "+20y", "-20y")  # libfaketime's words


def measure(folder, launcher, *, seed):
    return [_jumps(folder / "jumps", seed), _times_of_files(folder / "files", launcher)]


def _library():
    paths = [path for path in Path("/usr/lib").rglob("libfaketimeMT.so.1")]
    return str(paths[0]) if paths and shutil.which("faketime") else ""


def _jumps(folder, seed):
    finding = Finding("the clock jumps in mid-run (libfaketime)")
    library = _library()
    if not library:
        finding.skipped = "there is no libfaketime; install the package faketime"
        return finding
    shot, dice = TinyShot(folder / "shot", count=8), random.Random(seed)
    clock = folder / "clock"
    clock.write_text("+0s")
    env = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    with Launcher(folder / "launcher", env=env) as launcher:
        launcher.run(shot.solve(folder / "warm"))
        whole = launcher.run(shot.solve(folder / "whole"))
        reference, longest = pictures(folder / "whole"), 0.0
        for number, jump in enumerate(_JUMPS):
            clock.write_text("+0s")
            launcher.start(shot.solve(folder / str(number)))
            time.sleep(dice.uniform(0, whole.seconds))
            clock.write_text(jump)
            outcome = launcher.end()
            told = [event["seconds"] for event in outcome.of_type("frame_done")]
            longest = max([longest, *told])
            if outcome.code or pictures(folder / str(number)) != reference:
                finding.faults.append(f"{jump}: it ended with {outcome.code}, or differs")
            if any(not 0 <= seconds < 60 for seconds in told):
                finding.faults.append(f"{jump}: a frame is said to have taken {told} s")
            again = launcher.run(shot.solve(folder / str(number)))
            if again.of_type("result")[0]["written"]:
                finding.faults.append(f"{jump}: finished frames are made again")
            finding.tried += 1
    # that the clock was really another one
    shown = subprocess.run(
        ["date", "+%Y"], env={**os.environ, **env}, capture_output=True, text=True, check=True
    )
    finding.figures = (
        f"all frames equal, none made again, {longest:.1f} s the longest that was told; "
        f"`date` said {shown.stdout.strip()} at the end"
    )
    return finding


def _times_of_files(folder, launcher):
    finding = Finding("plates from the future, from 1970 and from before")
    shot = TinyShot(folder / "shot", count=3)
    for name, stamp in (("2099", 4070908800), ("1970", 0), ("1960", -315619200)):
        for frame in shot.frames:
            os.utime(shot.plate % frame, (stamp, stamp))
        order = shot.solve(folder / name)
        first, again = launcher.run(order), launcher.run(order)
        skipped = again.of_type("result")[0]["skipped"] if not again.code else []
        if first.code or len(skipped) != 3:
            finding.faults.append(f"{name}: ended with {first.code}, then skipped {skipped}")
        finding.tried += 1
    finding.figures = "solved, and skipped on a re-run"
    return finding
