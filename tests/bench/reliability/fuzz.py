"""Damaged files, requests and lists: each is refused in a sentence, or right.

    python tests/bench/reliability/fuzz.py TARGET [--seed N] [--first N] [--count N]

runs a target alone, as to see again an input that failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from finding import Finding

CHILD = Path(__file__).with_name("fuzz_child.py")
COUNTS = {  # inputs by target
    "exr": 20_000,
    "weights": 10_000,
    "checkpoint": 3_000,
    "request": 20_000,
    "job": 1_000,
    "message": 20_000,
    "shots": 10_000,
    "report": 2_000,
    "frames": 10_000,
    "tune_folder": 5_000,
    "captures": 5_000,
}
_MOST_FAULTS = 20  # of a target that are told
# inputs of a process: libraries that met damaged files are not trusted for ever
_BATCH = {"job": 50, "checkpoint": 100}


def measure(folder, *, seconds, seed, counts=None):
    """Every target, each for its share of the time at most."""
    counts, folder = counts or COUNTS, Path(folder).resolve()
    with Child(folder) as child:
        return [
            fuzz(child, name, folder / name, seed=seed, count=count, seconds=seconds / len(counts))
            for name, count in counts.items()
        ]


class Child:
    """The process that forks one for each batch of inputs; a context manager."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "stderr.txt"
        environ = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        with open(self.log, "w") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=environ,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def run(self, *words):
        """The answers to a batch, and the exit code of its process."""
        self._process.stdin.write("\t".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        lines = []
        while True:
            lines.append(json.loads(self._process.stdout.readline()))
            if "code" in lines[-1]:
                return lines[:-1], lines[-1]["code"]


def fuzz(child, name, folder, *, seed, count, seconds, first=0):
    """Runs a target on inputs in processes that may crash or hang."""
    finding, until, at = Finding(f"fuzzing: {name}, seed {seed}"), time.monotonic() + seconds, first
    counts, peak = Counter(), 0.0
    folder.mkdir(parents=True, exist_ok=True)
    while at < first + count and (at == first or time.monotonic() < until):
        last = min(at + _BATCH.get(name, 500), first + count)
        lines, code = child.run(name, seed, at, last, folder)
        done = last
        for line in lines:
            if "fault" in line:
                finding.faults.append(f"input {line['input']}: {line['fault']}")
            else:
                counts += Counter(line["counts"])
                peak = max(peak, line["peak_mib"])
        if code:
            done = int((folder / "at").read_text()) + 1 if (folder / "at").exists() else last
            finding.faults.append(f"input {done - 1}: the process ended with {code}")
        finding.tried += done - at
        at = done
        if len(finding.faults) >= _MOST_FAULTS:
            break
    told = ", ".join(f"{counts[kind]} {kind}" for kind in ("refused", "read") if counts[kind])
    finding.figures = f"{told}; resident peak {peak:.0f} MiB"
    return finding


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=sorted(COUNTS))
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Child(Path(folder).resolve()) as child:
        place, options = Path(folder).resolve() / args.target, {"seed": args.seed, "seconds": 1e9}
        found = fuzz(child, args.target, place, count=args.count, first=args.first, **options)
        text = child.log.read_text()
    print(found.what, found.tried, found.figures, *found.faults, text[-2000:], sep="\n")


if __name__ == "__main__":
    main()
