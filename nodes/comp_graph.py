"""The live part of the comp node as graphs that a host builds from its own nodes.

Despill, edge, shadow, defocus, light wrap and over, written once; a test holds that core.comp
computes the same. The kernel of the defocus is in comp_lens.py. What needs more than elementary
operations (edge extension, a defocus by depth, grain, matching) is not live: the worker does it.
Standard library only, Python 3.7.
"""

from typing import List, Sequence, Tuple

from .graph import Graph, Sketch, Wire

# These are the constants of core/comp/edge_spill.py and core/comp/colour_statistics.py.
_DOUBT, _BRIGHTNESS, _FLOOR, _DARK, _LEAST_TRUST = 0.8 / 3, 4.0, 0.03**2, 1e-5, 0.01
_MOST = 0.95
_CELL, _NEAR, _FAR, _FAR_SHARE, _LEAST = 4, 4.0, 16.0, 0.05, 1e-6
_TINY = 1e-30  # keeps 0 / 0 away
_SOLID, _SEEN = 0.95, 0.001  # of alpha, as core/comp/edges.py has them
_LEAST_ALPHA = 2.0**-24  # alpha below it has no colour, as in core/comp/merge.py
_UNKNOWN = 0.8  # what confidence lacks, times alpha (1 - alpha), as core/comp/edge_spill.py has it

_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def despill_graph() -> Graph:
    """The clean plate's light out of soft edges: exchange_spill of core/comp/edge_spill.py.

    Inputs: foreground (straight), alpha, clean_plate, shadow (on the clean plate), confidence.
    Outputs: premultiplied, alpha, spill.
    """
    sketch = Sketch()
    foreground, alpha = sketch.input("foreground"), sketch.input("alpha")
    background = sketch.input("clean_plate") * sketch.input("shadow")
    confidence = sketch.input("confidence")
    is_soft = alpha.above(0) * (1 - alpha).above(0)
    mean, covariance = _colours(foreground, alpha, confidence)
    share = _share(foreground, alpha, background, confidence, mean, covariance)
    most = _MOST * alpha
    share = share.at_least(alpha - 1).at_most(most) * is_soft * sketch.parameter("despill_amount")
    share = share.at_least(alpha - 1).at_most(most)
    spill = share * background
    return sketch.graph(
        "despill",
        premultiplied=foreground * alpha - spill,
        alpha=alpha - share,
        spill=spill,
    )


def source_graph() -> Graph:
    """What despill needs, from whatever foreground there is; for hosts whose inputs have defaults.

    Inputs: premultiplied, matte (its alpha), straight, is_straight (0 where no straight colour is
    given), told (confidence, below 0 where no solve told it), clean_plate, covered (its alpha).
    Outputs: foreground (straight), alpha, confidence, is_clean (1 where there is a clean plate).
    """
    sketch = Sketch()
    matte, told = sketch.input("matte"), sketch.input("told")
    alpha = matte.at_least(0).at_most(1)
    premultiplied, is_straight = sketch.input("premultiplied"), sketch.input("is_straight").above(0)
    tells = matte.above(_LEAST_ALPHA)
    divided = premultiplied / (matte * tells + (1 - tells))
    foreground = divided + is_straight * (sketch.input("straight") - divided)
    middling = 1 - _UNKNOWN * (alpha * (1 - alpha))
    is_told = told.above(-0.5)
    clean = sketch.input("clean_plate")
    light = (clean * clean).mean().at_least(sketch.input("covered"))
    return sketch.graph(
        "source",
        foreground=foreground,
        alpha=alpha,
        confidence=middling + is_told * (told - middling),
        is_clean=light.above(0),
    )


def finish_graph() -> Graph:
    """The despilled colour under the final alpha.

    Inputs: premultiplied and alpha (despilled), foreground (straight), matte (the final alpha).
    Outputs: premultiplied.
    """
    sketch = Sketch()
    alpha = sketch.input("alpha")
    seen = alpha.above(_LEAST_ALPHA)
    known = sketch.input("premultiplied") / alpha.at_least(_LEAST_ALPHA) * seen
    colour = known + sketch.input("foreground") * (1 - seen)
    return sketch.graph("finish", premultiplied=colour * sketch.input("matte"))


def edge_graph() -> Graph:
    """Gamma, choke and blur of alpha, core and edge matte: core/comp/edges.py.

    Inputs: alpha. Outputs: alpha, core, edge.
    """
    sketch = Sketch()
    bent = sketch.input("alpha") ** (1 / sketch.parameter("alpha_gamma"))
    alpha = bent.spread(0 - sketch.parameter("choke"))
    width = sketch.parameter("edge_width")
    core = alpha.above(_SOLID).spread(0 - width)
    edge = (alpha.above(_SEEN).spread(width) - core).at_least(0)
    soft = alpha.blurred(sketch.parameter("edge_blur"))
    return sketch.graph("edge", alpha=alpha + edge * (soft - alpha), core=core, edge=edge)


