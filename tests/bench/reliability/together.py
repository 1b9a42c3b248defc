"""Two solves into one output folder at the same time."""

import random
import time

from disks import pictures
from finding import Finding
from launcher import Launcher
from tiny import TinyShot

_ROUNDS = 20


def measure(folder, one, *, seed, rounds=_ROUNDS):
    shot, dice = TinyShot(folder / "shot", count=8), random.Random(seed)
    finding, twice = Finding("two solves into one folder at once"), 0
    with Launcher(folder / "two") as two:
        for each in (one, two):
            each.run(shot.solve(folder / "warm"))
        whole = one.run(shot.solve(folder / "whole"))
        reference = pictures(folder / "whole")
        for number in range(rounds):
            out = folder / str(number)
            order = shot.solve(out, overwrite=number % 4 == 3)
            one.start(order)
            time.sleep(dice.uniform(0, whole.seconds / 2))
            two.start(order)
            outcomes = one.end(), two.end()
            written = [set(each.of_type("result")[0]["written"]) for each in outcomes]
            twice += len(written[0] & written[1])
            if any(each.code for each in outcomes):
                finding.faults.append(f"round {number}: {[each.code for each in outcomes]}")
            if pictures(out) != reference:
                finding.faults.append(f"round {number}: frames are lost, differ, or more is left")
            finding.tried += 1
    finding.figures = f"all frames whole and equal, nothing left over; {twice} frames made twice"
    return [finding]
