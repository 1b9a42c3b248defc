"""The kinds of steps that a shot can have, each of them a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from platekey.nodes.clean import CLEAN
from platekey.nodes.comp import COMP
from platekey.nodes.declaration import Node
from platekey.nodes.matte import MATTE
from platekey.nodes.tune import TUNE


@dataclass(frozen=True)
class Kind:
    """A step that a node is.

    Attributes:
        name: of the step and of the command.
        node: see Node.
        inputs: fields of Shot by the node's inputs.
        output: field of Shot.
        asks: field of Shot that says whether the shot has this step.
        needs: the kinds before it, for shots that have them.
        by_frames: its frames may be made apart.
        alone: can be sent without the others, by options alone.
        animates: its settings take keys.
        goes_on: it writes checkpoints, and goes on from the last one with --resume.
    """

    name: str
    node: Node
    inputs: Mapping[str, str]
    output: str
    asks: str
    needs: tuple[str, ...] = ()
    by_frames: bool = True
    alone: bool = True
    animates: bool = False
    goes_on: bool = False


KINDS = (
    Kind(
        "clean",
        CLEAN,
        {"plate": "plate", "source": "source", "mattes": "mattes"},
        output="clean_plate",
        asks="clean",
        by_frames=False,
    ),
    Kind(
        "tune",
        TUNE,
        {name: name for name in ("plate", "clean_plate", "keys", "key_mask")},
        output="weights",
        asks="tune",
        needs=("clean",),
        by_frames=False,
        goes_on=True,
    ),
    Kind(
        "solve",
        MATTE,
        {name: name for name in ("plate", "clean_plate", "hint", "garbage", "holdout")},
        output="output",
        asks="output",
        needs=("clean", "tune"),
    ),
    Kind(
        "comp",
        COMP,
        {
            "foreground": "output",
            "background": "background",
            "plate": "plate",
            "clean_plate": "clean_plate",
        },
        output="comp",
        asks="comp",
        needs=("clean", "solve"),
        alone=False,
        animates=True,
    ),
)

STEPS = tuple(kind.name for kind in KINDS)  # in their order of work
