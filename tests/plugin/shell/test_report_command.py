import json
import re

import pytest

from platekey.core import protocol
from platekey.plugin.shell.journal import journal_in
from platekey.plugin.shell.main import main


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))


@pytest.fixture
def folder(tmp_path):
    """What two tasks of a shot left, the second one after a retry, and its review."""
    made = tmp_path / "report"
    with journal_in(str(made / "sh010/solve")) as keep:
        keep(protocol.FrameDone(1001, {"exr": "m"}, 2.0, 400.0))
        keep(protocol.FrameFailed(1002, "UnreadableFile", "plate <b>1002</b> is damaged."))
        keep(protocol.FrameFailed(1003, "UnreadableFile", "plate 1003 is damaged."))
        keep(protocol.Result(4, [1001], failed=[1002, 1003]))
    with journal_in(str(made / "sh010/solve")) as keep:
        keep(protocol.FrameDone(1001, {"exr": "m"}, skipped=True))
        keep(protocol.FrameDone(1003, {"exr": "m"}, 3.0, 500.0))
        keep(protocol.FrameFailed(1002, "UnreadableFile", "plate <b>1002</b> is damaged."))
    found = {
        "sheet": "sheet.jpg",
        "missing": [1002],
        "frames": [
            {"frame": 1001, "doubt": 0.1, "flicker": None, "flags": []},
            {"frame": 1003, "doubt": 0.9, "flicker": 2.0, "flags": ["confidence", "flicker"]},
        ],
    }
    (made / "sh010/findings.json").write_text(json.dumps(found))
    return made


@pytest.fixture
def shots(tmp_path):
    path = tmp_path / "shots.json"
    listed = [
        {"name": "sh010", "frames": "1001-1003"},
        {"name": "sh020", "frames": "1-9x2"},
    ]
    path.write_text(json.dumps(listed))
    return path


def test_a_frame_counts_as_it_ended(folder, shots, capsys):
    assert main(["report", str(folder), "--shots", str(shots)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "sh010: 2 of 3 frames, 1 failed: 1002, 1 to look at: 1003",
        "sh020: 0 of 5 frames",
    ]
    first, second = json.loads((folder / "report.json").read_text())["shots"]
    solve = first["steps"]["solve"]
    assert solve["done"] == [1001, 1003]
    assert solve["seconds"] == {"1001": 2.0, "1003": 3.0}
    assert (solve["memory_mib"], solve["tasks"]) == (500.0, 1)
    assert first["flagged"] == {"1003": ["confidence", "flicker"]}
    assert (first["sheet"], first["missing"]) == ("sh010/sheet.jpg", [1002])
    assert second["expected"] == [1, 3, 5, 7, 9]


def test_the_page_shows_sheets_and_runs_nothing(folder, shots):
    assert main(["report", str(folder), "--shots", str(shots)]) == 0
    page = (folder / "report.html").read_text()
    assert "2 shots: 2 of 8 frames done, 1 failed" in page
    assert '<img src="sh010/sheet.jpg"' in page
    assert "plate &lt;b&gt;1002&lt;/b&gt; is damaged." in page
    assert "nothing was begun" in page
    assert not re.search(r"<script|https?:", page)


def test_without_a_list_it_tells_what_it_finds(folder, capsys):
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("sh010: 2 of 3 frames")


def test_what_cannot_be_read_is_told(folder, tmp_path, capsys):
    assert main(["report", str(tmp_path / "none")]) == 3
    assert "does not exist; check the path" in capsys.readouterr().err
    (folder / "sh010/findings.json").write_text("{")
    assert main(["report", str(folder)]) == 3
    assert "is damaged" in capsys.readouterr().err
    (tmp_path / "shots.json").write_text("[1]")
    assert main(["report", str(folder), "--shots", str(tmp_path / "shots.json")]) == 3
    assert "is no list of shots" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["", "..", "../sh010", "a/b", "/tmp", "a\0b", "\ud800", "x" * 5000, 3, True, [], None]
)
def test_a_name_that_is_no_folder_of_the_report_is_refused(folder, shots, capsys, name):
    shots.write_text(json.dumps([{"name": name, "frames": "1"}]))
    assert main(["report", str(folder), "--shots", str(shots)]) == 3
    assert "is no list of shots of a job" in capsys.readouterr().err


@pytest.mark.parametrize(
    "found",
    ["[", "[" * 100_000, "3", '{"frames": 1}', '{"frames": [{"frame": 1}], "missing": []}'],
)
def test_a_review_that_cannot_be_read_is_told(folder, capsys, found):
    (folder / "sh010/findings.json").write_text(found)
    assert main(["report", str(folder)]) == 3
    assert "findings.json is damaged" in capsys.readouterr().err


def test_a_sheet_is_beside_its_review_whatever_it_says(folder):
    found = {"frames": [], "missing": [], "sheet": "../../../secret.jpg"}
    (folder / "sh010/findings.json").write_text(json.dumps(found))
    assert main(["report", str(folder)]) == 0
    assert '<img src="sh010/secret.jpg"' in (folder / "report.html").read_text()


def test_half_a_character_does_not_lose_the_page(folder):
    found = {"frames": [{"frame": 1, "flags": ["\ud800"]}], "missing": [], "sheet": ""}
    (folder / "sh010/findings.json").write_text(json.dumps(found))
    assert main(["report", str(folder)]) == 0
    assert "\\ud800" in (folder / "report.html").read_text()
