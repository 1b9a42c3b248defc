"""Scores platekey beside other methods on shots with truth.

    python tests/bench/compare.py --shots ../shared/bench/dev/* ../shared/bench/capture/*

prints what it finds, and with --page and --json writes the tables and every figure.
"""

import argparse
import json
import math
import time
from pathlib import Path

from fragments import machine, markdown_table, replace_fragment
from methods import HEADINGS, KNOWS_THE_TRUTH, METHODS, network_method
from shots import find_shots

from platekey.core.job.threads import share_cores
from platekey.core.score.background import checkerboard
from platekey.core.score.report import score_frame, summarise

COLUMNS = (  # part, metric, heading
    ("whole", "mad", "MAD"),
    ("whole", "mse", "MSE"),
    ("whole", "grad", "Grad"),
    ("whole", "conn", "Conn"),
    ("whole", "dtssd", "dtSSD"),
    ("whole", "fg_mse", "fg MSE"),
    ("whole", "comp_mad", "comp MAD"),
    ("whole", "comp_mse", "comp MSE"),
    ("band", "mad", "band MAD"),
    ("band", "mse", "band MSE"),
    ("band", "comp_mad", "band comp MAD"),
)


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="+", required=True, metavar="DIR")
    usual = [method for method in METHODS if method != "network"]
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=usual)
    parser.add_argument("--weights", metavar="FILE", help="of the method network")
    parser.add_argument("--page", metavar="MD", help="page whose tables are replaced")
    parser.add_argument("--json", metavar="FILE", help="every figure")
    args = parser.parse_args()

    if "network" in args.methods:
        if not args.weights:
            raise SystemExit("the method network needs --weights.")
        METHODS["network"] = network_method(args.weights)
    found = {}
    for shot in find_shots(args.shots):
        found[shot.name] = {"group": shot.group, "methods": run_shot(shot, args.methods)}
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = tables(found, args.methods)
    print(text)
    if args.page:
        replace_fragment(args.page, "compare", text)


def run_shot(shot, methods):
    """Mean scores of a shot, by method; each also with its seconds a frame."""
    scores = {method: [] for method in methods}
    seconds = dict.fromkeys(methods, 0.0)
    previous = {}
    for number in shot.frames:
        frame = shot.read(number)
        behind = checkerboard(*frame.truth.alpha.shape)
        for method in methods:
            start = time.perf_counter()
            matte = METHODS[method](frame)
            seconds[method] += time.perf_counter() - start
            score = score_frame(
                number, matte, frame.truth, previous=previous.get(method), background=behind
            )
            previous[method] = (matte, frame.truth)
            scores[method].append(score)
            mad = score.whole["mad"]
            print(f"{shot.name} {number} {method}: MAD {mad:.2f}", flush=True)
    return {
        method: {
            "whole": without_nan(summarise(scores[method]).whole),
            "band": without_nan(summarise(scores[method]).band),
            "seconds": seconds[method] / len(shot.frames),
            "frames": [score.whole["mad"] for score in scores[method]],
        }
        for method in methods
    }


def without_nan(values):
    """JSON has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def tables(found, methods):
    """MAD by shot, then every metric's mean over the shots of each group."""
    groups = list(dict.fromkeys(item["group"] for item in found.values()))
    rows = []
    for group in groups:
        names = [name for name, item in found.items() if item["group"] == group]
        for name in names:
            values = [found[name]["methods"][method]["whole"]["mad"] for method in methods]
            rows.append([name, *best_in_bold(values, methods)])
        values = [mean(found, names, method, "whole", "mad") for method in methods]
        rows.append([f"**mean of {group}**", *best_in_bold(values, methods)])
    text = ["Whole-frame MAD, 1e-3, mean over the frames of each shot:", ""]
    text += [markdown_table(["shot", *(HEADINGS[method] for method in methods)], rows), ""]
    for group in groups:
        names = [name for name, item in found.items() if item["group"] == group]
        text += [
            f"Every metric, mean over the {len(names)} shots of {group} (units: score.md):",
            "",
        ]
        rows = []
        for part, metric, heading in COLUMNS:
            values = [mean(found, names, method, part, metric) for method in methods]
            rows.append([heading, *best_in_bold(values, methods)])
        seconds = [
            sum(found[name]["methods"][method]["seconds"] for name in names) / len(names)
            for method in methods
        ]
        rows.append(["seconds a frame", *(f"{value:.2f}" for value in seconds)])
        text += [markdown_table(["", *(HEADINGS[method] for method in methods)], rows), ""]
    text += [f"Machine: {machine()}. In bold the best that did not see the truth."]
    return "\n".join(text)


def mean(found, names, method, part, metric):
    """Mean over shots; NaN if none of them has a value."""
    values = [found[name]["methods"][method][part][metric] for name in names]
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else math.nan


def best_in_bold(values, methods):
    """Formats figures; who knows the truth does not compete."""
    pairs = list(zip(values, methods, strict=True))
    competing = [v for v, method in pairs if method not in KNOWS_THE_TRUTH and not math.isnan(v)]
    best = min(competing, default=math.nan)
    return [
        f"**{digits(v)}**" if v == best and method not in KNOWS_THE_TRUTH else digits(v)
        for v, method in pairs
    ]


def digits(value):
    """As many as mean something."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    main()
