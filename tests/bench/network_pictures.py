"""Draws the softest place of shots with truth: plate, difference method, network, truth.

python tests/bench/network_pictures.py --shots SHOT … --weights FILE -o docs/images/network.jpg

A shot's first frame; below each matte stands its mean absolute error over the whole frame.
"""

import argparse

import numpy as np
from methods import METHODS, network_method
from shots import find_shots

from platekey.core.job.threads import share_cores
from platekey.core.network.shipped import SHIPPED
from platekey.core.review.canvas import Canvas
from platekey.core.review.crops import edge_crops
from platekey.core.review.view import matte_view, srgb_view

CROP, ZOOM, GAP, LABEL = 110, 2, 8, 24
HEADINGS = ("plate", "difference", "network", "truth")


def main():
    share_cores()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", nargs="+", required=True, metavar="DIR")
    parser.add_argument("--weights", default=str(SHIPPED), metavar="FILE")
    parser.add_argument("-o", "--output", required=True, metavar="JPG")
    args = parser.parse_args()
    solve, shots = network_method(args.weights), find_shots(args.shots)
    side = CROP * ZOOM
    step = side + GAP + LABEL
    canvas = Canvas(len(HEADINGS) * (side + GAP) + GAP, LABEL + GAP + len(shots) * step)
    for column, heading in enumerate(HEADINGS):
        canvas.text(heading, GAP + column * (side + GAP), LABEL)
    for row, shot in enumerate(shots):
        for column, (picture, words) in enumerate(pictures(shot, solve)):
            x, y = GAP + column * (side + GAP), LABEL + GAP + row * step
            canvas.place(picture.repeat(ZOOM, 0).repeat(ZOOM, 1), x, y)
            canvas.text(words, x, y + side + 16)
    canvas.save(args.output)


def pictures(shot, solve):
    """The four pictures of a row, each with what stands below it."""
    frame = shot.read(shot.frames[0])
    truth = frame.truth.alpha
    crop = edge_crops(truth, CROP, CROP, 1)[0]
    place = np.s_[crop.y : crop.y + CROP, crop.x : crop.x + CROP]
    grey = 0.25 / max(float(np.median(frame.plate[place])), 1e-4)
    yield srgb_view(frame.plate[place] * grey), shot.name
    for method in (METHODS["platekey"], solve):
        alpha = method(frame).alpha
        error = 1e3 * float(np.abs(alpha - truth).mean())
        yield matte_view(alpha[place]), f"MAD {error:.2f}"
    yield matte_view(truth[place]), ""


if __name__ == "__main__":
    main()
