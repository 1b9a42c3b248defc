"""What a fine-tune is worth: truth-scored error before and after, with and without keys.

    python tests/bench/tune.py --weights base.safetensors --minutes 30 --out OUT SHOT ...

Each SHOT is a folder with truth, see shots.py. Variants of the tune are named with --variants:
"plain" and "keys" are the product's, the others leave something out. Keys are true alphas of some
frames; errors are of the frames without keys, for every variant of a shot the same ones. The table
also tells how far the choice that the tune makes without truth is from the best one with it.
"""

import argparse
import json
import time
from pathlib import Path

import shots

VARIANTS = {
    "plain": {},
    "keys": {},
    "no adversary": {"adversarial": 0.0},
    "no anchor": {"anchor": 0.0},
    "no leak": {"leak": 0.0},
    "no temporal": {"temporal": 0.0},
    "no moved": {"moved": 0},
    "keys, no adversary": {"adversarial": 0.0},
    "keys, no anchor": {"anchor": 0.0},
    "keys, no moved": {"moved": 0},
}


def key_frames(frames, count):
    """Evenly spread, and never all: what has no key is what is compared."""
    count = min(count, len(frames) - 1)
    places = {round((i + 0.5) * len(frames) / count) for i in range(count)} if count else set()
    return [frames[min(place, len(frames) - 1)] for place in sorted(places)]


def solve_and_score(shot, weights, folder):
    """MAD, MSE and dtSSD a frame, by number; solved as `platekey solve` does."""
    from platekey.core.frames.sequence import find_sequence
    from platekey.core.job.request import SolveRequest
    from platekey.core.job.solve import run_solve
    from platekey.core.options import Depth, MatteOptions, Method
    from platekey.core.score.shot import score_shot

    pattern = str(folder / "solved.####.exr")
    options = MatteOptions(method=Method.NETWORK, weights=str(weights), depth=Depth.FLOAT)
    plate, clean = (str(shot.folder / name) for name in ("plate.####.exr", "clean.0001.exr"))
    run_solve(
        SolveRequest(plate, clean, pattern, overwrite=True, options=options),
        lambda event: None,
        lambda: False,
    )
    truth = find_sequence(str(shot.folder / "gt/alpha.####.exr"))
    scored = score_shot(find_sequence(pattern), truth, shot.frames)
    return {score.frame: score for score in scored}


def write_keys(shot, frames, folder):
    """True alphas of some frames, as an artist would give them."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        source = shot.folder / f"gt/alpha.{frame:04d}.exr"
        (folder / f"key.{frame:04d}.exr").write_bytes(source.read_bytes())
    return str(folder / "key.####.exr")


def tune(shot, variant, keys, args, folder):
    """Tunes; returns the weights, the last event and the truth of each look at held-out frames."""
    from platekey.core.frames.sequence import find_sequence
    from platekey.core.job.tune import run_tune
    from platekey.core.job.tune_request import TuneRequest
    from platekey.core.score.matte import read_matte
    from platekey.core.tune import loop
    from platekey.core.tune.options import TuneOptions

    output = folder / "tuned.safetensors"
    truth, looks, events = find_sequence(str(shot.folder / "gt/alpha.####.exr")), [], []
    real = loop.score_network

    def score_network(network, held, device, **more):
        scores, solutions = real(network, held, device, **more)
        errors = [
            abs(solution.alpha[0, 0].numpy() - read_matte(truth.read(each.number)).alpha).mean()
            for each, solution in zip(held, solutions, strict=True)
        ]
        looks.append(1e3 * float(sum(errors) / len(errors)))
        return scores, solutions

    loop.score_network = score_network
    options = TuneOptions(
        weights=str(args.weights),
        backgrounds=args.backgrounds,
        hours=args.minutes / 60,
        device=args.device,
        **{**VARIANTS[variant], **json.loads(args.options)},
    )
    plate, clean = (str(shot.folder / name) for name in ("plate.####.exr", "clean.0001.exr"))
    request = TuneRequest(
        plate, clean, str(output), keys=keys if "keys" in variant else "", overwrite=True,
        options=options,
    )  # fmt: skip
    try:
        run_tune(request, events.append, lambda: False)
    finally:
        loop.score_network = real
    last = [event for event in events if type(event).__name__ == "Trained"][-1]
    return output, last, looks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shots", nargs="+", metavar="SHOT")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--keys", type=int, default=3)
    parser.add_argument("--variants", default="plain,keys", help=", ".join(VARIANTS))
    parser.add_argument("--backgrounds", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--options", default="{}", help="of the tune, as JSON, for all variants")
    args = parser.parse_args()

    from platekey.core.job.threads import share_cores

    share_cores()
    rows = []
    print("| shot | variant | MAD before | MAD after | change | chosen | best look |", flush=True)
    print("|---|---|---|---|---|---|---|", flush=True)
    for shot in shots.find_shots(args.shots):
        chosen = key_frames(shot.frames, args.keys)
        judged = [frame for frame in shot.frames if frame not in chosen]
        keys = write_keys(shot, chosen, args.out / shot.name / "keys")
        before = solve_and_score(shot, args.weights, args.out / shot.name / "before")
        for variant in args.variants.split(","):
            folder = args.out / shot.name / variant.replace(", ", "-").replace(" ", "-")
            folder.mkdir(parents=True, exist_ok=True)
            started = time.monotonic()
            weights, last, looks = tune(shot, variant, keys, args, folder)
            after = solve_and_score(shot, weights, folder)
            errors = [
                sum(scores[frame].whole["mad"] for frame in judged) / len(judged)
                for scores in (before, after)
            ]
            row = {
                "shot": shot.name,
                "variant": variant,
                "mad_before": errors[0],
                "mad_after": errors[1],
                "change": errors[1] / errors[0] - 1,
                "minutes": (time.monotonic() - started) / 60,
                "best_step": last.figures["best_step"],
                "held_out_looks": looks,
                "scores": last.figures,
                "verdict": last.message,
            }
            rows.append(row)
            print(
                f"| {shot.name} | {variant} | {errors[0]:.3f} | {errors[1]:.3f} | "
                f"{100 * row['change']:+.1f} % | step {row['best_step']:.0f} | "
                f"{min(looks):.3f} of {looks[0]:.3f} |",
                flush=True,
            )
            (args.out / "tune.json").write_text(json.dumps(rows, indent=1))
    for variant in args.variants.split(","):
        changes = [row["change"] for row in rows if row["variant"] == variant]
        print(
            f"| all | {variant} | | | {100 * sum(changes) / len(changes):+.1f} %, "
            f"worst {100 * max(changes):+.1f} % | | |"
        )


if __name__ == "__main__":
    main()
