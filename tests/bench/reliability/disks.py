"""Full disks, folders that turn read-only, stall or vanish: for real, on small file systems.

Needs root for its mounts; without it each trial is skipped and says so, and only RLIMIT_FSIZE is
tried. A network folder that vanishes is a bind mount that is lazily unmounted in mid-run; one that
stalls is an ext4 file system that is frozen (fsfreeze) for some seconds.
"""

import random
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from finding import Finding
from tiny import TinyShot

from platekey.core.frames.image_io import is_whole

_ROUNDS = 10
_STALL = 5.0  # seconds


def measure(folder, launcher, *, seed, rounds=_ROUNDS):
    shot = TinyShot(folder / "shot", count=8)
    launcher.run(shot.solve(folder / "warm"))
    whole = launcher.run(shot.solve(folder / "whole"))
    reference = pictures(folder / "whole")
    trial = (launcher, shot, reference, random.Random(seed))
    found = [_no_growth(*trial, folder / "growth", rounds)]
    needs_root = (
        ("disk full, tmpfs", _full_disk),
        ("folder turns read-only in mid-run", _read_only),
        ("folder vanishes in mid-run and comes back", _vanishing),
        (f"folder stalls for {_STALL:g} s in mid-run", _stalling),
    )
    for what, attempt in needs_root:
        finding = Finding(what)
        try:
            attempt(finding, *trial, folder / attempt.__name__, rounds, whole.seconds)
        except CannotMount as error:
            finding.skipped = str(error)
        found.append(finding)
    return found


class CannotMount(Exception):
    """This user may not mount, or the system lacks the tool."""


@contextmanager
def mounted(place, *words):
    """Mounts for a while; `words` are those of mount without the place."""
    place.mkdir(parents=True, exist_ok=True)
    _call("mount", *words, str(place))
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def _call(*words):
    if not shutil.which(words[0]):
        raise CannotMount(f"there is no {words[0]}")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMount(f"{words[0]} is refused: {done.stderr.strip()[:80]}")


