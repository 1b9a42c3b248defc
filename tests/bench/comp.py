"""Measures the comp node: what a despill does to the composite's error, and how long a frame takes.

    python tests/bench/comp.py --shots ../shared/bench/dev/* --backgrounds A.hdr B.jpg

solves every frame, composites it over a checkerboard and the backgrounds with each despill, and
prints the mean absolute error beside the true foreground over the same; with --page and --json it
writes tables and figures. Constants of the despill were chosen on the first frames of the four dev
shots, so the table also tells the frames that nothing was chosen on.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from fragments import machine, markdown_table, replace_fragment
from shots import find_shots

from platekey.core.job.threads import share_cores
from platekey.core.score.background import checkerboard, fitted, read_background

SPACE = "lin_rec709_scene"
DESPILLS = ("off", "clean_plate", "average", "double_average", "max", "red", "blue")
HEADINGS = {"off": "no despill", "clean_plate": "clean plate"}
PARTS = ("despill", "speed")
HD = (1080, 1920)


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="+", required=True, metavar="DIR")
    parser.add_argument("--backgrounds", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--page", metavar="MD", help="page whose tables are replaced")
    parser.add_argument("--mark", default="", help="added to the names of the page's tables")
    parser.add_argument("--json", metavar="FILE", help="every figure")
    args = parser.parse_args()

    import torch

    shots = find_shots(args.shots)
    pictures = [read_background(path, SPACE) for path in args.backgrounds]
    figures, texts = {}, {}
    if "speed" in args.parts:
        inputs = solved(shots[0].read(shots[0].frames[0]))
        figures["speed"] = speed(inputs, pictures[0])
        texts["speed"] = speed_table(figures["speed"], torch.get_num_threads())
    if "despill" in args.parts:
        figures["despill"] = {shot.name: shot_errors(shot, pictures) for shot in shots}
        texts["despill"] = despill_table(figures["despill"])
    for part, text in texts.items():
        print(text, end="\n\n")
        if args.page:
            replace_fragment(args.page, part + args.mark, text)
    if args.json:
        Path(args.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def shot_errors(shot, pictures):
    """Every frame's errors, by its number."""
    frames = {}
    for number in shot.frames:
        frame = shot.read(number)
        frames[str(number)] = frame_errors(frame, solved(frame), pictures)
        told = " ".join(f"{name} {value:.3f}" for name, value in frames[str(number)].items())
        print(f"{shot.name} {number}: {told}", flush=True)
    return {"group": shot.group, "frames": frames}


def solved(frame):
    """What a solve of the frame hands to a comp; the background is still the old one."""
    import torch
    from methods import tensor

    from platekey.core.comp.inputs import CompInputs
    from platekey.core.options import MatteOptions
    from platekey.core.plate.conditioning import condition_clean_plate
    from platekey.core.solver.solve import solve_frame

    plate, clean = tensor(frame.plate), tensor(frame.clean)
    with torch.inference_mode():
        result = solve_frame(plate, condition_clean_plate(plate, clean), MatteOptions())
    return CompInputs(
        result.foreground,
        result.alpha,
        clean,
        plate=plate,
        clean_plate=clean,
        shadow=result.shadow,
        confidence=result.confidence,
    )


def frame_errors(frame, inputs, pictures):
    """Mean absolute error of the composite, 1e-3, mean over the backgrounds, by despill."""
    from dataclasses import replace

    import torch
    from methods import array, tensor

    from platekey.core.comp.composite import composite_frame
    from platekey.core.comp.options import CompOptions, Despill

    truth = frame.truth
    size = truth.alpha.shape
    errors = {name: [] for name in DESPILLS}
    for behind in (checkerboard(*size), *(fitted(picture, *size) for picture in pictures)):
        wanted = truth.premultiplied + (1 - truth.alpha[..., None]) * behind
        for name in DESPILLS:
            options = CompOptions(despill=Despill(name), skin_protection=0.0, shadow=0.0)
            with torch.inference_mode():
                result = composite_frame(replace(inputs, background=tensor(behind)), options)
            errors[name].append(1e3 * float(np.abs(array(result.picture) - wanted).mean()))
    return {name: statistics.mean(values) for name, values in errors.items()}


def speed(inputs, picture):
    """Seconds of a frame at HD: wall and processor, medians of 7, without reading and writing."""
    import torch
    import torch.nn.functional as nnf
    from methods import tensor

    from platekey.core.comp.composite import composite_frame
    from platekey.core.comp.inputs import CompInputs
    from platekey.core.comp.options import CompOptions

    names = ("foreground", "alpha", "plate", "clean_plate", "shadow", "confidence")
    large = {
        name: nnf.interpolate(getattr(inputs, name), size=HD, mode="bilinear") for name in names
    }
    hd = CompInputs(background=tensor(fitted(picture, *HD)), **large)
    cases = {
        "default settings": CompOptions(),
        "with light wrap": CompOptions(wrap=0.5),
        "with light wrap and a defocus of 10 pixels": CompOptions(wrap=0.5, defocus=10.0),
    }
    figures = {}
    for name, options in cases.items():
        walls, processors = [], []
        for _ in range(8):
            wall, processor = time.perf_counter(), time.process_time()
            with torch.inference_mode():
                composite_frame(hd, options)
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
        figures[name] = [statistics.median(walls[1:]), statistics.median(processors[1:])]
    return figures


def despill_table(found):
    """A row a shot, and one for the frames after the first."""
    rows = []
    for title, chosen in (("", slice(None)), (", later frames", slice(1, None))):
        for name, item in found.items():
            frames = list(item["frames"].values())[chosen]
            if not frames or (title and item["group"] != "dev"):
                continue
            values = [statistics.mean(frame[despill] for frame in frames) for despill in DESPILLS]
            best = min(values)
            cells = [f"**{value:.2f}**" if value == best else f"{value:.2f}" for value in values]
            rows.append([name + title, *cells])
    heads = [HEADINGS.get(name, name.replace("_", " ")) for name in DESPILLS]
    return markdown_table(["composite error, 1e-3", *heads], rows)


def speed_table(figures, threads):
    """Seconds a frame."""
    rows = [[name, f"{wall:.2f}", f"{cpu:.2f}"] for name, (wall, cpu) in figures.items()]
    table = markdown_table(["1920 x 1080, seconds a frame", "wall", "processor"], rows)
    return f"{table}\n\nMachine: {machine()}; {threads} threads; without reading and writing."


if __name__ == "__main__":
    main()
