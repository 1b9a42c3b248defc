"""Nodes in scripts that are saved, opened and copied, and opened where platekey is missing."""

import subprocess
import sys
from pathlib import Path

import nuke
import pytest

from platekey.plugin.nuke import create, jobs, resident

FAKES = Path(__file__).parents[2] / "fakes"
WORKER = [sys.executable, "-I", str(FAKES / "quick_worker.py")]


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_PYTHON", sys.executable)
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("PLATEKEY_CACHE", (tmp_path / "cache [1] $HOME").as_posix())
    nuke.reset()


@pytest.fixture
def worker(monkeypatch):
    resident.shut_down()
    monkeypatch.setattr(resident, "worker_command", lambda python: WORKER)
    yield
    resident.shut_down()


@pytest.fixture
def reads(tmp_path):
    for frame in (1001, 1002):
        (tmp_path / f"plate.{frame}.exr").write_bytes(b"exr")
    path = (tmp_path / "plate.%04d.exr").as_posix()
    return [nuke.createNode("Read", file=path) for _ in range(2)]


@pytest.fixture
def matte(worker, reads):
    node = nuke.nodePaste(create.path_of("PlateKeyMatte"))
    return connected(node, reads)


def connected(node, reads):
    for number, read in enumerate(reads):
        node.setInput(number, read)
    return node


def solve(node, button="solve_frame"):
    node.press(button)
    nuke.pump(lambda: not node["status"].value().startswith("solving"), 60)
    assert node["status"].value().startswith("solved")


def shown(node):
    """The file that the group reads, at the first frame."""
    read = next(child for child in node.children if child.name() == "Read_result")
    return Path(nuke.filename(read) % 1001)


def copied(node, tmp_path):
    node["selected"].setValue(True)
    nuke.nodeCopy(str(tmp_path / "copy.nk"))
    node["selected"].setValue(False)
    return nuke.nodePaste(str(tmp_path / "copy.nk"))


def test_a_saved_script_shows_its_result_when_it_is_opened(matte, reads, tmp_path):
    matte["tolerance"].setValue(4.5)
    solve(matte)
    matte["selected"].setValue(True)
    nuke.nodeCopy(str(tmp_path / "shot.nk"))
    nuke.reset()  # Nuke is closed, and opened again
    again = nuke.nodePaste(str(tmp_path / "shot.nk"))
    assert shown(again).is_file()
    assert again["tolerance"].value() == 4.5
    assert again["solved"].value() == 1
    assert again["status"].value() == "solved 1001-1001"
    connected(again, reads)  # from the script
    again["tolerance"].setValue(5.0)
    assert again["status"].value() == "stale: solve again"
    assert shown(again).is_file()
    again["tolerance"].setValue(4.5)
    assert again["status"].value() == "solved 1001-1001"


def test_a_copy_shows_the_same_and_goes_its_own_way(matte, reads, tmp_path):
    solve(matte)
    copy = connected(copied(matte, tmp_path), reads)
    assert copy.name() != matte.name()
    assert shown(copy) == shown(matte)
    copy["tolerance"].setValue(9.0)
    solve(copy)
    assert shown(copy) != shown(matte)
    copy.press("clear_cache")
    assert copy["status"].value() == "not solved"
    assert shown(matte).is_file()
    assert matte["status"].value() == "solved 1001-1001"


def test_a_renamed_node_keeps_its_result(matte):
    solve(matte)
    before = shown(matte)
    matte["name"].setValue("hero_matte")
    assert shown(matte) == before
    matte["last_frame"].setValue(1002)
    solve(matte, "solve_range")
    assert matte["result_last"].value() == 1002
    assert shown(matte) == before


def test_the_panel_lists_the_solve_and_its_frames(matte):
    matte["last_frame"].setValue(1002)
    solve(matte, "solve_range")
    job = next(job for job in jobs.BOARD.jobs() if job.title == matte.fullName())
    assert job.state == "done"
    assert [line.split(" ", 1)[1] for line in job.log()] == [
        "frame 1001 is done", "frame 1002 is done", "done: done",
    ]  # fmt: skip


def test_a_cache_beyond_its_size_loses_the_oldest_but_what_is_shown(matte, reads, tmp_path):
    (tmp_path / "preferences.json").write_text('{"cache_gib": 1e-9}')
    first = solve_and_leave(matte, 2.0)
    copy = connected(copied(matte, tmp_path), reads)  # shows what the matte leaves next
    second = solve_and_leave(matte, 5.0)
    assert first.exists()  # the copy's
    copy["result"].setValue("")
    third = solve_and_leave(matte, 6.0)
    nuke.pump(lambda: not first.exists() and not second.exists(), 20)
    assert third.exists()


def solve_and_leave(node, tolerance):
    node["tolerance"].setValue(tolerance)
    solve(node)
    return shown(node).parent


def test_an_idle_worker_is_ended_for_its_memory(matte, tmp_path):
    (tmp_path / "preferences.json").write_text('{"idle_minutes": 0.001}')
    solve(matte)
    nuke.pump(lambda: resident.running() is None, 30)
    matte["tolerance"].setValue(7.0)
    solve(matte)  # it starts again by itself


def test_the_artists_device_and_tiles_are_those_of_nodes_that_leave_it_open(matte, tmp_path):
    from platekey.plugin.nuke.order import order_of

    before = order_of(matte)
    (tmp_path / "preferences.json").write_text('{"device": "cpu", "tile": 512}')
    order = order_of(matte)
    assert (order.arguments["options"]["device"], order.arguments["options"]["tile"]) == (
        "cpu",
        512,
    )
    assert order.signature == before.signature  # no pixel depends on it
    matte["device"].setValue("cuda:1")
    assert order_of(matte).arguments["options"]["device"] == "cuda:1"


@pytest.mark.parametrize("name", create.SCRIPTS)
def test_a_script_without_platekey_loads_shows_and_complains_in_words(name):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import nuke\n"
        "node = nuke.nodePaste(sys.argv[2])\n"
        "assert 'platekey' not in sys.modules\n"
        "buttons = [n for n, words in node.user.items() if words[0] == '22']\n"
        "for button in buttons: node.press(button)\n"
        "assert len(nuke.messages) == len(buttons), nuke.messages\n"
        "assert all('not installed' in said for said in nuke.messages), nuke.messages\n"
        "if 'tolerance' in node.user: node['tolerance'].setValue(5.0)\n"
        "assert len(nuke.messages) == len(buttons)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(FAKES), create.path_of(name)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
