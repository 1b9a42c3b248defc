"""Seconds a frame and peak memory of `platekey solve`, from EXR to EXR.

    python tests/bench/speed.py --shot ../shared/bench/dev/dev_turn

The shot is enlarged (cubic, with fresh noise, so that it is no smoother than a real plate) into a
temporary folder, and solved by the command line in a process of its own. The first frame, which
also warms everything up, is left out of the mean; the whole run's time is told beside it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from fragments import machine, markdown_table, replace_fragment
from shots import find_shots

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame

SIZES = {"HD": (1920, 1080), "UHD": (3840, 2160), "8K": (7680, 4320)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shot", required=True, metavar="DIR")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["HD", "UHD"])
    parser.add_argument("--frames", type=int, default=4, help="solved at each size")
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if args.frames < 2:
        parser.error("--frames must be at least 2: the first one only warms up")

    (shot,) = find_shots([args.shot])
    found = [measure(shot, size, args.frames) for size in args.sizes]
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table(found)
    print(text)
    if args.page:
        replace_fragment(args.page, "speed", text)


def measure(shot, size, count):
    """Solves a few enlarged frames; seconds and memory of the process."""
    with tempfile.TemporaryDirectory() as folder:
        enlarge(shot, SIZES[size], count, Path(folder))
        command = [sys.executable, "-I", "-m", "platekey.plugin.shell", "solve"]
        command += [f"{folder}/plate.####.exr", f"{folder}/clean.exr"]
        command += ["-o", f"{folder}/out.####.exr", "--method", "difference", "--json"]
        start = time.perf_counter()
        done, arrived, line = [], [], ""
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if json.loads(line)["type"] == "frame_done":
                    done.append(json.loads(line))
                    arrived.append(time.perf_counter())
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"platekey solve ended with {process.returncode}: {line}")
    warm = np.diff(arrived)  # from a frame on disk to the next: reading, solving and writing
    stages = {}
    for event in done[1:]:
        for part in event["report"].values():
            for name, value in part.items() if isinstance(part, dict) else ():
                if name.startswith("seconds_"):
                    stages.setdefault(name.removeprefix("seconds_"), []).append(value)
    return {
        "size": size,
        "seconds": float(warm.mean()),
        "slowest": float(warm.max()),
        "run": wall,
        "frames": count,
        "peak_mib": usage.ru_maxrss / 1024,  # Linux counts in KiB
        "stages": {name: sum(values) / len(values) for name, values in stages.items()},
    }


def enlarge(shot, size, count, folder):
    """Writes the shot at another size; its frames again from the start if it has too few."""
    rng = np.random.default_rng(3)
    for index in range(count):
        frame = shot.read(shot.frames[index % len(shot.frames)])
        write(frame.plate, size, rng, folder / f"plate.{index + 1:04d}.exr")
        if index == 0:
            write(frame.clean, size, rng, folder / "clean.exr")


def write(picture, size, rng, path):
    """Cubic, with the noise that enlarging took away put back."""
    large = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    root = np.sqrt(np.maximum(large, 0) + 0.01)
    large += 0.01 * root * rng.standard_normal(large.shape, dtype=np.float32)
    window = Window(0, 0, *size)
    frame = Frame(large, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path))


def table(found):
    """A row a size."""
    stages = list(dict.fromkeys(name for item in found for name in item["stages"]))
    rows = []
    for item in found:
        width, height = SIZES[item["size"]]
        rows.append(
            [
                f"{item['size']} {width}x{height}",
                f"{item['seconds']:.2f}",
                f"{item['slowest']:.2f}",
                f"{item['run']:.1f}",
                f"{item['peak_mib']:.0f}",
                *(f"{item['stages'].get(name, 0):.2f}" for name in stages),
            ]
        )
    count = found[0]["frames"]
    headings = ["", "s a frame, warm", "slowest", f"s for {count} frames with start-up"]
    headings += ["peak MiB", *(f"{name}, s" for name in stages)]
    return f"{markdown_table(headings, rows)}\n\nMachine: {machine()}."


if __name__ == "__main__":
    main()
