"""The matte node at work in a strict fake of Nuke, with the real worker on the sample shot."""

import os
import re
import signal
import sys
from pathlib import Path

import nuke
import OpenImageIO as oiio
import pytest

from platekey.plugin.nuke import following, jobs, resident
from platekey.plugin.nuke.matte import matte_script

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests/data/sample"


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_PYTHON", sys.executable)
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("PLATEKEY_CACHE", (tmp_path / "cache").as_posix())
    nuke.reset()


@pytest.fixture(scope="module", autouse=True)
def one_worker():
    yield
    resident.shut_down()


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    """A corner of the sample shot with some of the subject's edge, small enough to be quick."""
    folder = tmp_path_factory.mktemp("shot")
    for path in SAMPLE.glob("*.1*.exr"):
        picture = oiio.ImageBuf(str(path))
        x, y = picture.spec().width // 2, picture.spec().height // 3
        corner = oiio.ImageBufAlgo.cut(picture, oiio.ROI(x, x + 96, y, y + 64))
        assert corner.write(str(folder / path.name))
    return folder


@pytest.fixture
def matte(tmp_path, shot):
    """The node, connected to the plate and the clean plate."""
    (tmp_path / "node.nk").write_text(matte_script(), encoding="utf-8")
    node = nuke.nodePaste(str(tmp_path / "node.nk"))
    for number, pattern in enumerate(("plate.%04d.exr", "clean.1001.exr")):
        node.setInput(number, nuke.createNode("Read", file=(shot / pattern).as_posix()))
    return node


def status(node):
    return node["status"].value()


def finish():
    nuke.pump(lambda: not jobs._running)
    nuke.pump(lambda: nuke._calls.empty())


def press(node, button):
    node.press(button)
    nuke.pump(lambda: not status(node).startswith("solving"))


def child(node, name):
    return next(item for item in node.children if item.name() == name)


def test_a_frame_is_solved_from_the_reads_files(matte):
    press(matte, "solve_frame")
    assert status(matte) == "solved 1001-1001"
    assert nuke.executed == []
    read = child(matte, "Read_result")
    assert Path(nuke.filename(read) % 1001).is_file()
    assert read["reload"].pressed == 1
    assert nuke.bars[0].progress
    press(matte, "solve_frame")  # nothing has changed: the file is kept
    assert status(matte) == "solved 1001-1001"


def test_a_range_of_rendered_inputs_is_solved(matte):
    grade = nuke.createNode("Expression")
    grade.setInput(0, matte.input(0))
    matte.setInput(0, grade)
    matte["last_frame"].setValue(1002)
    press(matte, "solve_range")
    assert nuke.executed == [("Write_plate", 1001, 1002)]
    assert status(matte) == "solved 1001-1002"
    assert (matte["result_first"].value(), matte["result_last"].value()) == (1001, 1002)
    assert len(list(Path(matte["rendered"].value()).glob("matte.*.exr"))) == 2


def test_a_terminal_runs_straight_through(matte):
    nuke.GUI = False
    matte.press("solve_frame")
    assert status(matte) == "solved 1001-1001"
    assert nuke.bars == []


def test_a_stale_result_is_marked_and_found_again(matte):
    press(matte, "solve_frame")
    first = matte["result"].value()
    matte["tolerance"].setValue(4.0)
    assert status(matte) == "stale: solve again"
    assert matte["result"].value() == first
    matte["tolerance"].setValue(3.0)
    assert status(matte) == "solved 1001-1001"


def test_what_is_wrong_is_said_on_the_node(matte):
    matte.setInput(1, None)
    matte.press("solve_frame")
    assert "Clean plate is not connected" in status(matte)
    assert matte["tile_color"].value() == jobs.RED


def test_a_worker_error_is_shown_with_its_log(matte):
    nuke._state["frame"] = 2000
    press(matte, "solve_frame")
    assert "2000" in status(matte)
    assert "log: " in status(matte)


