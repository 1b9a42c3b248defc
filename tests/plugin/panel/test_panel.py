"""The panel in both Qt bindings, off screen."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platekey.core import protocol
from platekey.plugin import preferences
from platekey.plugin.panel.board import Board, Job
from platekey.plugin.panel.host import Host
from platekey.plugin.preferences import Preferences

ROOT = Path(__file__).parents[3]
FINDING = '{"verdict": "warn", "subject": "ffmpeg", "text": "not <there>", "remedy": "get it"}'


@pytest.fixture(scope="module")
def app():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from platekey.plugin.panel.qt import QtWidgets
    except ImportError as error:  # libEGL and the like: Qt's wheel has not all of it
        pytest.skip(f"no Qt here: {error}")
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication([])


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def gone_to():
    return []


@pytest.fixture
def panel(app, board, gone_to, tmp_path, monkeypatch):
    from platekey.plugin.panel.panel import Panel

    monkeypatch.setenv(preferences.FILE, str(tmp_path / "preferences.json"))
    doctor = tmp_path / "python"
    doctor.write_text(f"#!{sys.executable}\nprint('{FINDING}')\nprint('plain')\n")
    doctor.chmod(0o755)
    host = Host(
        board,
        lambda: [("Nuke", "16.0v8")],
        lambda: str(doctor),
        lambda: "The worker has no work.",
        lambda: gone_to.append("released"),
        gone_to.append,
    )
    made = Panel(host)
    made.resize(600, 500)
    made.show()
    yield made
    made._timer.stop()
    made.close()


def until(app, condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        app.processEvents()
        time.sleep(0.01)


def texts(panel):
    table = panel.jobs._table
    columns = (0, 1, 3)
    return [
        [table.item(row, column).text() for column in columns] for row in range(table.rowCount())
    ]


def test_an_empty_panel_says_what_will_be_there(panel):
    assert panel.jobs._message.text() == "Nothing was started yet."
    assert not any(button.isEnabled() for button in panel.jobs._buttons.values())


def test_jobs_are_listed_as_they_go(panel, board):
    job = board.add(Job("Tune1", "tune", lambda: None))
    job.tell(protocol.Trained(10, "step 10", {"loss_total": 0.5, "seconds_left": 7200.0}))
    job.tell(protocol.Progress(0.25, "step 10"))
    panel.refresh()
    assert texts(panel) == [["Tune1 (tune)", "running", "2.0 h"]]
    assert panel.jobs._table.cellWidget(0, 2).value() == 250
    assert panel.jobs._message.text() == "step 10"
    assert "step 10" in panel.jobs._log.toPlainText()
    board.add(Job("Matte1", "solve"))
    panel.refresh()
    assert panel.jobs.chosen() is job  # the choice stays
    job.tell(protocol.Result(0))
    panel.jobs._remove()
    assert [row[0] for row in texts(panel)] == ["Matte1 (solve)"]


def test_pause_resume_and_cancel_reach_the_job(panel, board, gone_to):
    job = board.add(Job("Tune1", "tune", lambda: gone_to.append("again")))
    panel.refresh()
    buttons = panel.jobs._buttons
    assert [buttons[name].isEnabled() for name in ("Pause", "Resume", "Cancel")] == [1, 0, 1]
    buttons["Pause"].click()
    assert job.stop.is_set()
    job.tell(protocol.Result(exit_code=5))
    panel.refresh()
    assert [buttons[name].isEnabled() for name in ("Pause", "Resume", "Cancel")] == [0, 1, 0]
    buttons["Resume"].click()
    panel.jobs._table.cellDoubleClicked.emit(0, 0)
    assert gone_to == ["again", "Tune1"]


def test_the_contact_sheet_is_shown_and_shown_anew(app, panel, board, tmp_path):
    from platekey.plugin.panel.qt import QtGui

    def draw(colour):
        picture = QtGui.QImage(40, 20, QtGui.QImage.Format.Format_RGB32)
        picture.fill(QtGui.QColor(colour))
        assert picture.save(str(tmp_path / "sheet.png"))

    def shown():
        panel.refresh()
        picture = panel.jobs._sheet.grab().toImage()
        return picture.pixelColor(picture.width() // 2, picture.height() // 2).name()

    job = board.add(Job("Tune1", "tune"))
    job.tell(protocol.Trained(1, "", {}, {"sheet": str(tmp_path / "sheet.png")}))
    panel.refresh()
    assert "once it has one" in panel.jobs._sheet.text()
    draw("#ff0000")
    assert shown() == "#ff0000"
    (tmp_path / "sheet.png").write_bytes(b"half")
    os.utime(tmp_path / "sheet.png", (1e9, 1e9))
    assert shown() == "#ff0000"  # the last whole one
    draw("#0000ff")
    assert shown() == "#0000ff"


def test_the_curve_is_drawn(panel, board):
    job = board.add(Job("Tune1", "tune"))
    panel.jobs.turn_to("Curve")
    panel.refresh()
    before = panel.jobs._curves.grab().toImage()
    for step in range(1, 9):
        job.tell(protocol.Trained(step, "", {"loss_total": 1.0 / step}))
        job.tell(protocol.Trained(step, "", {"score": 1.0}))  # all alike: still a plot
    panel.refresh()
    assert panel.jobs._curves.grab().toImage() != before


def test_settings_are_kept_as_they_are_changed(app, panel, gone_to):
    settings = panel.settings
    settings._device.setEditText("cuda:1")
    settings._tile.setCurrentIndex(settings._tile.findData(512))
    settings._limit.setValue(20.0)
    settings._idle.setValue(5.0)
    settings._cache.setText(" /cache ")
    settings.keep()
    assert preferences.load() == Preferences("", "/cache", 20.0, "cuda:1", 512, 5.0)
    settings._ask(settings._host.worker_state)
    until(app, lambda: settings._state.text() == "The worker has no work.")
    settings._ask(settings._release)
    until(app, lambda: "is ended" in settings._state.text())
    assert gone_to == ["released"]


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a script")
def test_the_doctor_tells_of_host_and_worker(app, panel):
    panel.turn_to("Doctor")
    panel.doctor.look()
    assert not panel.doctor._start.isEnabled()

    def ended():
        panel.refresh()
        return panel.doctor._start.isEnabled()

    until(app, ended)
    text = panel.doctor.text().replace("\xa0", " ")
    assert "ok  Nuke: 16.0v8" in text
    assert "warn  ffmpeg: not <there>" in text
    assert "get it" in text
    assert "plain" in text


def test_it_is_drawn_with_pyside2_too(tmp_path):
    python = "/usr/bin/python3"  # the system's, whose packages Debian's are
    look = [python, "-c", "import PySide2.QtWidgets"]
    if not os.path.exists(python) or subprocess.run(look, capture_output=True).returncode:
        pytest.skip("no PySide2 here; on Debian: apt-get install python3-pyside2.qtwidgets")
    picture = tmp_path / "panel.png"
    command = [python, "-I", str(ROOT / "tests/bench/nuke_panel.py"), "-o", str(picture)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "by PySide2" in done.stdout
    assert picture.stat().st_size > 10000
