"""Seconds of the networks alone, ours beside BackgroundMattingV2's, on the same machine in one run.

    python tests/bench/network_speed.py [--threads 2] [--repeats 5] [--share 0.1]

Pictures are in memory before and after. Ours is coarse and, on a share of the tiles, refine and the
linear solve; theirs refines its own usual number of pixels. The two take turns, so that a busy
machine is as unfair to one as to the other; the median counts.
"""

import argparse
import statistics
import time

import torch
from background_matting import BackgroundMatting

from platekey.core.network.coarse import no_prior
from platekey.core.network.cues import Cues, make_cues
from platekey.core.network.model import MattingNetwork, coarse_factor, fold_normalisation
from platekey.core.plate.noise import NoiseModel

SIZES = {"HD": (1080, 1920, 0.25, 80_000), "UHD": (2160, 3840, 0.125, 320_000)}
TILE = 256  # pixels of a tile without its margin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.1, help="of the tiles that are refined")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    print(
        f"| {args.threads} threads | ours, s | coarse | refine | BackgroundMattingV2, s | ratio |"
    )
    print("|---|---|---|---|---|---|")
    with torch.inference_mode():
        for name, (height, width, scale, samples) in SIZES.items():
            row = measure(height, width, scale, samples, args.repeats, args.share)
            print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in row) + " |", flush=True)


def measure(height, width, scale, samples, repeats, share):
    """Medians: ours, its two stages, theirs, and ours over theirs."""
    ours = MattingNetwork().eval()
    fold_normalisation(ours)
    theirs = BackgroundMatting(scale, samples).eval()
    plate, clean_plate = torch.rand(2, 1, 3, height, width)
    none = torch.full((1, 3, 1, 1), 1e-4)
    cues = make_cues(plate, clean_plate, NoiseModel(none, none))
    prior = no_prior(plate)
    times = []
    for turn in range(repeats + 1):
        start = time.perf_counter()
        changes = ours.coarse_changes(cues, prior, coarse_factor(height, width))
        middle = time.perf_counter()
        refine(ours, cues, prior, changes, share)
        end = time.perf_counter()
        theirs(plate, clean_plate)
        last = time.perf_counter()
        if turn:  # the first one warms up
            times.append((end - start, middle - start, end - middle, last - end))
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    return [*medians, medians[0] / medians[3]]


def refine(network, cues, prior, changes, share):
    """Refines a share of the tiles, spread over the frame, each with its margin."""
    height, width = cues.plate.shape[2:]
    factor = coarse_factor(height, width)
    count = round(share * height * width / TILE**2)
    places = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    for index in range(count):
        top, left = places[index * len(places) // count]
        top, left = max(0, top - network.radius), max(0, left - network.radius)
        rows = slice(top, min(height, top + TILE + 2 * network.radius))
        columns = slice(left, min(width, left + TILE + 2 * network.radius))
        part = Cues(*(x[..., rows, columns] if x.shape[-1] > 1 else x for x in cues))
        known = prior[..., rows, columns]
        network.refine_window(part, known, changes, factor, top, left)


if __name__ == "__main__":
    main()
