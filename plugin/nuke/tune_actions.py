"""What the tune node's buttons do; each takes the node. Python 3.7, standard library and nuke."""

from typing import Any

import nuke

from . import tunes


def start(node: Any) -> None:
    """Begins a tune."""
    tunes.start(node, resume=False)


def resume(node: Any) -> None:
    """Goes on from the last checkpoint."""
    tunes.start(node, resume=True)


def stop(node: Any) -> None:
    """Ends the tune after its step."""
    if not tunes.stop(node.fullName()):
        nuke.message("Nothing is being tuned for this node.")


def look(node: Any) -> None:
    """Shows a tune that runs elsewhere."""
    tunes.look(node)
