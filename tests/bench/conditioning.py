"""What a bad clean plate costs: MAD with it, beside MAD with the perfect one.

    python tests/bench/conditioning.py --shots SHOT ... --page docs/conditioning.md

One frame a shot. The shot's own clean plate is the perfect one; every case spoils it, or spoils
the plate's background (the truth stays exact: gt/bgs tells what is behind the subject).
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from fragments import markdown_table, replace_fragment
from methods import array, tensor
from shots import find_shots

from platekey.core.frames.layers import rgb
from platekey.core.frames.sequence import find_sequence
from platekey.core.job.threads import share_cores
from platekey.core.review.view import matte_view, scaled, srgb_view
from platekey.core.score import metrics

TARGET = 1.3  # times the MAD with the perfect plate


@dataclass(frozen=True)
class Behind:
    """A frame with what is behind its subject, (H, W, 3), and more frames of its clean plate."""

    frame: object
    behind: np.ndarray
    clean_frames: tuple = ()

    def with_clean(self, clean):
        return replace(self, frame=replace(self.frame, clean=clean))

    def with_behind(self, behind):
        """The plate with another background; its noise stays."""
        through = 1 - self.frame.truth.alpha[..., None]
        plate = self.frame.plate + through * (behind - self.behind)
        return replace(self, frame=replace(self.frame, plate=plate), behind=behind)


def grid(picture):
    """Rows and columns as numbers from -1 to 1."""
    height, width = picture.shape[:2]
    return np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")


def remapped(picture, dx, dy):
    """Every pixel takes what lies (dx, dy) beside it; both (H, W) in pixels."""
    height, width = picture.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    source = picture.astype(np.float32)  # OpenCV 5.0.0 is a pixel off for cubic and float64
    x, y = (x + dx).astype(np.float32), (y + dy).astype(np.float32)
    return cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float64
    )


def blurred(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def hand_held(shot, pixels, degrees):
    clean = shot.frame.clean
    height, width = clean.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += [0.9 * pixels, 0.44 * pixels]
    moved = cv2.warpAffine(
        clean.astype(np.float32),
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return shot.with_clean(moved.astype(np.float64))


def exposed(shot, *stops):
    return shot.with_clean(shot.frame.clean * 2.0 ** np.array(stops))


def vignetted(shot, stops):
    """A lens that was stopped down in between: darker corners."""
    y, x = grid(shot.frame.clean)
    field = 2.0 ** (-stops * (x**2 + y**2) / 2)
    return shot.with_clean(shot.frame.clean * field[..., None])


def tilted_light(shot, stops):
    """A sun that went on: the left brighter and warmer, the right darker and cooler."""
    _, x = grid(shot.frame.clean)
    field = stops * x[..., None] * np.array([1.2, 1.0, 0.8])
    return shot.with_clean(shot.frame.clean * 2.0**field)


def plate_softer(shot, sigma):
    """The plate's background is out of focus, the clean plate sharp."""
    return shot.with_behind(blurred(shot.behind, sigma))


def clean_softer(shot, sigma):
    return shot.with_clean(blurred(shot.frame.clean, sigma))


def skewed(shot, pixels):
    """A rolling shutter on a steady pan: every row a little further."""
    y, _ = grid(shot.frame.clean)
    return shot.with_clean(remapped(shot.frame.clean, pixels * y / 2, 0 * y))


def wobbling(shot, pixels):
    """A rolling shutter on a shaken camera."""
    y, _ = grid(shot.frame.clean)
    shift = pixels * np.sin(4.5 * y + 0.4)
    return shot.with_clean(remapped(shot.frame.clean, shift, 0.3 * shift))


