"""Draws the panel of made-up jobs: python tests/bench/nuke_panel.py -o docs/images/nuke_panel.png.

Standard library and either Qt binding, so that both can be tried.
"""

import argparse
import math
import os
import sys
import tempfile
import time
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHEET = ROOT / "docs/images/contact_sheet.jpg"
WIDE, HIGH = 500, 460  # pixels of each view

if "platekey" not in sys.modules:
    package = types.ModuleType("platekey")
    package.__path__ = [str(ROOT)]
    sys.modules["platekey"] = package
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from platekey.core import protocol  # noqa: E402
from platekey.plugin import preferences  # noqa: E402
from platekey.plugin.panel.board import Board, Job  # noqa: E402
from platekey.plugin.panel.host import Host  # noqa: E402
from platekey.plugin.panel.panel import Panel  # noqa: E402
from platekey.plugin.panel.qt import QtCore, QtGui, QtWidgets  # noqa: E402

FACTS = [
    ("Nuke", "16.0v8, Python 3.11.7"),
    ("NUKE_PATH", "platekey was started from /opt/platekey/plugin/nuke/startup"),
]


def made_up_board(sheet):
    board = Board()
    solve = board.add(Job("PlateKeyMatte1", "solve", lambda: None))
    for frame in range(1001, 1025):
        solve.tell(protocol.FrameDone(frame, {}))
    solve.tell(protocol.Result(0))
    tune = board.add(Job("PlateKeyTune1", "tune", lambda: None))
    for step in range(20, 4001, 20):
        loss = 0.3 / math.sqrt(step / 20) * (1 + 0.1 * math.sin(step))
        figures = {"loss_total": loss, "seconds_left": 22500.0}
        tune.tell(protocol.Trained(step, f"step {step}: loss {loss:.4f}", figures))
        if step % 400 == 0:
            score = {"score": 0.8 + 0.2 / (step / 400)}
            told = f"step {step}: held-out score {score['score']:.3f} (start 1)"
            tune.tell(protocol.Trained(step, told, score, {"sheet": str(sheet)}))
        tune.tell(protocol.Progress(step / 20000, tune.message))
    return board


def dark(app):
    """Something like Nuke's colours."""
    app.setStyle("Fusion")
    palette = QtGui.QPalette()
    role = QtGui.QPalette.ColorRole
    for name, colour in (
        ("Window", "#323232"), ("Base", "#262626"), ("AlternateBase", "#2c2c2c"),
        ("Button", "#4a4a4a"), ("Text", "#d0d0d0"), ("WindowText", "#d0d0d0"),
        ("ButtonText", "#d0d0d0"), ("Highlight", "#b8743a"), ("HighlightedText", "#ffffff"),
        ("PlaceholderText", "#808080"),
    ):  # fmt: skip
        palette.setColor(getattr(role, name), QtGui.QColor(colour))
    app.setPalette(palette)


def views(app, panel):
    """A picture of each view."""

    def taken():
        panel.refresh()
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            app.processEvents()
        return panel.grab().toImage()

    yield taken()
    panel.jobs.turn_to("Curve")
    yield taken()
    panel.turn_to("Settings")
    yield taken()
    panel.turn_to("Doctor")
    panel.doctor.look()
    yield taken()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", default="docs/images/nuke_panel.png")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        os.environ[preferences.FILE] = str(Path(folder, "preferences.json"))
        app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
        dark(app)
        host = Host(
            made_up_board(SHEET), lambda: FACTS, lambda: "/opt/platekey/.venv/bin/python",
            lambda: "", lambda: None, lambda name: None,
        )  # fmt: skip
        panel = Panel(host)
        panel.resize(WIDE, HIGH)
        panel.show()
        whole = QtGui.QImage(2 * WIDE, 2 * HIGH, QtGui.QImage.Format.Format_RGB32)
        painter = QtGui.QPainter(whole)
        for number, picture in enumerate(views(app, panel)):
            painter.drawImage(QtCore.QPoint(number % 2 * WIDE, number // 2 * HIGH), picture)
        painter.end()
    if not whole.save(output):
        raise SystemExit(f"{output} cannot be written")
    print(f"{output}, by {QtCore.__name__.split('.')[0]} {QtCore.qVersion()}")


if __name__ == "__main__":
    main()
