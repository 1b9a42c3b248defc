"""The panel in Nuke: how it is registered, and what it is told."""

import os

import nuke
import nukescripts
import pytest

from platekey.core.errors import WorkerError
from platekey.plugin.nuke import create, jobs, resident
from platekey.plugin.panel.board import Job


@pytest.fixture(scope="module")
def app():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from platekey.plugin.panel.qt import QtWidgets
    except ImportError as error:  # libEGL and the like: Qt's wheel has not all of it
        pytest.skip(f"no Qt here: {error}")
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication([])


def test_the_panel_is_registered_and_can_be_made(app):
    nuke.reset()
    nukescripts.registered.clear()
    create.add_panel()
    ((widget, title, name),) = nukescripts.registered
    assert (title, name) == ("PlateKey", "platekey.panel")
    found = {}
    exec(compile(f"made = {widget}()", "panel", "exec"), found)  # as Nuke makes it
    panel = found["made"]
    jobs.BOARD.add(Job("Matte7", "solve"))
    panel.jobs.refresh()
    table = panel.jobs._table
    assert table.item(table.rowCount() - 1, 0).text() == "Matte7 (solve)"
    panel._timer.stop()
    jobs.BOARD._jobs.clear()


def test_the_doctor_is_told_of_nuke_and_the_worker(app, monkeypatch):
    from platekey.plugin.nuke import dock

    facts = dict(dock._facts())
    assert "13.0v1" in facts["Nuke"]
    assert facts["NUKE_PATH"].endswith("startup")
    monkeypatch.setattr(resident, "running", lambda: None)
    assert "No worker runs" in dock._worker_state()
    client = type("Client", (), {})()
    client.status = lambda: type("Status", (), {"running": None, "memory_mib": 812.4, "log": "x"})
    monkeypatch.setattr(resident, "running", lambda: client)
    assert dock._worker_state() == "The worker has no work and holds 812 MiB; its log is x."

    def refuse():
        raise WorkerError("it says nothing.")

    client.status = refuse
    assert dock._worker_state() == "it says nothing."


def test_a_nuke_without_qt_starts_without_the_panel(monkeypatch):
    import sys

    said = []
    monkeypatch.setattr(nuke, "tprint", said.append, raising=False)
    monkeypatch.setitem(sys.modules, "platekey.plugin.nuke.dock", None)
    monkeypatch.delattr("platekey.plugin.nuke.dock", raising=False)
    create.add_panel()
    assert "panel is left out" in said[0]
