"""Before/after pictures of every control of the comp node, from the sample shot.

    python tests/bench/comp_pictures.py -o docs/images

Solves a frame of tests/data/sample, unless --solved names an EXR of it, and puts the creature over
the sample's own background and over those of comp_scenes.py. One JPEG a control.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from comp_scenes import lamps, steam, street

from platekey.core.comp.composite import composite_frame
from platekey.core.comp.inputs import CompInputs
from platekey.core.comp.look import measure_look
from platekey.core.comp.options import CompOptions
from platekey.core.frames.image_io import read_frame
from platekey.core.frames.layers import rgb
from platekey.core.job.request import SolveRequest
from platekey.core.job.solve import run_solve
from platekey.core.job.threads import share_cores
from platekey.core.review.canvas import Canvas
from platekey.core.review.view import srgb_view

SAMPLE = Path(__file__).parents[1] / "data/sample"
FRAME = 1001
MARGIN, GUTTER, LABEL = 10, 6, 28
FITTED = {"match_exposure": 0.7, "match_colour": 0.3}
STEAM = (1.0, 0.97, 0.92)  # colour of the light that it scatters
GRAINY = 4.0  # times the sample's noise, so that it is seen on a page


def tensor(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels, np.float32)).permute(2, 0, 1)[None]


def picture(name):
    return tensor(rgb(read_frame(str(SAMPLE / name))))


def solved_inputs(path):
    """What composite_frame takes, of the sample shot over its own background."""
    frame = read_frame(path)
    layers = {name: f"{name}.R {name}.G {name}.B".split() for name in ("fg", "shadow")}
    return CompInputs(
        foreground=tensor(frame.select(*layers["fg"])),
        alpha=tensor(frame.select("A")),
        background=picture("background.exr"),
        plate=picture(f"plate.{FRAME}.exr"),
        clean_plate=picture("clean.1001.exr"),
        shadow=tensor(frame.select(*layers["shadow"])),
        confidence=tensor(frame.select("confidence.Y")),
        frame=FRAME,
    )


def solve(folder):
    path = str(Path(folder) / "solve.exr")
    plate, clean = str(SAMPLE / f"plate.{FRAME}.exr"), str(SAMPLE / "clean.1001.exr")
    run_solve(SolveRequest(plate, clean, path), lambda message: None, lambda: False)
    return path


def comp(inputs, **options):
    return composite_frame(inputs, CompOptions.from_json(options)).picture


def despill(inputs):
    parts = composite_frame(inputs, CompOptions())
    yield "before", comp(inputs, despill="off")
    yield "despill", parts.picture
    yield "what it removed, four times as bright", parts.spill * 4


def edges(inputs):
    yield "before", comp(inputs)
    yield "choke 1.5", comp(inputs, choke=1.5)
    yield "choke 1, edge_blur 0.7", comp(inputs, choke=1.0, edge_blur=0.7)


def extension(inputs):
    yield "before", comp(inputs)
    yield "extend 0.5, edge_width 1", comp(inputs, extend=0.5, edge_width=1.0)
    yield "bright_fringe 0.7, edge_width 1", comp(inputs, bright_fringe=0.7, edge_width=1.0)


def additive(inputs):
    density = tensor(steam(*inputs.alpha.shape[-2:])[..., None])
    plate = inputs.plate + 0.5 * density * torch.tensor(STEAM).view(1, 3, 1, 1)
    steamy = replace(inputs, plate=plate)
    yield "plate with steam, which the matte has lost", plate
    yield "before", comp(steamy)
    yield "additive 1", comp(steamy, additive=1.0)


def light_wrap(inputs):
    sun = torch.roll(inputs.background, (20, -175), (2, 3))  # the sun goes behind a horn
    before = replace(inputs, background=sun)
    yield "before", comp(before, **FITTED)
    yield "wrap 0.5, radius 12", comp(before, wrap=0.5, wrap_radius=12.0, **FITTED)
    yield "wrap 1, radius 40", comp(before, wrap=1.0, wrap_radius=40.0, **FITTED)


def match(inputs):
    yield "before", comp(inputs)
    yield "match_exposure 0.7", comp(inputs, match_exposure=0.7)
    yield "and match_colour 0.4", comp(inputs, match_exposure=0.7, match_colour=0.4)


def shadow(inputs):
    floor = replace(inputs, background=torch.full_like(inputs.background, 0.4))
    fitted = {"match_exposure": 0.5}
    yield "before", comp(floor, shadow=0.0, **fitted)
    yield "shadow 1", comp(floor, **fitted)
    yield "shadow 1, softness 40", comp(floor, shadow_softness=40.0, **fitted)


def portrait(inputs):
    own = replace(inputs, background=inputs.clean_plate)
    yield "plate", inputs.plate
    yield "over its own clean plate, defocus 12", comp(own, defocus=12.0)


def kernels(inputs):
    night = replace(inputs, background=tensor(lamps(*inputs.alpha.shape[-2:])))
    dim = {"match_exposure": 0.4, "shadow": 0.0}
    yield "before", comp(night, **dim)
    yield "disc", comp(night, defocus=11.0, **dim)
    yield "polygon, 6 blades", comp(night, defocus=12.0, kernel="polygon", **dim)
    yield "anamorphic, squeeze 2", comp(night, defocus=14.0, kernel="anamorphic", **dim)


def depth(inputs):
    colour, distance = street(*inputs.alpha.shape[-2:])
    scene = replace(inputs, background=tensor(colour), zdepth=tensor(distance[..., None]))
    plain = replace(scene, zdepth=None)
    options = {"shadow": 0.0, "match_exposure": 0.5}
    yield "before", comp(plain, **options)
    yield "sharp at 3 m", comp(scene, defocus=14.0, focus=3.0, **options)
    yield "sharp at 24 m", comp(scene, defocus=14.0, focus=24.0, **options)


def grain(inputs):
    """The sample's plate made grainier; its background is clean, as a rendered one is."""
    noise = torch.Generator().manual_seed(FRAME)
    true = (6e-5 * inputs.plate.clamp_min(0) + 1e-6).sqrt() * GRAINY
    more = torch.randn(inputs.plate.shape, generator=noise) * true
    grainy = replace(inputs, plate=inputs.plate + more, foreground=inputs.foreground + more)
    look = measure_look(grainy, CompOptions.from_json({"grain": "regrain"}))
    before = composite_frame(grainy, CompOptions(), look).picture
    after = composite_frame(grainy, CompOptions.from_json({"grain": "regrain"}), look).picture
    yield "before: subject grainy, background clean", before
    yield "grain regrain", after
    yield "what was added, times 8", 0.18 + 8 * (after - before)


