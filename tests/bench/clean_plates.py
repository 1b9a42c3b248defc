"""Clean plates that are built, beside perfect ones: what a solve loses by them.

    python tests/bench/clean_plates.py --page docs/clean-plates.md --pictures docs/images

A rendered subject slides over a known background. MAD is that of alpha after platekey's own solve,
mean over two frames, in thousandths; "perfect" is one grainy frame of the same view without the
subject.
"""

import argparse
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from clean_scenes import Material, footage_of, grainy, look, noise_of
from fragments import markdown_table, replace_fragment

from platekey.core.clean.burst import merge_burst
from platekey.core.clean.camera_path import find_path
from platekey.core.clean.footage import Seen
from platekey.core.clean.from_shot import estimate_from_shot
from platekey.core.clean.in_time import align_in_time
from platekey.core.clean.mosaic import Mosaic
from platekey.core.clean.options import CleanOptions
from platekey.core.clean.views import view_of
from platekey.core.job.threads import share_cores
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.review.canvas import Canvas
from platekey.core.review.view import srgb_view
from platekey.core.score import metrics
from platekey.core.solver.solve import solve_frame

SAMPLE = Path(__file__).parents[1] / "data/sample/clean.1001.exr"
SHARED = Path(__file__).parents[3] / "shared/bench/dev"
OPTIONS = CleanOptions()
TRIPOD = replace(OPTIONS, align=False)  # these cameras rest to the last bit
MARGIN, GUTTER, LABEL = 10, 6, 26


@dataclass
class Case:
    """What was built for a shot and what it was worth."""

    name: str
    never_seen: float = 0.0
    shown: list = field(default_factory=list)  # plate, true alpha, true clean plate, built one
    perfect: list = field(default_factory=list)
    built: list = field(default_factory=list)

    def add(self, plate, alpha, truth, clean):
        self.shown.append((plate, alpha, truth, clean))
        self.never_seen = 1 - float(clean.valid.mean())

    def judge(self):
        for number, (plate, alpha, truth, clean) in enumerate(self.shown):
            true = alpha[0, 0].double().numpy()
            perfect = solved(plate, grainy(truth, 77 + number))
            built = solved(plate, clean.pixels, clean.valid)
            self.perfect.append(1e3 * metrics.mad(perfect.alpha[0, 0].double().numpy(), true))
            self.built.append(1e3 * metrics.mad(built.alpha[0, 0].double().numpy(), true))

    def panels(self):
        plate, _, truth, clean = self.shown[-1]
        error = (clean.pixels - truth).abs().mean(1, keepdim=True)
        return [
            ("plate", plate),
            ("clean plate built", clean.pixels),
            ("never seen: red", red(clean)),
            ("error, times 10", 10 * error),
        ]

    def row(self):
        perfect, built = np.mean(self.perfect), np.mean(self.built)
        cells = [f"{100 * self.never_seen:.1f} %", f"{perfect:.2f}", f"{built:.2f}"]
        return [self.name, *cells, f"{built / perfect:.2f}"]


def solved(plate, clean_plate, valid=None):
    conditioned = condition_clean_plate(plate, clean_plate, valid=valid)
    return solve_frame(plate, conditioned, MatteOptions())


def red(clean):
    """The clean plate with what was made up in red."""
    colour = torch.tensor([0.8, 0.02, 0.02]).view(1, 3, 1, 1)
    return torch.where(clean.valid > 0, clean.pixels, 0.5 * clean.pixels + 0.5 * colour)


def burst(material):
    """Noise after merging some frames, with a passer-by in a third of them."""
    rows, panels = [], []
    truth = material.still
    away = torch.ones_like(truth[:, :1])
    for count in (4, 9, 16):
        pictures = []
        for number in range(count):
            pictures.append(grainy(truth, number))
            if number % 3 == 1:
                across = (number / count - 0.5) * 0.9 * truth.shape[-1]
                pictures[-1], alpha = material.over(truth, number, across)
                away = away * (alpha == 0)
        clean = merge_burst(footage_of(pictures), TRIPOD)
        error = (clean.pixels - truth) / noise_of(truth)
        free = (away > 0).expand_as(error)
        gain = 1 / float((error[free] ** 2).mean().sqrt())
        cells = [f"{np.sqrt(count):.2f}", f"{gain:.2f}", f"{clean.report['noise_gain']:.2f}"]
        rows.append([f"{count}", *cells, f"{float(error.abs().max()):.1f}"])
        panels = [
            ("one of the frames", pictures[1]),
            ("its noise, times 20", 0.18 + 20 * (grainy(truth, 3) - truth)),
            (f"{count} frames merged", clean.pixels),
            ("their noise, times 20", 0.18 + 20 * (clean.pixels - truth)),
        ]
    return rows, panels


