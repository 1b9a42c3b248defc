"""The kernel of the live defocus, as core/comp/kernels.py makes it, for hosts to build.

A host tries points, `samples` a pixel and axis, evenly spread; the share of a pixel's points that
are inside of the aperture is the kernel there. It need not sum to 1. Standard library only,
Python 3.7.
"""

import math

from .graph import Graph, Sketch, Wire

LARGEST = 300  # pixels, the largest radius of the node
MOST_POINTS = 4 * (2 * LARGEST + 1)  # along a side of the largest kernel; small ones have fewer
MOST_SAMPLES = 16
_MOST_BLADES = 16
_POLYGON, _OVAL = 1, 2  # the choices of the setting `kernel`, as they are numbered
_ON_EDGE = 1 + 1e-6  # a point on a polygon's very edge is inside, however its place was rounded


def lens_graph() -> Graph:
    """The aperture of the comp node's settings.

    Inputs: across, up (a point's place in pixels from the middle of the kernel).
    Outputs: inside (1 or 0), samples, and columns and rows: how many pixels the kernel has to each
    side of its middle.
    """
    sketch = Sketch()
    radius, shape = sketch.parameter("defocus"), sketch.parameter("kernel")
    is_oval = shape.above(_OVAL - 0.5)
    is_polygon = shape.above(_POLYGON - 0.5) - is_oval
    squeeze = 1 + is_oval * (sketch.parameter("squeeze") - 1)
    across, up = sketch.input("across") * squeeze, sketch.input("up")
    in_disc = 1 - (across * across + up * up).above(radius * radius)
    in_polygon = 1 - _farthest(sketch, across, up).above(radius * _apothem(sketch) * _ON_EDGE)
    small, middling = (sketch.step("greater", limit, radius) for limit in (16.0, 32.0))
    return sketch.graph(
        "lens",
        inside=in_disc + is_polygon * (in_polygon - in_disc),
        samples=4 + 4 * middling + 8 * small,
        columns=_reach(radius / squeeze),
        rows=_reach(radius),
    )


def _farthest(sketch: Sketch, across: Wire, up: Wire) -> Wire:
    """How far out a point lies, towards that side of the polygon where it is the farthest."""
    blades = sketch.parameter("blades")
    first = math.radians(90) + sketch.parameter("rotation") * math.radians(1)
    sides = []
    for number in range(_MOST_BLADES):  # more than there are blades: the first ones again
        angle = first + math.pi * (2 * number + 1) / blades
        sides.append(across * angle.cosine() + up * (angle - math.pi / 2).cosine())
    farthest = sides[0]
    for side in sides[1:]:
        farthest = farthest.at_least(side)
    return farthest


def _apothem(sketch: Sketch) -> Wire:
    """The distance of a side from the middle, over that of a corner."""
    return (math.pi / sketch.parameter("blades")).cosine()


def _reach(radius: Wire) -> Wire:
    """Whole pixels beside the middle one that a radius touches: half a pixel less, rounded up."""
    return (0 - (0.5 - radius).floor()).at_least(0)