def pictures(folder):
    """Bytes of every picture by name; hidden files too, for none may be left."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def judge(finding, number, outcome, out, reference, *, codes):
    """Notes whatever is half-written, left over, or not told in a sentence."""
    there = pictures(out) if out.exists() else {}
    wrong = [name for name, data in there.items() if reference.get(name) != data]
    wrong += [name for name in there if name in reference and not is_whole(str(out / name))]
    if wrong:
        finding.faults.append(f"round {number}: {', '.join(wrong)} is not whole, or left over")
    if outcome.code not in codes:
        said = "; ".join(outcome.sentences())
        finding.faults.append(f"round {number} ended with {outcome.code}: {said[:200]}")
    kinds = {event["kind"] for event in outcome.of_type("frame_failed") + outcome.of_type("error")}
    if not kinds <= {"OutputError", "MissingFrame", "UnreadableFile"}:
        finding.faults.append(f"round {number} told of {', '.join(sorted(kinds))}")


def finish(finding, number, launcher, order, out, reference):
    """Runs the job again on a disk that is well, and compares."""
    outcome = launcher.run(order)
    if outcome.code or pictures(out) != reference:
        finding.faults.append(f"round {number}: the re-run ended with {outcome.code}, or differs")
    return outcome


def _no_growth(launcher, shot, reference, dice, folder, rounds):
    finding, refused = Finding("disk full, RLIMIT_FSIZE"), 0
    largest = max(map(len, reference.values()))
    for number in range(rounds):
        out = folder / str(number)
        order = shot.solve(out)
        limit = dice.randrange(1, largest)
        outcome = launcher.run(order, file_size=max(limit, 1))
        refused += len(outcome.of_type("frame_failed"))
        judge(finding, number, outcome, out, reference, codes=(0, 3, 4))
        finish(finding, number, launcher, order, out, reference)
        finding.tried += 1
    finding.figures = f"{refused} frames refused with OutputError, every re-run equal"
    return finding


def _full_disk(finding, launcher, shot, reference, dice, folder, rounds, seconds):
    refused, largest = 0, sum(map(len, reference.values()))
    for number in range(rounds):
        size = dice.randrange(8 << 10, largest + (8 << 10))
        with mounted(folder / str(number), "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as disk:
            out = disk / "out"
            order = shot.solve(out)
            outcome = launcher.run(order)
            refused += len(outcome.of_type("frame_failed"))
            judge(finding, number, outcome, out, reference, codes=(0, 3, 4))
            _call("mount", "-o", "remount,size=64m", str(disk))
            finish(finding, number, launcher, order, out, reference)
            finding.tried += 1
    finding.figures = f"{refused} frames refused with OutputError, every re-run with room equal"


def _read_only(finding, launcher, shot, reference, dice, folder, rounds, seconds):
    refused = 0
    for number in range(rounds):
        with mounted(folder / str(number), "-t", "tmpfs", "tmpfs") as disk:
            out = disk / "out"
            order = shot.solve(out)
            launcher.start(order)
            time.sleep(dice.uniform(0, seconds))
            # a writer that has a file open keeps the disk from turning: then a moment later
            _again("mount", "-o", "remount,ro", str(disk))
            outcome = launcher.end()
            refused += len(outcome.sentences())
            judge(finding, number, outcome, out, reference, codes=(0, 3, 4))
            _call("mount", "-o", "remount,rw", str(disk))
            finish(finding, number, launcher, order, out, reference)
            finding.tried += 1
    finding.figures = f"{refused} sentences of OutputError, every re-run on a writable one equal"


def _again(*words):
    until = time.monotonic() + 20
    while True:
        try:
            return _call(*words)
        except CannotMount:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)


def _vanishing(finding, launcher, shot, reference, dice, folder, rounds, seconds):
    refused = left = 0
    for number in range(rounds):
        server, mount = folder / f"server{number}", folder / f"mount{number}"
        server.mkdir(parents=True)
        out = mount / "show" / "out"
        order = shot.solve(out)
        with mounted(mount, "--bind", str(server)):
            launcher.start(order)
            time.sleep(dice.uniform(0, seconds))
            _call("umount", "-l", str(mount))
            outcome = launcher.end()
        refused += len(outcome.sentences())
        for path in server.rglob(".*.tmp"):  # of the frame that was being written: hidden, and
            path.unlink()  # removed by any later run once it is an hour old
            left += 1
        judge(finding, number, outcome, server / "show" / "out", reference, codes=(0, 3, 4))
        stray = [path for path in mount.rglob("*") if path.is_file()]
        if stray and outcome.code:
            finding.faults.append(f"round {number}: {len(stray)} files beneath the mount point")
        shutil.rmtree(mount / "show", ignore_errors=True)
        with mounted(mount, "--bind", str(server)):
            finish(finding, number, launcher, order, out, reference)
        finding.tried += 1
    finding.figures = (
        f"{refused} sentences, {left} hidden temporary files left, every re-run on the folder that "
        "came back equal"
    )


def _stalling(finding, launcher, shot, reference, dice, folder, rounds, seconds):
    folder.mkdir(parents=True)
    image, slowest = folder / "disk.img", 0.0
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    _call("mkfs.ext4", "-q", str(image))
    if not shutil.which("fsfreeze"):
        raise CannotMount("there is no fsfreeze")
    with mounted(folder / "mount", "-o", "loop", str(image)) as disk:
        for number in range(min(3, rounds)):
            out = disk / f"out{number}"
            launcher.start(shot.solve(out))
            time.sleep(dice.uniform(0, seconds))
            _call("fsfreeze", "-f", str(disk))
            try:
                time.sleep(_STALL)
            finally:
                _call("fsfreeze", "-u", str(disk))
            outcome = launcher.end()
            slowest = max(slowest, outcome.seconds)
            judge(finding, number, outcome, out, reference, codes=(0,))
            if pictures(out) != reference:
                finding.faults.append(f"round {number}: frames are lost")
            finding.tried += 1
    finding.figures = f"every frame whole and exit code 0, after {slowest:.1f} s at most"