def test_an_animated_or_impossible_setting_is_refused(matte):
    matte["tolerance"].setValue(99.0)
    matte.press("solve_frame")
    assert "tolerance is 99.0" in status(matte)
    matte["tolerance"].animated = True
    matte.press("solve_frame")
    assert "animated" in status(matte)


def test_the_cache_is_cleared(matte):
    press(matte, "solve_frame")
    folder = Path(matte["result"].value()).parent
    matte.press("clear_cache")
    assert not folder.exists()
    assert status(matte) == "not solved"


def test_a_killed_worker_is_replaced_next_time(matte):
    press(matte, "solve_frame")
    os.kill(resident.running()._process._process.pid, signal.SIGKILL)
    matte["tolerance"].setValue(5.0)
    press(matte, "solve_frame")
    assert status(matte) == "solved 1001-1001"


def test_a_solve_is_cancelled(matte):
    matte["last_frame"].setValue(1003)
    matte.press("solve_range")
    matte.press("cancel")
    nuke.pump(lambda: not status(matte).startswith("solving"))
    assert status(matte) == "cancelled"
    matte.press("cancel")
    assert "Nothing is being solved" in nuke.messages[-1]


def test_a_solve_is_cancelled_in_mid_frame(matte):
    press(matte, "solve_frame")
    matte["last_frame"].setValue(1003)
    matte["tolerance"].setValue(8.0)
    process = resident.running()._process._process
    matte.press("solve_range")
    nuke.pump(lambda: len(nuke.bars) == 2 and nuke.bars[1].progress)
    os.kill(process.pid, signal.SIGSTOP)  # so that it is not done before the cancel arrives
    matte.press("cancel")
    nuke.pump(lambda: jobs.BOARD.jobs()[-1].stop.is_set())
    os.kill(process.pid, signal.SIGCONT)
    nuke.pump(lambda: not status(matte).startswith("solving"))
    assert status(matte) == "cancelled"
    folder = Path(matte["rendered"].value())
    left = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    assert len(left) < 3
    for name in left:  # whole, and under its own name, or not there at all
        assert re.fullmatch(r"matte\.100[123]\.exr", name)
        assert oiio.ImageBuf(str(folder / name)).read()


def test_a_worker_that_dies_in_a_job_is_told(matte):
    press(matte, "solve_frame")
    matte["last_frame"].setValue(1003)
    matte["tolerance"].setValue(6.0)
    process = resident.running()._process._process
    matte.press("solve_range")
    nuke.pump(lambda: len(nuke.bars) == 2)  # the request is out
    os.kill(process.pid, signal.SIGKILL)
    nuke.pump(lambda: not status(matte).startswith("solving"))
    assert "the worker ended" in status(matte)
    assert matte["tile_color"].value() == jobs.RED


def test_a_worker_that_is_stuck_is_ended_after_a_cancel(matte, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE", 0.5)
    press(matte, "solve_frame")
    process = resident.running()._process._process
    os.kill(process.pid, signal.SIGSTOP)
    client = resident.running()
    monkeypatch.setattr(resident, "worker", lambda: client)  # as if it had stuck a moment later
    matte["tolerance"].setValue(7.0)
    matte.press("solve_frame")
    matte.press("cancel")
    nuke.pump(lambda: not status(matte).startswith("solving"))
    assert "shut down" in status(matte)
    assert process.poll() is not None


def test_a_node_that_is_deleted_meanwhile_harms_nothing(matte):
    matte.press("solve_frame")
    nuke.delete(matte)
    finish()
    assert nuke.messages == []


def test_the_fake_is_strict(matte):
    with pytest.raises(NameError):
        matte["nonsense"]
    with pytest.raises(ValueError, match="no item"):
        matte["depth"].setValue("8 bit")
    with pytest.raises(KeyError):
        nuke.createNode("Gizmo")
