"""`platekey comp` from a shell: words become a request, faults become exit codes."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.comp.options import CompOptions
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job import comp as job
from platekey.plugin.shell.main import main

SLOW_COMP = """
import time
from platekey.core import protocol
from platekey.core.job import comp as job
from platekey.plugin.shell.main import main

def slow(request, emit, should_stop):
    emit(protocol.Progress(0.1))
    while not should_stop():
        time.sleep(0.01)
    return protocol.Result(exit_code=5, written=[1])

job.run_comp = slow
raise SystemExit(main(["comp", "matte.exr", "new.exr", "-o", "out.exr"]))
"""


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tiny frames gain nothing from more


@pytest.fixture
def words(tmp_path):
    """Two solved frames and a background; returns the words of a comp."""
    window = Window(0, 0, 24, 16)
    alpha = np.clip(np.linspace(-1, 2, 24), 0, 1)[None, :, None] * np.ones((16, 1, 1))

    def write(name, pixels, channels):
        pixels = pixels.astype(np.float32)
        frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
        write_frame(frame, str(tmp_path / name))

    for number in (1001, 1002):
        colour = np.array([0.5, 0.25, 2.0]) * alpha
        write(f"matte.{number}.exr", np.concatenate([colour, alpha], 2), tuple("RGBA"))
    write("new.exr", np.full((16, 24, 3), 0.125), tuple("RGB"))
    names = ("matte.####.exr", "new.exr", "-o", "comp.####.exr")
    paths = [name if name == "-o" else str(tmp_path / name) for name in names]
    return ["comp", *paths, "--device", "cpu", "--despill", "off"]


def platekey(*words):
    command = [sys.executable, "-I", "-m", "platekey.plugin.shell", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_line_becomes_a_request(monkeypatch, capsys):
    asked = []

    def run_comp(request, emit, should_stop):
        asked.append(request)
        return protocol.Result(exit_code=4, written=[1], failed=[2])

    monkeypatch.setattr(job, "run_comp", run_comp)
    words = "comp m.####.exr b.exr -o o.####.exr --frames 1-9x2 --clean-plate c.exr --overwrite"
    keys = ["--wrap", "1001:0.2,1010:0.8", "--choke=-5:-1.5"]
    assert main([*words.split(), *keys, "--despill", "max", "--blades", "7"]) == 4
    (request,) = asked
    assert request.to_json() == {
        "foreground": "m.####.exr",
        "background": "b.exr",
        "output": "o.####.exr",
        "frames": "1-9x2",
        "plate": "",
        "clean_plate": "c.exr",
        "zdepth": "",
        "holdout": "",
        "overwrite": True,
        "options": {**CompOptions().to_json(), "despill": "max", "blades": 7},
        "animation": {"wrap": {"1001": 0.2, "1010": 0.8}, "choke": {"-5": -1.5}},
    }
    assert capsys.readouterr().out.splitlines() == [
        "1 written, 0 skipped, 1 failed: 2, in 0.0 s",
        "openjd_fail: 1 failed: 2",
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--wrap", "1001:0.2;1010"), "wrap is '0.2;1010'; it must be 0 to 4"),
        (("--wrap", "1001:0.2,0.8"), "--wrap has the key '0.8'; write keys as frame:value"),
        (("--wrap", "1001:9"), "wrap is 9.0; it must be 0 to 4"),
        (("--blades", "1:6"), "blades is '1:6'"),
        (("--despill", "green"), "despill is 'green'; it must be off, clean_plate"),
        (("--additive", "1"), "the additive keyer needs the plate and its clean plate"),
    ],
)
def test_what_does_not_fit_is_exit_code_2_and_one_sentence(words, given, sentence, capsys):
    assert main([*words, *given]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_shot_is_composited_and_a_second_run_skips(words, tmp_path, capsys):
    run = platekey(*words, "--json")
    assert run.returncode == 0, run.stderr
    messages = [protocol.decode(line) for line in run.stdout.splitlines()]
    assert messages[-1].written == [1001, 1002]
    assert main(words) == 0
    assert "0 written, 2 skipped" in capsys.readouterr().out
    written = read_frame(str(tmp_path / "comp.1001.exr")).select("R", "G", "B")
    assert written[8, 0].tolist() == [0.125] * 3
    assert written[8, -1].tolist() == [0.5, 0.25, 2.0]


def test_a_damaged_frame_is_exit_code_4_and_the_others_are_written(words, tmp_path, capsys):
    damaged = tmp_path / "matte.1001.exr"
    damaged.write_bytes(damaged.read_bytes()[:400])
    assert main(words) == 4
    told = capsys.readouterr()
    assert "1 written, 0 skipped, 1 failed: 1001" in told.out
    assert "platekey: error: frame 1001: " in told.err
    assert not (tmp_path / "comp.1001.exr").exists()


def test_a_missing_background_is_exit_code_3(words, tmp_path, capsys):
    (tmp_path / "new.exr").unlink()
    assert main(words) == 3
    assert "new.exr" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_farms_signal_ends_a_comp_with_exit_code_5():
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", SLOW_COMP],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout.readline() == "Progress: 10%\n"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "1 written" in out
    assert err.strip() == "platekey: stopping, what is written is whole; once more to stop at once"
