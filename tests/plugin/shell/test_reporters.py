import io
import json
import subprocess
import sys

from platekey.core import protocol
from platekey.plugin.shell.reporters import PlainLines, Sentences, reporter

UNTAGGED = "plate.1001.exr has no colour tag; it is taken as scene-linear Rec.709."


def said(capsys, *events):
    report = Sentences(PlainLines())
    for event in events:
        report(event)
    return capsys.readouterr()


def test_a_frame_is_told_with_seconds_and_memory(capsys):
    done = protocol.FrameDone(1003, {"exr": "a.exr"}, seconds=1.4211, memory_mib=811.6)
    assert said(capsys, done).out == "frame 1003 1.42 s 812 MiB\n"


def test_a_skipped_frame_says_why(capsys):
    done = protocol.FrameDone(7, {"exr": "a.exr"}, skipped=True)
    assert said(capsys, done).out == "frame 7 skipped: it is whole and of the same settings\n"


def test_progress_is_a_line_that_farms_read(capsys):
    assert said(capsys, protocol.Progress(0.379)).out == "Progress: 37%\nopenjd_progress: 37\n"


def test_a_percentage_is_told_once_and_never_goes_back(capsys):
    parts = [protocol.Progress(done) for done in (0.0, 0.371, 0.379, 0.2, 1.0)]
    told = said(capsys, *parts).out.splitlines()
    assert told[::2] == ["Progress: 0%", "Progress: 37%", "Progress: 100%"]
    assert told[1::2] == [f"openjd_progress: {percent}" for percent in (0, 37, 100)]


def test_a_warning_is_a_line_on_stderr_that_names_the_frame(capsys):
    both = said(capsys, protocol.Warning(UNTAGGED, frame=1001), protocol.Warning(UNTAGGED))
    expected = f"platekey: warning: frame 1001: {UNTAGGED}\nplatekey: warning: {UNTAGGED}\n"
    assert (both.out, both.err) == ("", expected)


def test_a_failed_frame_is_an_error_on_stderr(capsys):
    failed = protocol.FrameFailed(1002, "UnreadableFile", "plate.1002.exr is damaged; fetch it.")
    expected = "platekey: error: frame 1002: plate.1002.exr is damaged; fetch it.\n"
    assert said(capsys, failed).err == expected


def test_the_result_names_the_failed_frames(capsys):
    result = protocol.Result(4, written=[1, 2], skipped=[3], failed=[4, 9], seconds=2.04)
    assert said(capsys, result).out.splitlines() == [
        "2 written, 1 skipped, 2 failed: 4 9, in 2.0 s",
        "openjd_fail: 2 failed: 4 9",
    ]


def test_a_cancelled_result_says_so(capsys):
    line = said(capsys, protocol.Result(5, written=[1], seconds=0.5)).out
    assert line == "1 written, 0 skipped, in 0.5 s; stopped on request\n"


def test_json_is_one_message_of_the_protocol_a_line(capsys):
    events = [protocol.Progress(0.5, "half"), protocol.Warning(UNTAGGED, 1), protocol.Result(0)]
    with reporter(as_json=True) as report:
        for event in events:
            report(event)
    lines = capsys.readouterr().out.splitlines()
    assert [protocol.decode(line) for line in lines] == events


def test_what_others_print_stays_out_of_the_json():
    code = (
        "import os\n"
        "from platekey.core import protocol\n"
        "from platekey.plugin.shell.reporters import reporter\n"
        "with reporter(as_json=True) as report:\n"
        "    print('chatter of a library')\n"
        "    os.write(1, b'chatter of a C library\\n')\n"
        "    report(protocol.Progress(0.5))\n"
        "print('after')\n"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    first, second = run.stdout.splitlines()
    assert json.loads(first)["type"] == "progress"
    assert second == "after"
    assert run.stderr.count("chatter") == 2


def test_a_terminal_gets_a_bar_with_the_lines_above_it(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    with reporter(as_json=False) as report:
        report(protocol.Progress(0.25, "frame [1003]"))
        report(protocol.FrameDone(1003, {}, seconds=1.0, memory_mib=10.0))
        report(protocol.Progress(1.0, "done"))
    text = screen.getvalue()
    assert "frame 1003 1.00 s 10 MiB" in text
    assert "100%" in text
    assert "Progress:" not in text