def from_shot(material, travel, *, mattes=False, count=13, rounds=OPTIONS.rounds):
    name = f"the shot itself, subject moves {100 * travel:.0f} % of the width"
    case = Case(name + (", with mattes" if mattes else ""))
    truth = material.still
    places = [(n / (count - 1) - 0.5) * travel * truth.shape[-1] for n in range(count)]
    plates = [material.over(truth, n, place) for n, place in enumerate(places)]
    footage = footage_of([p for p, _ in plates], [a for _, a in plates] if mattes else None)
    cpu = torch.device("cpu")
    options = replace(TRIPOD, rounds=rounds)
    clean = estimate_from_shot(footage, options, has_mattes=mattes, device=cpu)
    for number in (0, count // 2):
        case.add(*plates[number], truth, clean)
    return case


def moving(material, kind, count=13):
    """A plate whose camera pans, and clean footage of the same place."""
    height, width = material.still.shape[-2:]
    reach = material.place.shape[-1] - width

    def plate_view(n):
        share = 0.5 - 0.5 * np.cos(np.pi * n / (count - 1))
        return (30 + share * 0.5 * reach, 140 + 12 * share, 0.02 * share, 1.0)

    views = [look(material.place, *plate_view(n), height, width) for n in range(count)]
    places = [(n / (count - 1) - 0.5) * -0.55 * width for n in range(count)]
    plates = [material.over(view, n, places[n]) for n, view in enumerate(views)]
    if kind == "pan":
        case = Case("pan by hand, other height, turn and zoom")
        ways = [
            (5 + 0.65 * reach * n / 20, 132 + 6 * np.sin(n), 0.012 * np.sin(2 * n), 0.97)
            for n in range(21)
        ]
    elif kind == "retake":
        case = Case("re-take of the move by hand, six frames late")
        ways = [
            tuple(np.array(plate_view(min(max(n - 6, 0), count - 1))) + (3 * np.sin(n), 2, 0, 0))
            for n in range(count + 9)
        ]
    else:
        case = Case("moving camera, the shot's own frames")
        ways = []
    own = [plate for plate, _ in plates]
    clean_views = [grainy(look(material.place, *w, height, width), n) for n, w in enumerate(ways)]
    footage = footage_of(clean_views or own)
    path = find_path(footage, (0, 0))
    mosaic = Mosaic(footage, path, OPTIONS, recurring=not ways)
    shown = torch.ones_like(own[0][:, :1])
    same = {}
    if kind == "retake":
        rows = [
            mosaic.distances(mosaic.locate(n, view_of(Seen(p, shown)))) for n, p in enumerate(own)
        ]
        found = align_in_time(tuple(range(count)), path.frames, np.array(rows), path.lens.width)
        same = {
            n: tuple(f for f in path.frames if abs(f - t) <= 1) for n, t in found.frames.items()
        }
    for number in (1, count // 2):
        clean = mosaic.clean_plate(number, Seen(own[number], shown), only=same.get(number))
        case.add(*plates[number], views[number], clean)
    return case


def draw(panels, path):
    """A row of pictures with their labels below."""
    shown = [
        (label, srgb_view(image[0].expand(3, -1, -1).permute(1, 2, 0).numpy()))
        for label, image in panels
    ]
    size = (288, round(288 * shown[0][1].shape[0] / shown[0][1].shape[1]))
    wide = 2 * MARGIN + len(shown) * (size[0] + GUTTER) - GUTTER
    canvas = Canvas(wide, MARGIN + size[1] + LABEL)
    for number, (label, picture) in enumerate(shown):
        left = MARGIN + number * (size[0] + GUTTER)
        canvas.place(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), left, MARGIN)
        canvas.text(label, left, MARGIN + size[1] + 17, size=13)
    canvas.save(str(path))


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subject", type=Path, default=SHARED / "dev_turn", metavar="SHOT")
    parser.add_argument("--background", type=Path, default=SAMPLE, metavar="EXR")
    parser.add_argument("--page", metavar="MD", help="page whose tables are replaced")
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=OPTIONS.rounds, help="of solve and clean")
    parser.add_argument(
        "--build-only", action="store_true", help="solve nothing: noise and pictures alone"
    )
    args = parser.parse_args()
    if not args.subject.is_dir():
        raise SystemExit(f"{args.subject} is not there; name a shot with truth by --subject.")
    material = Material(args.subject, args.background)
    with torch.inference_mode():
        noise_rows, noise_panels = burst(material)
        print(*noise_rows, sep="\n", flush=True)
        if args.pictures:
            draw(noise_panels, args.pictures / "clean_burst.jpg")
        cases = {}
        for name in args.only:
            cases[name] = case = CASES[name](material, args.rounds)
            if args.pictures and name in PICTURES:
                draw(case.panels(), args.pictures / f"clean_{name}.jpg")
            if not args.build_only:
                case.judge()
                print(*case.row(), flush=True)
    noise = markdown_table(
        ["frames", "theory", "measured", "as reported", "largest error, in noise of a frame"],
        noise_rows,
    )
    if args.page:
        replace_fragment(args.page, "clean-noise", noise)
    if args.build_only:
        return
    headings = ["clean plate", "never seen", "MAD, perfect", "MAD, built", "ratio"]
    keyed = markdown_table(headings, [case.row() for case in cases.values()])
    print(noise, keyed, sep="\n\n")
    if args.page:
        replace_fragment(args.page, "clean-mad", keyed)
    if args.json:
        found = {name: case.row() for name, case in cases.items()}
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


CASES = {
    "shot_70": lambda material, rounds: from_shot(material, 0.7, rounds=rounds),
    "shot_50": lambda material, rounds: from_shot(material, 0.5, rounds=rounds),
    "shot_35": lambda material, rounds: from_shot(material, 0.35, rounds=rounds),
    "shot_35_mattes": lambda material, rounds: from_shot(material, 0.35, mattes=True),
    "shot_15_mattes": lambda material, rounds: from_shot(material, 0.15, mattes=True),
    "pan": lambda material, rounds: moving(material, "pan"),
    "retake": lambda material, rounds: moving(material, "retake"),
    "own": lambda material, rounds: moving(material, "own"),
}
PICTURES = ("shot_50", "shot_15_mattes", "pan", "own")


if __name__ == "__main__":
    main()
