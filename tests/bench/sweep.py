"""How the error grows as the clean plate gets worse.

    python tests/bench/sweep.py --shots ../shared/bench/dev/dev_turn ../shared/bench/dev/dev_shadow

One frame a shot. The clean plate is moved, turned, exposed and tinted; noise is added to both
pictures. --page puts the plot's figures in a table, --plot draws them, --json keeps all.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from fragments import markdown_table, replace_fragment
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from methods import HEADINGS, METHODS
from shots import find_shots

from platekey.core.job.threads import share_cores
from platekey.core.score import metrics

COLOURS = {
    "platekey": "#d9822b",
    "difference": "#7f8c8d",
    "ibk": "#4c9f70",
    "closed-form": "#3b7dd8",
}


def moved(frame, pixels):
    """The clean plate shifted to the right and, by half as much, down."""
    matrix = np.array([[1.0, 0, pixels], [0, 1.0, 0.5 * pixels]])
    return replace(frame, clean=warped(frame.clean, matrix))


def turned(frame, degrees):
    """The clean plate turned about its middle."""
    height, width = frame.clean.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return replace(frame, clean=warped(frame.clean, matrix))


def warped(picture, matrix):
    size = (picture.shape[1], picture.shape[0])
    single = picture.astype(np.float32)  # OpenCV 5.0.0 is a pixel off for cubic and float64
    return cv2.warpAffine(
        single, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float64)


def exposed(frame, stops):
    return replace(frame, clean=frame.clean * 2.0**stops)


def tinted(frame, percent):
    """White balance drift: red up, blue down by so many per cent."""
    drift = percent / 100
    return replace(frame, clean=frame.clean * np.array([1 + drift, 1, 1 - drift]))


def noisier(frame, times):
    """Adds sensor-like noise to both pictures, in multiples of what they have.

    Photon noise has the same deviation everywhere once the square root of the light is taken.
    """
    rng = np.random.default_rng(7)

    def add(picture):
        root = np.sqrt(np.maximum(picture, 0) + 0.01)
        fine = root - cv2.blur(root, (5, 5))
        deviation = 1.4826 * np.median(np.abs(fine), axis=(0, 1))
        return picture + 2 * root * times * deviation * rng.standard_normal(picture.shape)

    return replace(frame, plate=add(frame.plate), clean=add(frame.clean))


SWEEPS = {  # title, what is changed, values
    "shift": ("clean plate shift, pixels", moved, (0, 0.5, 1, 2, 5, 10, 20, 40)),
    "rotation": ("clean plate rotation, degrees", turned, (0, 0.1, 0.25, 0.5, 1, 2)),
    "exposure": ("clean plate exposure, stops", exposed, (-1, -0.5, -0.25, 0, 0.25, 0.5, 1)),
    "white balance": ("white balance drift, per cent", tinted, (0, 2, 5, 10, 20)),
    "noise": ("noise added, times the plate's own", noisier, (0, 1, 2, 4)),
}


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="+", required=True, metavar="DIR")
    parser.add_argument("--sweeps", nargs="+", choices=SWEEPS, default=list(SWEEPS))
    parser.add_argument(
        "--methods", nargs="+", choices=COLOURS, default=["platekey", "difference", "closed-form"]
    )
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    parser.add_argument("--plot", metavar="PNG")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()

    found = []
    for shot in find_shots(args.shots):
        frame = shot.read(shot.frames[0])
        for sweep in args.sweeps:
            _, change, values = SWEEPS[sweep]
            for value in values:
                changed = change(frame, value)
                for method in args.methods:
                    alpha = METHODS[method](changed).alpha
                    mad = 1e3 * metrics.mad(alpha, frame.truth.alpha)
                    found.append(
                        {
                            "shot": shot.name,
                            "sweep": sweep,
                            "value": value,
                            "method": method,
                            "mad": mad,
                        }
                    )
                    print(f"{shot.name} {sweep} {value:g} {method}: MAD {mad:.2f}", flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if args.plot:
        plot(found, args.plot)
    if args.page:
        replace_fragment(args.page, "sweep", table(found))


def plot(found, path):
    """A row a shot, a column a sweep, a line a method; one scale a row, so that columns compare."""
    shots = list(dict.fromkeys(item["shot"] for item in found))
    sweeps = list(dict.fromkeys(item["sweep"] for item in found))
    methods = list(dict.fromkeys(item["method"] for item in found))
    figure = Figure(figsize=(3.2 * len(sweeps), 2.7 * len(shots) + 0.7), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(shots), len(sweeps), squeeze=False, sharey="row")
    for row, shot in zip(grid, shots, strict=True):
        for axes, sweep in zip(row, sweeps, strict=True):
            for method in methods:
                points = [
                    (item["value"], item["mad"])
                    for item in found
                    if (item["shot"], item["sweep"], item["method"]) == (shot, sweep, method)
                ]
                axes.plot(
                    *zip(*points, strict=True),
                    "o-",
                    ms=3.5,
                    color=COLOURS[method],
                    label=HEADINGS[method],
                )
            if sweep in ("shift", "rotation"):  # most happens near 0
                axes.set_xscale("symlog", linthresh=1 if sweep == "shift" else 0.25)
                values = SWEEPS[sweep][2]
                axes.set_xticks(values, [f"{value:g}" for value in values], fontsize=8)
                axes.minorticks_off()
            axes.set_yscale("log")
            axes.set_xlabel(SWEEPS[sweep][0])
            axes.grid(alpha=0.3)
        row[0].set_ylabel(f"{shot}\nMAD, 1e-3")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(methods), frameon=False)
    figure.savefig(path, dpi=110)


def table(found):
    """MAD at every step of every sweep, mean over the shots."""
    methods = list(dict.fromkeys(item["method"] for item in found))
    steps = list(dict.fromkeys((item["sweep"], item["value"]) for item in found))
    rows = []
    for sweep, value in steps:
        row = [f"{SWEEPS[sweep][0]}: {value:g}"]
        for method in methods:
            mads = [
                item["mad"]
                for item in found
                if (item["sweep"], item["value"], item["method"]) == (sweep, value, method)
            ]
            row.append(f"{sum(mads) / len(mads):.2f}")
        rows.append(row)
    return markdown_table(["", *(HEADINGS[method] for method in methods)], rows)


if __name__ == "__main__":
    main()
