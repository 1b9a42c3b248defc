"""The reliability campaign: damaged inputs, killed processes, bad disks, clocks and memory.

    python tests/bench/reliability/run.py --minutes 15 --page docs/reliability.md

Fuzzing and kills run for that many minutes at most, a third and two thirds of them, the other
trials as long as they take (some five minutes). The same seed gives the same inputs and moments;
on which line of code a moment falls is the machine's. Ends with 1 if anything went against the
promise.
"""

import argparse
import functools
import json
import sys
import tempfile
import time
from pathlib import Path

import clocks
import disks
import fuzz
import kills
import protocol_lines
import scarce_memory
import soak
import together
from finding import Finding
from launcher import Launcher

sys.path.append(str(Path(__file__).parents[1]))
from fragments import machine, markdown_table, replace_fragment  # noqa: E402

TRIALS = ("fuzz", "lines", "soak", "kills", "disks", "clocks", "together", "memory")
QUICK = {  # enough to see that the trials themselves work
    "fuzz": {"counts": {"request": 100, "shots": 100, "message": 100}},
    "lines": {"count": 100},
    "soak": {"requests": 2, "frames": 10},
    "kills": {"counts": {"solve": 2, "clean": 1, "tune": 1}},
    "disks": {"rounds": 1},
    "clocks": {},
    "together": {"rounds": 2},
    "memory": {"limits": (2048, 32), "size": (96, 64)},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0, help="of fuzzing and kills")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=TRIALS, default=TRIALS)
    parser.add_argument("--quick", action="store_true", help="a few of each")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", metavar="JSON", help="file for the findings")
    parser.add_argument("--stored", nargs="+", metavar="JSON", help="shows these, tries nothing")
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    args = parser.parse_args()
    found = stored(args.stored) if args.stored else campaign(args)
    text = markdown_table(["trial", "times", "what was seen", "faults"], map(row, found))
    text += f"\n\nOn {machine()}."
    if args.page:
        replace_fragment(args.page, "reliability", text)
    print(f"\n{text}")
    return int(any(finding.faults for finding in found))


def stored(paths):
    """The findings of campaigns that ran before, in the order of the trials."""
    lists = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
    return [Finding(**values) for each in lists for values in each]


def campaign(args):
    """Tries all that was asked for; what is found is kept after every trial."""
    found = []
    with tempfile.TemporaryDirectory(prefix="platekey-") as place:
        folder = Path(place).resolve()
        with Launcher(folder / "launcher") as launcher:
            for name, attempt in trials(launcher, args).items():
                if name not in args.only:
                    continue
                started = time.monotonic()
                findings = attempt(folder / name)
                for finding in findings:
                    print(" | ".join(row(finding)), *finding.faults, sep="\n  ", flush=True)
                print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
                found += findings
                if args.out:
                    text = json.dumps([each.to_json() for each in found], indent=1)
                    Path(args.out).write_text(text + "\n", encoding="utf-8")
    return found


def trials(launcher, args):
    """Each trial by its name, to be called with a folder."""
    seed, seconds = {"seed": args.seed}, 60 * args.minutes
    few = QUICK if args.quick else dict.fromkeys(TRIALS, {})
    part = functools.partial
    return {
        "fuzz": part(fuzz.measure, seconds=seconds / 3, **seed, **few["fuzz"]),
        "lines": part(protocol_lines.measure, **seed, **few["lines"]),
        "soak": part(soak.measure, **few["soak"]),
        "kills": lambda place: kills.measure(
            place, launcher, seconds=2 * seconds / 3, **seed, **few["kills"]
        ),
        "disks": lambda place: disks.measure(place, launcher, **seed, **few["disks"]),
        "clocks": lambda place: clocks.measure(place, launcher, **seed),
        "together": lambda place: together.measure(place, launcher, **seed, **few["together"]),
        "memory": lambda place: scarce_memory.measure(place, launcher, **few["memory"]),
    }


def row(finding):
    """A row of the table."""
    seen = f"skipped: {finding.skipped}" if finding.skipped else finding.figures
    return [finding.what, str(finding.tried), seen, str(len(finding.faults))]


if __name__ == "__main__":
    sys.exit(main())
