"""The panel in Nuke: what it is shown of, and how it is registered. Python 3.7, Qt and nuke."""

import os
import sys
from typing import List, Tuple

import nuke

from platekey.core.errors import WorkerError
from platekey.plugin.panel.host import Host
from platekey.plugin.panel.panel import Panel
from platekey.plugin.panel.qt import QtCore

from . import resident
from .jobs import BOARD

PANEL_ID = "platekey.panel"
# Nuke keeps the text and evaluates it whenever the panel is opened, in a namespace of its own
_WIDGET = "__import__('platekey.plugin.nuke.dock', fromlist=['NukePanel']).NukePanel"


class NukePanel(Panel):
    """The widget that Nuke makes: without arguments."""

    def __init__(self) -> None:
        super().__init__(
            Host(BOARD, _facts, resident.worker_python, _worker_state, resident.shut_down, _go_to)
        )


def register() -> None:
    """Puts the panel into the menu of panes, and keeps it in saved layouts."""
    import nukescripts

    nukescripts.panels.registerWidgetAsPanel(_WIDGET, "PlateKey", PANEL_ID)


def _facts() -> List[Tuple[str, str]]:
    startup = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup")
    return [
        ("Nuke", f"{nuke.NUKE_VERSION_STRING}, Python {sys.version.split()[0]}"),
        ("Qt", f"{QtCore.qVersion()}, by {QtCore.__name__.split('.')[0]}"),
        ("NUKE_PATH", f"platekey was started from {startup}"),
    ]


def _worker_state() -> str:
    client = resident.running()
    if client is None:
        return "No worker runs; the next solve starts one."
    try:
        status = client.status()
    except WorkerError as error:
        return str(error)
    doing = "is at work" if status.running is not None else "has no work"
    return f"The worker {doing} and holds {status.memory_mib:.0f} MiB; its log is {status.log}."


def _go_to(name: str) -> None:
    node = nuke.toNode(name)
    if node is not None:
        node.showControlPanel()
