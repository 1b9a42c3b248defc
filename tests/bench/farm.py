"""What a farm costs: overhead a frame over a bare loop, and frames a minute against workers.

    python tests/bench/farm.py --shot tests/data/sample

The shot's frames are repeated to a longer shot. The bare loop reads, solves and writes them one
after the other in a process that is warm already, without job, log, signature or report; a farm's
tasks are `platekey solve` with a journal, a process a chunk, as an engine starts them. Overhead is
told in processor seconds, which a busy machine changes least, and in seconds by the clock.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fragments import machine, markdown_table, replace_fragment

from platekey.plugin.farm.frames import chunks, range_text

LOOP = """
import json, sys, time
from platekey.core.job.threads import share_cores
share_cores()
import torch
from platekey.core.job.inputs import ShotInputs
from platekey.core.job.one_frame import solve_one
from platekey.core.job.outputs import ShotOutputs
from platekey.core.job.request import SolveRequest

plate, clean, out = sys.argv[1:]
request = SolveRequest(plate, clean, out)
shot, outputs = ShotInputs(request), ShotOutputs(request, is_single=False)
outputs.prepare({frame: shot.paths(frame) for frame in shot.frames})

def make(frame):
    inputs = shot.read(frame)
    solved = solve_one(
        inputs,
        request.options,
        network=None,
        device=torch.device("cpu"),
        should_stop=lambda: False,
        warn=lambda warned: None,
    )
    outputs.write(frame, outputs.pictures(inputs.plate, solved, ""))

make(shot.frames[0])
wall, cpu = time.perf_counter(), time.process_time()
for frame in shot.frames[1:]:
    make(frame)
count = len(shot.frames) - 1
print(json.dumps([(time.perf_counter() - wall) / count, (time.process_time() - cpu) / count]))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shot", required=True, metavar="DIR", help="plate.*.exr and clean.*.exr")
    parser.add_argument("--frames", type=int, default=20, help="of the longer shot")
    parser.add_argument("--chunks", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if args.frames < 2:
        parser.error("--frames must be at least 2: the bare loop's first one only warms up")
    with tempfile.TemporaryDirectory() as folder:
        plates = longer(Path(args.shot), args.frames, Path(folder))
        found = measure(plates, args, Path(folder))
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table(found)
    print(text)
    if args.page:
        replace_fragment(args.page, "farm", text)


def longer(shot, count, folder):
    """A shot of `count` frames; returns the words that name plate and clean plate."""
    plates, cleans = sorted(shot.glob("plate.*.exr")), sorted(shot.glob("clean.*.exr"))
    if not plates or not cleans:
        raise SystemExit(f"{shot} has no plate.*.exr or no clean.*.exr")
    for number in range(count):
        (folder / f"plate.{1001 + number}.exr").symlink_to(plates[number % len(plates)].resolve())
    return [f"{folder}/plate.####.exr", str(cleans[0].resolve())]


def measure(plates, args, folder):
    """Seconds a frame of the loop and of tasks, and frames a minute of several at a time."""
    words = [sys.executable, "-I", "-c", LOOP, *plates, f"{folder}/loop.####.exr"]
    looped = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=one_thread())
    wall, cpu = json.loads(looped.stdout)
    found = {"machine": machine(), "frames": args.frames, "loop": {"wall": wall, "cpu": cpu}}
    found["chunks"] = {
        str(size): run_tasks(plates, args.frames, size, 1, folder) for size in args.chunks
    }
    size = max(1, args.frames // max(args.workers, default=1))
    found["workers"] = {
        str(count): run_tasks(plates, args.frames, size, count, folder) for count in args.workers
    }
    return found


def run_tasks(plates, frames, size, workers, folder):
    """Runs the shot in chunks, some at a time; seconds a frame by the clock and of processors."""
    out = tempfile.mkdtemp(dir=folder)
    base = [sys.executable, "-I", "-m", "platekey.plugin.shell", "solve", *plates]
    base += ["-o", f"{out}/matte.####.exr", f"--journal={out}/journal"]
    tasks = [
        [*base, f"--frames={range_text(chunk)}"]
        for chunk in chunks(range(1001, 1001 + frames), size)
    ]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run_task, tasks))
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"wall": wall / frames, "cpu": cpu / frames, "tasks": len(tasks)}


def run_task(command):
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=one_thread())
    if done.returncode:
        raise SystemExit(f"platekey solve ended with {done.returncode}: {done.stderr}")


def one_thread():
    """A core a task, as a farm gives it, so that tasks at a time are comparable."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def table(found):
    loop = found["loop"]
    rows = [["bare loop", "", f"{loop['cpu']:.2f}", "", f"{loop['wall']:.2f}", ""]]
    for size, run in found["chunks"].items():
        over = [f"{100 * (run[kind] / loop[kind] - 1):+.1f} %" for kind in ("cpu", "wall")]
        row = [f"chunks of {size}", str(run["tasks"]), f"{run['cpu']:.2f}", over[0]]
        rows.append([*row, f"{run['wall']:.2f}", over[1]])
    heads = [
        "",
        "tasks",
        "processor s a frame",
        "over the loop",
        "clock s a frame",
        "over the loop",
    ]
    text = markdown_table(heads, rows)
    if found["workers"]:
        rows = [
            [count, str(run["tasks"]), f"{60 / run['wall']:.1f}"]
            for count, run in found["workers"].items()
        ]
        text += "\n\n" + markdown_table(["workers", "tasks", "frames a minute"], rows)
    return f"{text}\n\n{found['frames']} frames, a thread a task, on {found['machine']}."


if __name__ == "__main__":
    main()
