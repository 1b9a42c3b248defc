"""What the matte node's buttons do; each takes the node. Python 3.7, standard library and nuke."""

import os
import shutil
from typing import Any

import nuke

from platekey.core.errors import PlatekeyError

from . import jobs, tunes
from .matte import PARAMETERS
from .order import order_of

_INPUTS = "inputChange"  # what Nuke calls the knob when a connection changes


def solve_frame(node: Any) -> None:
    """Solves the current frame."""
    jobs.solve(node, nuke.frame(), nuke.frame())


def solve_range(node: Any) -> None:
    """Solves from the node's first to its last frame."""
    first, last = int(node["first_frame"].value()), int(node["last_frame"].value())
    if last < first:
        nuke.message(f"The last frame, {last}, is before the first, {first}; swap them.")
        return
    jobs.solve(node, first, last)


def cancel(node: Any) -> None:
    """Stops the node's solve."""
    if not jobs.cancel(node.fullName()):
        nuke.message("Nothing is being solved for this node.")


def clear_cache(node: Any) -> None:
    """Deletes the folder of the node's result, which this node or a copy of it made."""
    signature, result = node["signature"].value(), node["result"].value()
    folder = os.path.dirname(result)
    if signature and os.path.basename(folder) == signature and os.path.isdir(folder):
        shutil.rmtree(folder)
    node["solved"].setValue(0)
    node["result"].setValue("")
    node["signature"].setValue("")
    jobs.show(node, "not solved", jobs.GREEN)


def use_tuned(node: Any) -> None:
    """Takes the weights that were tuned to this plate."""
    weights = node["tuned"].value() or tunes.finished_weights(node)
    if not weights:
        nuke.message("No PlateKeyTune of this plate has ended yet; look at the panel, or tune it.")
        return
    node["tuned"].setValue("")
    node["method"].setValue("network")
    node["weights"].setValue(weights)
    if not node["solved"].value():
        jobs.show(node, f"not solved; weights {os.path.basename(weights)}", jobs.GREEN)


def knob_changed(node: Any) -> None:
    """Marks a result that no longer is what the node is set to."""
    name = nuke.thisKnob().name()
    if name != _INPUTS and name not in PARAMETERS:
        return
    if not node["solved"].value():
        return
    try:
        is_current = order_of(node).signature == node["signature"].value()
    except PlatekeyError as error:
        jobs.show(node, str(error), jobs.RED)
        return
    if is_current:
        frames = f"{node['result_first'].value()}-{node['result_last'].value()}"
        jobs.show(node, f"solved {frames}", jobs.GREEN)
    else:
        jobs.show(node, "stale: solve again", jobs.AMBER)
