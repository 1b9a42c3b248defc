"""Finds the peers' settings: for each, the one setting with the least mean MAD over the shots.

    python tests/bench/tune_peers.py --shots ../shared/bench/dev/*

The difference matte is searched over a whole grid, on all frames; the automatic trimap one setting
at a time until nothing gets better, on the first frame of each shot (closed-form takes seconds).
"""

import argparse
import itertools
from dataclasses import replace

import numpy as np
import peers
from shots import find_shots

TOLERANCES = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12)
FALLOFFS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.4)
TRIMAPS = {
    "background": (0.02, 0.03, 0.04, 0.06, 0.08),
    "foreground": (0.04, 0.06, 0.08, 0.12, 0.2, 0.3),
    "blur": (0.0, 1.0, 2.0),
    "clean": (1, 2, 3, 5),
    "grow": (2, 3, 4, 6, 9, 14),
}
MOST_UNKNOWN = 0.35  # of the picture: a trimap that says less takes closed-form minutes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="+", required=True, metavar="DIR")
    shots = find_shots(parser.parse_args().shots)
    frames = [[shot.read(number) for number in shot.frames] for shot in shots]
    print("difference matte:", *tune_difference(frames), flush=True)
    print("automatic trimap:", *tune_trimap([shot[0] for shot in frames]), flush=True)


def tune_difference(frames):
    """The best setting and its mean MAD, 1e-3."""
    best = (np.inf, None)
    for encoding, blur in itertools.product(peers.ENCODINGS, (0.0, 1.0, 2.0)):
        differences = [
            [peers.difference(frame.plate, frame.clean, encoding, blur) for frame in shot]
            for shot in frames
        ]
        for tolerance, falloff in itertools.product(TOLERANCES, FALLOFFS):
            errors = [
                np.mean(
                    [
                        np.abs(np.clip((d - tolerance) / falloff, 0, 1) - frame.truth.alpha).mean()
                        for d, frame in zip(of_shot, shot, strict=True)
                    ]
                )
                for of_shot, shot in zip(differences, frames, strict=True)
            ]
            setting = peers.DifferenceKey(encoding, tolerance, falloff, blur)
            best = min(best, (1e3 * float(np.mean(errors)), setting), key=lambda item: item[0])
    return best


def tune_trimap(frames):
    """The best setting and its mean MAD, 1e-3."""
    setting = peers.AutomaticTrimap()
    best = trimap_error(frames, setting)
    improved = True
    while improved:
        improved = False
        for name, values in TRIMAPS.items():
            for value in values:
                tried = replace(setting, **{name: value})
                error = best if tried == setting else trimap_error(frames, tried)
                if error < best:
                    best, setting, improved = error, tried, True
    return best, setting


def trimap_error(frames, setting):
    """Mean MAD of closed-form matting with the setting's trimaps, 1e-3."""
    errors = []
    for frame in frames:
        trimap = peers.automatic_trimap(frame.plate, frame.clean, setting)
        if (trimap == 0.5).mean() > MOST_UNKNOWN:
            return np.inf
        alpha = peers.closed_form(frame.plate, trimap)
        errors.append(1e3 * np.abs(alpha - frame.truth.alpha).mean())
    return float(np.mean(errors))


if __name__ == "__main__":
    main()
