"""The pictures of docs/concepts.md, from the sample shot and its truth.

python tests/bench/concept_pictures.py -o docs/images
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from comp_scenes import lamps

from platekey.core.frames.image_io import read_frame
from platekey.core.frames.layers import rgb
from platekey.core.review.canvas import Canvas
from platekey.core.review.view import matte_view, srgb_view

SAMPLE = Path(__file__).parents[1] / "data/sample"
HAIR = (slice(22, 142), slice(540, 660))  # rows and columns of the crop
MARGIN, GUTTER, LABEL, SCALE, RADIUS = 10, 6, 24, 2, 6


def encoded(pixels):
    return srgb_view(pixels).astype(np.float32) / 255


def lens(pixels):
    y, x = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
    disc = (np.hypot(y, x) <= RADIUS).astype(np.float32)
    return cv2.filter2D(pixels, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)


def shot():
    """Premultiplied foreground, alpha and the new background, scene-linear."""
    subject = read_frame(str(SAMPLE / "gt/fg.1001.exr"))
    background = rgb(read_frame(str(SAMPLE / "background.exr")))
    return subject.select("R", "G", "B"), subject.select("A"), background


def linear_light():
    """The same merge and defocus of light, and of what a screen shows."""
    foreground, alpha, background = shot()
    shown = encoded(foreground / np.maximum(alpha, 1e-4)) * alpha
    shown = shown + (1 - alpha) * encoded(background)
    yield "merged in linear light", srgb_view(foreground + (1 - alpha) * background)
    yield "merged as a screen shows it", np.rint(255 * shown).astype(np.uint8)
    night = np.roll(lamps(*alpha.shape[:2]), -250, axis=0)  # the town into the crop
    yield "defocused in linear light", srgb_view(lens(night))
    yield "defocused as a screen shows it", np.rint(255 * lens(encoded(night))).astype(np.uint8)


def premultiplication():
    """The two ways to write a foreground down."""
    foreground, alpha, background = shot()
    yield "A: alpha", matte_view(alpha[..., 0])
    yield "R G B: premultiplied", srgb_view(foreground)
    yield "fg: straight", srgb_view(np.where(alpha > 0.02, foreground / np.maximum(alpha, 0.02), 0))
    yield "R G B + (1 - A) · new", srgb_view(foreground + (1 - alpha) * background)


def draw(panels):
    """One row of crops, with their labels below."""
    side = SCALE * (HAIR[0].stop - HAIR[0].start)
    shown = list(panels)
    canvas = Canvas(2 * MARGIN + len(shown) * (side + GUTTER) - GUTTER, MARGIN + side + LABEL)
    for number, (label, picture) in enumerate(shown):
        left = MARGIN + number * (side + GUTTER)
        crop = np.ascontiguousarray(picture[HAIR])
        canvas.place(cv2.resize(crop, (side, side), interpolation=cv2.INTER_NEAREST), left, MARGIN)
        canvas.text(label, left, MARGIN + side + 17)
    return canvas


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the pictures")
    folder = parser.parse_args().output
    draw(linear_light()).save(str(folder / "concept_linear.jpg"))
    draw(premultiplication()).save(str(folder / "concept_premultiplied.jpg"))


if __name__ == "__main__":
    main()