# name: (panels, x, y, width, height of the crop in pixels of the sample, enlargement)
PICTURES = {
    "comp_despill": (despill, 660, 245, 72, 64, 4),
    "comp_edges": (edges, 350, 40, 85, 75, 4),
    "comp_extension": (extension, 550, 50, 85, 75, 4),
    "comp_additive": (additive, 80, 128, 170, 96, 2),
    "comp_light_wrap": (light_wrap, 540, 30, 120, 110, 3),
    "comp_match": (match, 230, 30, 530, 500, 0.56),
    "comp_shadow": (shadow, 200, 400, 340, 140, 1),
    "comp_portrait": (portrait, 330, 10, 480, 280, 1),
    "comp_kernels": (kernels, 610, 190, 250, 240, 1),
    "comp_depth": (depth, 440, 60, 520, 440, 0.64),
    "comp_grain": (grain, 240, 200, 95, 75, 3),
}


def draw(panels, x, y, width, height, scale):
    """One row of crops with their labels below."""
    shown = []
    for label, image in panels:
        crop = image[0, :, y : y + height, x : x + width].permute(1, 2, 0).numpy()
        size = (round(crop.shape[1] * scale), round(crop.shape[0] * scale))
        if scale < 1:  # filtered as light
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        crop = srgb_view(crop)
        shown.append((label, cv2.resize(crop, size, interpolation=cv2.INTER_NEAREST)))
    tile = shown[0][1].shape
    canvas = Canvas(2 * MARGIN + len(shown) * (tile[1] + GUTTER) - GUTTER, MARGIN + tile[0] + LABEL)
    for number, (label, crop) in enumerate(shown):
        left = MARGIN + number * (tile[1] + GUTTER)
        canvas.place(crop, left, MARGIN)
        canvas.text(label, left, MARGIN + tile[0] + 18, size=13)
    return canvas


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--solved", default="", help="an EXR that solve wrote of frame 1001")
    parser.add_argument("--only", nargs="*", choices=PICTURES, default=list(PICTURES))
    args = parser.parse_args()
    share_cores()
    with tempfile.TemporaryDirectory() as folder:
        inputs = solved_inputs(args.solved or solve(folder))
    for name in args.only:
        panels, *crop = PICTURES[name]
        path = args.output / f"{name}.jpg"
        draw(panels(inputs), *crop).save(str(path))
        print(f"{path} {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
