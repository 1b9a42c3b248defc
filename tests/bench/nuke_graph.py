"""Draws the Nuke page's picture: python tests/bench/nuke_graph.py -o docs/images/nuke_graph.png.

On the left the nodes in an artist's script, on the right the inside of PlateKeyMatte as it is
written to its file.
"""

import argparse

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from platekey.core.review.canvas import PAGE, QUIET, TEXT
from platekey.plugin.nuke.matte import matte_group

_COLOURS = {
    "Input": "#55555c",
    "Output": "#55555c",
    "Read": "#8a7440",
    "Write": "#8a7440",
    "Expression": "#46658c",
    "Switch": "#5c4b78",
    "platekey": "#3a6b5c",
}
_SCRIPT = {  # name: (class, column, row)
    "plate": ("Read", 0, 0),
    "clean plate": ("Read", 1.4, 0),
    "city": ("Read", 2.8, 0),
    "PlateKeyTune": ("platekey", -1.0, 2),
    "PlateKeyMatte": ("platekey", 0.4, 2),
    "PlateKeyComp": ("platekey", 1.4, 4),
    "Write": ("Write", 1.4, 5.6),
}
_WIRES = (
    ("plate", "PlateKeyTune", ""),
    ("clean plate", "PlateKeyTune", ""),
    ("plate", "PlateKeyMatte", "plate"),
    ("clean plate", "PlateKeyMatte", "clean_plate"),
    ("PlateKeyMatte", "PlateKeyComp", "foreground"),
    ("clean plate", "PlateKeyComp", "clean_plate"),
    ("city", "PlateKeyComp", "background"),
    ("PlateKeyComp", "Write", ""),
)


def inside():
    """The nodes of PlateKeyMatte with their places, and its wires."""
    group = matte_group()
    nodes, waiting = {}, list(group.children)
    while waiting:
        node = waiting.pop(0)
        if node.name not in nodes:
            nodes[node.name] = node
            waiting += node.inputs
    rows = {"Input": 0, "Write": 1, "Read": 2.6, "Expression": 4.2, "Output": 7.6}
    counts, places = {}, {}
    for node in nodes.values():
        row = rows.get(node.kind, 5.6 if node.name == "choose_output" else 6.6)
        column = counts.get(row, 0)
        counts[row] = column + 1
        places[node.name] = (node.kind, column if row < 2 else column + 0.6, row)
    places["Read_result"] = ("Read", 2.1, rows["Read"])
    places["choose_output"] = ("Switch", 2.1, 5.6)
    places["choose_solved"] = ("Switch", -0.1, 6.6)
    places["Output1"] = ("Output", -0.1, 7.6)
    order = [node.name for node in nodes.values() if node.kind == "Input"]
    for column, name in enumerate(sorted(order, key=lambda n: nodes[n].knobs.get("number", 0))):
        places[name] = ("Input", column, 0)
        places["Write_" + name] = ("Write", column + 0.3, 1.2)
    wires = [(source.name, node.name, "") for node in nodes.values() for source in node.inputs]
    return places, wires


def draw(axes, places, wires, title):
    """One graph: boxes, and lines from each to those that take it."""
    for source, target, label in wires:
        (_, x, y), (_, to_x, to_y) = places[source], places[target]
        axes.annotate(
            "",
            (to_x, to_y - 0.26),
            (x, y + 0.26),
            arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 1.1},
        )
        if label:
            axes.text(
                (2 * x + to_x) / 3,
                (2 * y + to_y) / 3,
                label,
                color=TEXT,
                fontsize=8,
                ha="center",
                bbox={"facecolor": _hex(PAGE), "edgecolor": "none", "pad": 1},
            )
    for name, (kind, x, y) in places.items():
        axes.text(
            x,
            y,
            name.replace("Write_", "Write\n").replace("show_", "show\n"),
            color="white",
            fontsize=8.5,
            ha="center",
            va="center",
            bbox={"facecolor": _COLOURS[kind], "edgecolor": "none", "boxstyle": "round,pad=0.5"},
        )
    columns = [x for _, x, _ in places.values()]
    rows = [y for _, _, y in places.values()]
    axes.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
    axes.set_ylim(max(rows) + 0.6, min(rows) - 0.7)
    axes.set_title(title, color=TEXT, fontsize=11)
    axes.axis("off")


def _hex(colour):
    return "#" + "".join(f"{value:02x}" for value in colour)


def main():
    """Writes the picture."""
    parser = argparse.ArgumentParser(description="Draws the picture of docs/nuke.md.")
    parser.add_argument("-o", "--output", default="docs/images/nuke_graph.png")
    figure = Figure(figsize=(12, 6.4), facecolor=_hex(PAGE), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
    draw(left, _SCRIPT, _WIRES, "in your script")
    draw(right, *inside(), "inside PlateKeyMatte")
    figure.savefig(parser.parse_args().output, dpi=100)


if __name__ == "__main__":
    main()
