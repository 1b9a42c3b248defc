"""A defocus of Nuke's own nodes: a kernel of Expressions, and Convolve with what the core adds.

The kernel lies at the lower left of a canvas that would hold the largest one; crops keep it to the
pixels that it has, so that a small one is quick. Standard library only, Python 3.7.
"""

from typing import Any, Tuple

from platekey.nodes.comp_lens import MOST_POINTS, MOST_SAMPLES

from .nk import Formula, NkNode

_FORMAT = (
    f"{MOST_POINTS} {MOST_POINTS} 0 0 {MOST_POINTS} {MOST_POINTS} 1 {MOST_POINTS}x{MOST_POINTS}"
)
_LEAST = 1e-6  # of the kernel; beyond the frame nothing is seen, and 0 / 0 would spread


def points(samples: str, columns: str, rows: str, prefix: str) -> NkNode:
    """The points of a kernel: in red how far across each lies from the middle, in green how far up.

    Args:
        samples: formula of the points a pixel and axis.
        columns: formula of the kernel's pixels to each side of its middle.
        rows: the same, upwards and downwards.
        prefix: of the nodes' names.
    """
    canvas = NkNode("Constant", f"{prefix}_canvas", {"channels": "rgb", "format": _FORMAT})
    sides = [Formula(f"{_side(reach)} * {samples}") for reach in (columns, rows)]
    cropped = NkNode("Crop", f"{prefix}_points", {"box": (0, 0, *sides)}, (canvas,))
    formulas = {
        "expr0": f"(x + 0.5) / {samples} - {columns} - 0.5",
        "expr1": f"(y + 0.5) / {samples} - {rows} - 0.5",
    }
    return NkNode("Expression", f"{prefix}_place", formulas, (cropped,))


def kernel(inside: NkNode, samples: str, columns: str, rows: str, prefix: str) -> NkNode:
    """The kernel in red: how many points of each pixel are inside, which Convolve makes to sum 1.

    Args:
        inside: the points, 1 or 0 in red.
        samples: see points.
        columns: see points.
        rows: see points.
        prefix: of the nodes' names.
    """
    node = inside
    for axis, side in (("x", _side(columns)), ("y", _side(rows))):
        terms = []
        for number in range(MOST_SAMPLES):
            place = f"min({axis} * points + {number}, last)"
            taken = f"r({place}, y)" if axis == "x" else f"r(x, {place})"
            terms.append(f"({number} < points ? {taken} : 0)")
        knobs = {
            "temp_name0": "points",
            "temp_expr0": samples,
            "temp_name1": "last",
            "temp_expr1": f"{side} * {samples} - 1",
            "expr0": " + ".join(terms),
        }
        node = NkNode("Expression", f"{prefix}_{axis}", knobs, (node,))
    sides = [Formula(_side(reach)) for reach in (columns, rows)]
    return NkNode("Crop", f"{prefix}_kernel", {"box": (0, 0, *sides)}, (node,))


def convolve(node: NkNode, lens: NkNode, prefix: str) -> NkNode:
    """Spreads a picture over a kernel: the mean of what is seen in the frame.

    What is seen goes with the picture as its alpha, black beyond the frame, and divides it again.

    Args:
        node: the picture, as large as its format.
        lens: the kernel, in red; its middle is that of its bounding box.
        prefix: of the nodes' names.
    """
    seen = NkNode("Expression", f"{prefix}_seen", {"expr3": "1"}, (node,))
    framed = NkNode("Crop", f"{prefix}_frame", {"box": _frame()}, (seen,))
    knobs = {"channels": "rgba", "filter_channel": "rgba.red"}
    spread = NkNode("Convolve2", f"{prefix}_spread", knobs, (framed, lens))
    kept = NkNode("Crop", f"{prefix}_kept", {"box": _frame(), "crop": False}, (spread,))
    shares = {f"expr{n}": f"{channel} / max(a, {_LEAST!r})" for n, channel in enumerate("rgb")}
    return NkNode("Expression", f"{prefix}_mean", shares, (kept,))


def _frame() -> Tuple[Any, ...]:
    return (0, 0, Formula("input.width"), Formula("input.height"))


def _side(reach: str) -> str:
    return f"(2 * {reach} + 1)"
