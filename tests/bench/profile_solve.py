"""Where the time of `platekey solve` goes: milliseconds of processor and clock by step.

    python tests/bench/profile_solve.py --shot ../shared/bench/dev/dev_turn --page docs/speed.md

The job runs in this process on one thread a stage, its functions wrapped by name; a step's time is
its own, without that of the steps inside it. The first frame, which warms up, is left out. Clock
time is larger than processor time where a stage waits for the disk, or for a busy machine.
"""

import argparse
import functools
import importlib
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import OpenImageIO
import torch
from fragments import machine, markdown_table, replace_fragment
from shots import find_shots
from speed import SIZES, enlarge

from platekey.core.job.request import SolveRequest
from platekey.core.job.solve import run_solve
from platekey.core.options import MatteOptions, Method

STEPS = (  # name in the table, module, function; the module is where the caller looks it up
    ("read", "job.inputs.ShotInputs", "read"),
    ("read: to tensors", "job.one_frame", "to_tensor"),
    ("condition: ordinary brightness, rest", "job.one_frame", "condition_clean_plate"),
    ("condition: noise", "plate.conditioning", "estimate_noise"),
    ("condition: registration", "plate.conditioning", "register"),
    ("condition: warp", "plate.conditioning", "warp"),
    ("condition: rolling shutter", "plate.conditioning", "find_row_shifts"),
    ("condition: misalignment", "plate.conditioning", "_misalignment"),
    ("condition: exposure", "plate.conditioning", "fit_exposure"),
    ("condition: light drift", "plate.conditioning", "find_drift"),
    ("condition: focus", "plate.conditioning", "compare_focus"),
    ("condition: parallax", "plate.conditioning", "find_parallax"),
    ("solve: rest", "job.one_frame", "solve_frame"),
    ("solve: reduce", "solver.solve", "reduced_scene"),
    ("coarse: rest", "solver.solve", "solve_coarse"),
    ("coarse: difference", "solver.coarse", "measure_difference"),
    ("coarse: cast shadow", "solver.difference", "follow_shadows"),
    ("coarse: hard shadow", "solver.difference", "find_hard_shadow"),
    ("coarse: impostors", "solver.coarse", "find_impostors"),
    ("coarse: regions", "solver.coarse", "find_regions"),
    ("coarse: colour model", "solver.coarse", "model_foreground"),
    ("coarse: posterior", "solver.coarse", "band_posterior"),
    ("coarse: Laplacian", "solver.coarse", "_smoothed"),
    ("full size: sharpen", "solver.solve", "sharpen"),
    ("full size: posterior", "solver.sharpen", "band_posterior"),
    ("full size: guided", "solver.sharpen", "_guided"),
    ("full size: least alpha", "solver.solve", "least_alpha"),
    ("full size: unmix", "solver.solve", "unmix_foreground"),
    ("full size: confidence", "solver.solve", "judge_confidence"),
    ("write: to pixels", "job.one_frame", "to_pixels"),
    ("write: layers", "job.outputs.ShotOutputs", "pictures"),
    ("write: file", "job.frame_files.FrameFiles", "write"),
)


class Timers:
    """Own time of wrapped functions, by name: milliseconds of (processor, clock)."""

    def __init__(self):
        self.found = {}
        self._thread = threading.local()
        self._lock = threading.Lock()

    def wrap(self, name, function):
        @functools.wraps(function)
        def timed(*args, **kwargs):
            stack = self._thread.__dict__.setdefault("stack", [])
            stack.append([0.0, 0.0])
            start = now()
            try:
                return function(*args, **kwargs)
            finally:
                spent = [end - begin for end, begin in zip(now(), start, strict=True)]
                inside = stack.pop()
                with self._lock:
                    own = self.found.setdefault(name, [0.0, 0.0])
                    for i in range(2):
                        own[i] += 1e3 * (spent[i] - inside[i])
                        if stack:
                            stack[-1][i] += spent[i]

        return timed


def now():
    return time.thread_time(), time.perf_counter()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shot", required=True, metavar="DIR")
    parser.add_argument("--sizes", nargs="+", default=["HD", "UHD"])
    parser.add_argument("--frames", type=int, default=3, help="solved at each size, and one more")
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    args = parser.parse_args()
    found = {size: measure(args.shot, size, args.frames) for size in args.sizes}
    text = table(found)
    print(text)
    if args.page:
        replace_fragment(args.page, "profile", text)


def measure(shot, size, count):
    """Milliseconds a frame, by step."""
    torch.set_num_threads(1)  # a thread's own clock misses what its helpers do
    cv2.setNumThreads(1)
    OpenImageIO.attribute("threads", 1)
    timers = Timers()
    with tempfile.TemporaryDirectory() as folder:
        enlarge(find_shots([shot])[0], SIZES[size], count + 1, Path(folder))
        request = SolveRequest(
            plate=f"{folder}/plate.####.exr",
            clean_plate=f"{folder}/clean.exr",
            output=f"{folder}/out.####.exr",
            options=MatteOptions(method=Method.DIFFERENCE),
        )
        run_solve(replace(request, frames="1"), ignore, never)
        put_back = instrument(timers)
        result = run_solve(request, ignore, never)  # the first frame is finished, and skipped
        for holder, name, function in put_back:
            setattr(holder, name, function)
    if result.exit_code:
        raise SystemExit(f"the solve ended with {result.exit_code}.")
    return {name: [value / count for value in spent] for name, spent in timers.found.items()}


def instrument(timers):
    """Wraps every step; returns what to put back."""
    put_back = []
    for name, place, function_name in STEPS:
        *path, last = f"platekey.core.{place}".split(".")
        if last[0].isupper():
            holder = getattr(importlib.import_module(".".join(path)), last)
        else:
            holder = importlib.import_module(f"platekey.core.{place}")
        function = getattr(holder, function_name)
        put_back.append((holder, function_name, function))
        setattr(holder, function_name, timers.wrap(name, function))
    return put_back


def ignore(event):
    """Progress is not looked at."""


def never():
    return False


def table(found):
    """A row a step, and the sum."""
    headings = ["step"]
    for size in found:
        headings += [f"{size}, ms of CPU", "ms of clock", "share of CPU"]
    totals = {
        size: [sum(v[i] for v in steps.values()) for i in range(2)] for size, steps in found.items()
    }
    rows = []
    for name, *_ in STEPS:
        row = [name]
        for size, steps in found.items():
            cpu, clock = steps.get(name, (0.0, 0.0))
            row += [f"{cpu:.0f}", f"{clock:.0f}", f"{100 * cpu / totals[size][0]:.0f} %"]
        rows.append(row)
    last = ["**sum**"]
    for cpu, clock in totals.values():
        last += [f"**{cpu:.0f}**", f"**{clock:.0f}**", ""]
    return f"{markdown_table(headings, [*rows, last])}\n\nMachine: {machine()}, one thread a stage."


if __name__ == "__main__":
    main()