def shadow_graph() -> Graph:
    """The subject's shadow on the new background.

    Inputs: background, shadow (as the matte node's pass, or as core/comp/shadow.py cleans it at
    strength 1). Outputs: background.
    """
    sketch = Sketch()
    factor = sketch.input("shadow") ** sketch.parameter("shadow")
    return sketch.graph("shadow", background=sketch.input("background") * factor)


def defocus_graph() -> Graph:
    """The background as an out-of-focus lens sees it, evenly: core/comp/defocus.py.

    Inputs: background (with its shadow), lens (the kernel, see comp_lens.py). Outputs: background.
    """
    sketch = Sketch()
    blurred = sketch.input("background").convolved(sketch.input("lens"))
    return sketch.graph("defocus", background=blurred)


def light_wrap_graph() -> Graph:
    """The new background's light over the subject's edge: core/comp/light_wrap.py.

    Inputs: background (with shadow and defocus), alpha. Outputs: light, to be added.
    """
    sketch = Sketch()
    background, alpha = sketch.input("background"), sketch.input("alpha")
    through = 1 - alpha
    deviation = sketch.parameter("wrap_radius") / 2
    around = (background * through).blurred(deviation)
    let_through = through * background.blurred(deviation)
    light = (around - let_through).at_least(0) * (alpha * sketch.parameter("wrap"))
    return sketch.graph("light_wrap", light=light)


def over_graph() -> Graph:
    """The foreground over the background, with a holdout: core/comp/merge.py.

    Inputs: premultiplied, alpha, background, light (of the light wrap; 0 for none), holdout.
    Outputs: picture, premultiplied, alpha.
    """
    sketch = Sketch()
    seen = 1 - sketch.input("holdout").at_least(0).at_most(1)
    premultiplied = (sketch.input("premultiplied") + sketch.input("light")) * seen
    alpha = sketch.input("alpha") * seen
    picture = premultiplied + (1 - alpha) * sketch.input("background")
    return sketch.graph("over", picture=picture, premultiplied=premultiplied, alpha=alpha)


def live_graphs() -> Tuple[Graph, ...]:
    """All of them, in the order of the picture's way."""
    return (
        despill_graph(),
        shadow_graph(),
        defocus_graph(),
        edge_graph(),
        light_wrap_graph(),
        over_graph(),
    )


def _colours(foreground: Wire, alpha: Wire, confidence: Wire) -> Tuple[List[Wire], List[Wire]]:
    """Local mean (3) and covariance (6) of the subject's colours, as mattes."""
    weight = alpha * alpha * confidence.at_least(_LEAST_TRUST).at_most(1)
    colour, weighed = foreground.channels(), (foreground * weight).channels()
    products = [weighed[i] * colour[j] for i, j in _PAIRS]
    total = _window(weight)
    moments = [_window(item) / total.at_least(_LEAST) for item in weighed + products]
    mean = moments[:3]
    covariance = [moments[3 + k] - mean[i] * mean[j] for k, (i, j) in enumerate(_PAIRS)]
    return [m.enlarged(_CELL) for m in mean], [c.enlarged(_CELL) for c in covariance]


def _window(matte: Wire) -> Wire:
    """Sum over the neighbourhood: a near window, and a little of a far one."""
    near = matte.reduced(_CELL).blurred(_NEAR / _CELL)
    return near + _FAR_SHARE * near.blurred(_FAR / _CELL)


def _share(
    foreground: Wire,
    alpha: Wire,
    background: Wire,
    confidence: Wire,
    mean: List[Wire],
    covariance: List[Wire],
) -> Wire:
    """The most likely share of the old background; see spill_coverage for the formula."""
    colour, behind = foreground.channels(), background.channels()
    power = (_dot(mean, mean) + _dot(behind, behind)) / 3
    unit = 1 / (power + _DARK)
    scale = unit.root()
    rest = (_FLOOR * power + _DARK) * unit
    square = alpha * alpha * unit
    xx, xy, xz, yy, yz, zz = [
        square * (covariance[k] + _BRIGHTNESS * mean[i] * mean[j])
        for k, (i, j) in enumerate(_PAIRS)
    ]
    xx, yy, zz = xx + rest, yy + rest, zz + rest
    adjugate = (
        (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy),
        (xz * yz - xy * zz, xx * zz - xz * xz, xy * xz - xx * yz),
        (xy * yz - xz * yy, xy * xz - xx * yz, xx * yy - xy * xy),
    )
    determinant = xx * adjugate[0][0] + xy * adjugate[0][1] + xz * adjugate[0][2]
    toward = [(b - m) * scale for b, m in zip(behind, mean)]
    residual = [alpha * (c - m) * scale for c, m in zip(colour, mean)]
    pull = [_dot(row, toward) for row in adjugate]
    doubt = _DOUBT * (1 - confidence)
    variance = doubt * doubt
    divisor = variance * _dot(pull, toward) + determinant
    return variance * _dot(pull, residual) / divisor.at_least(_TINY)


def _dot(one: Sequence[Wire], other: Sequence[Wire]) -> Wire:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