def leaves(picture, phase, pixels):
    """The background's upper part sways, each place in its own time."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(3)
    offset = cv2.resize(rng.uniform(0, 2 * np.pi, (12, 20)), (width, height))
    y, _ = grid(picture)
    where = np.clip((0.3 - y) * 3, 0, 1) * pixels
    return remapped(
        picture, where * np.sin(phase + offset), 0.6 * where * np.cos(1.3 * phase + 2 * offset)
    )


def swaying(shot, pixels, count=0):
    """Wind in the set; with count frames of clean plate, or the one."""
    rng = np.random.default_rng(11)
    noise = shot.frame.clean - blurred(shot.frame.clean, 1.0)
    deviation = 1.4826 * np.median(np.abs(noise))
    frames = tuple(
        leaves(shot.frame.clean, phase, pixels) + deviation * rng.standard_normal(noise.shape)
        for phase in np.arange(count) * 2.1 + 0.5
    )
    swayed = shot.with_behind(leaves(shot.behind, 4.0, pixels))
    if frames:
        return replace(swayed, clean_frames=frames)
    return swayed.with_clean(leaves(shot.frame.clean, 0.5, pixels))


CASES = {  # name: what is done to the shot
    "perfect": lambda shot: shot,
    "shift 10 px": lambda shot: hand_held(shot, 10, 0),
    "shift 30 px, 1 degree": lambda shot: hand_held(shot, 30, 1),
    "-1 stop": lambda shot: exposed(shot, -1),
    "+1 stop": lambda shot: exposed(shot, 1),
    "colour drift 15 %": lambda shot: exposed(shot, 0.2, 0, -0.23),
    "vignette 0.7 stops": lambda shot: vignetted(shot, 0.7),
    "light tilted 0.4 stops": lambda shot: tilted_light(shot, 0.4),
    "plate softer by 1 px": lambda shot: plate_softer(shot, 1),
    "plate softer by 3 px": lambda shot: plate_softer(shot, 3),
    "clean plate softer by 1 px": lambda shot: clean_softer(shot, 1),
    "rolling shutter, pan 10 px": lambda shot: skewed(shot, 10),
    "rolling shutter, shake 3 px": lambda shot: wobbling(shot, 3),
    "wind 3 px, one clean frame": lambda shot: swaying(shot, 3),
    "wind 3 px, 8 clean frames": lambda shot: swaying(shot, 3, 8),
    "all of hand-held": lambda shot: tilted_light(
        exposed(hand_held(clean_softer(shot, 0.5), 30, 1), 0.7, 0.6, 0.5), 0.3
    ),
}


def read_shot(shot):
    """The first frame of a shot with what is behind its subject."""
    number = shot.frames[0]
    frame = shot.read(number)
    behind = find_sequence(str(shot.folder / "gt/bgs.####.exr")).read(number)
    return Behind(frame, rgb(behind).astype(np.float64))


def merged(pictures):
    """A clean plate of several frames, as platekey clean builds it."""
    import torch

    from platekey.core.clean.burst import merge_burst
    from platekey.core.clean.footage import Footage, Seen
    from platekey.core.clean.options import CleanOptions

    frames = [
        Seen(tensor(picture), torch.ones_like(tensor(picture)[:, :1])) for picture in pictures
    ]
    return merge_burst(Footage(tuple(range(len(frames))), frames.__getitem__), CleanOptions())


def shadow_alpha(shot, alpha):
    """Mean alpha where the subject's shadow lies at least 0.3 stops deep, and that share of it all.

    A margin of 2 pixels is kept from the subject.
    """
    soft = [
        cv2.GaussianBlur(picture, (0, 0), 1.5) + 0.005
        for picture in (shot.behind, shot.frame.clean)
    ]
    stops = np.log2(soft[0] / soft[1]).mean(2)
    beside = cv2.dilate((shot.frame.truth.alpha > 0.001).astype(np.uint8), np.ones((5, 5))) == 0
    region = (stops < -0.3) & beside
    return (float(alpha[region].mean()) if region.any() else 0.0), float(region.mean())


def shadow_table(shots, picture):
    """Alpha in shadows, with the shadow removal of the matte node and without."""
    rows, sheet = [], []
    for shot in shots:
        whole = read_shot(shot)
        row, views = [shot.name], [srgb_view(2 * whole.frame.plate)]
        for removal in (0.0, 1.0):
            solution, _ = solved(whole, shadow_removal=removal)
            alpha = array(solution.alpha)[..., 0]
            inside, share = shadow_alpha(whole, alpha)
            mad = 1e3 * metrics.mad(alpha, whole.frame.truth.alpha)
            row += [f"{inside:.4f}", f"{mad:.2f}"]
            views.append(matte_view(alpha))
        views += [srgb_view(0.8 * array(solution.shadow)), matte_view(whole.frame.truth.alpha)]
        sheet.append(np.concatenate([scaled(view, 300, 169) for view in views], 1))
        rows.append([*row, f"{100 * share:.1f} %"])
        print(rows[-1], flush=True)
    if picture:
        quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
        cv2.imwrite(picture, np.concatenate(sheet)[..., ::-1], quality)
    heads = ["alpha in shadow, removal off", "MAD", "alpha in shadow", "MAD", "shadow's share"]
    return markdown_table(["", *heads], rows)


def solved(shot, *, condition=True, shadow_removal=1.0):
    """The solved frame, and what conditioning says."""
    import torch

    from platekey.core.options import MatteOptions
    from platekey.core.plate.conditioning import condition_clean_plate
    from platekey.core.solver.solve import solve_frame

    plate, clean = tensor(shot.frame.plate), tensor(shot.frame.clean)
    extra = {}
    with torch.inference_mode():
        if shot.clean_frames:
            built = merged(shot.clean_frames)
            clean, extra = built.pixels, {"spread": built.deviation}
        conditioned = condition_clean_plate(
            plate, clean, align=condition, match_exposure=condition, **extra
        )
        solution = solve_frame(plate, conditioned, MatteOptions(shadow_removal=shadow_removal))
    return solution, conditioned.report


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--shadows", nargs="*", default=[], metavar="DIR", help="hard-shadow shots")
    parser.add_argument("--picture", metavar="JPG", help="of the hard-shadow shots")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="only conditioned")
    args = parser.parse_args()

    found = {}
    for shot in find_shots(args.shots):
        whole = read_shot(shot)
        for case in args.cases:
            spoilt = CASES[case](whole)
            for condition in (True,) if args.quick else (True, False):
                solution, report = solved(spoilt, condition=condition)
                alpha = array(solution.alpha)[..., 0]
                mad = 1e3 * metrics.mad(alpha, whole.frame.truth.alpha)
                entry = found.setdefault(case, {}).setdefault(shot.name, {})
                entry["conditioned" if condition else "as it came"] = mad
                if condition:
                    entry["report"] = report
            print(
                f"{shot.name}, {case}: "
                + ", ".join(f"{k} {v:.2f}" for k, v in entry.items() if k != "report"),
                flush=True,
            )
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1, default=str) + "\n")
    parts = {"conditioning": table(found) if found else ""}
    shadowed = find_shots(args.shadows)
    parts["shadows"] = shadow_table(shadowed, args.picture) if shadowed else ""
    for name, text in parts.items():
        print(text)
        if args.page and text:
            replace_fragment(args.page, name, text)


def table(found):
    """A row a case, a column a shot: MAD and how many times that with the perfect plate."""
    shots = list(next(iter(found.values())))
    rows = []
    for case, by_shot in found.items():
        row, ratios = [case], []
        for shot in shots:
            mad = by_shot[shot]["conditioned"]
            ratios.append(mad / found["perfect"][shot]["conditioned"])
            row.append(f"{mad:.2f} ({ratios[-1]:.2f})")
        worst = max(ratios)
        rows.append([*row, f"**{worst:.2f}**" if worst > TARGET else f"{worst:.2f}"])
    return markdown_table(["", *shots, "worst ratio"], rows)


if __name__ == "__main__":
    main()
