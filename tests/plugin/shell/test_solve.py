import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job import solve as job
from platekey.core.options import MatteOptions
from platekey.plugin.shell.main import main

HEIGHT, WIDTH = 48, 64
SLOW_SOLVE = """
import time
from platekey.core import protocol
from platekey.core.job import solve as job
from platekey.plugin.shell.main import main

def slow(request, emit, should_stop):
    emit(protocol.Progress(0.1))
    while not should_stop():
        time.sleep(0.01)
    return protocol.Result(exit_code=5, written=[1])

job.run_solve = slow
raise SystemExit(main(["solve", "plate.exr", "clean.exr", "-o", "out.exr"]))
"""


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tiny frames gain nothing from more


@pytest.fixture
def shot(tmp_path):
    """Two plate frames with a bright disc, and their clean plate; returns the words of a solve."""
    window = Window(0, 0, WIDTH, HEIGHT)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wall = np.stack((0.1 + 0.2 * x / WIDTH, 0.2 + 0.1 * np.sin(y / 4), 0.3 + 0 * x), axis=-1)
    noise = np.random.default_rng(3)

    def write(name, pixels):
        grain = noise.normal(0, 0.002, pixels.shape)
        frame = Frame((pixels + grain).astype(np.float32), ("R", "G", "B"), window, window)
        write_frame(frame, str(tmp_path / name))

    write("clean.exr", wall)
    for number in (1001, 1002):
        alpha = np.clip((14 - np.hypot(x - 32, y - 24)) / 4, 0, 1)[..., None]
        write(f"plate.{number}.exr", alpha * np.array((1.4, 0.9, 0.05)) + (1 - alpha) * wall)
    names = ("plate.####.exr", "clean.exr", "-o", "matte.####.exr")
    words = [name if name == "-o" else str(tmp_path / name) for name in names]
    return ["solve", *words, "--device", "cpu"]


def platekey(*words):
    command = [sys.executable, "-I", "-m", "platekey.plugin.shell", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_line_becomes_a_request(monkeypatch, capsys):
    asked = []

    def run_solve(request, emit, should_stop):
        asked.append(request)
        return protocol.Result(exit_code=4, written=[1], failed=[2])

    monkeypatch.setattr(job, "run_solve", run_solve)
    words = "solve p.####.exr c.exr -o o.####.exr --frames 1-9x2 --hint h.exr --overwrite"
    assert main([*words.split(), "--no-align", "--edge-width", "12", "--passes", "files"]) == 4
    (request,) = asked
    assert request.to_json() == {
        "plate": "p.####.exr",
        "clean_plate": "c.exr",
        "output": "o.####.exr",
        "frames": "1-9x2",
        "hint": "h.exr",
        "garbage": "",
        "holdout": "",
        "overwrite": True,
        "options": {
            **MatteOptions().to_json(),
            "align": False,
            "edge_width": 12,
            "passes": "files",
        },
    }
    assert capsys.readouterr().out.splitlines() == [
        "1 written, 0 skipped, 1 failed: 2, in 0.0 s",
        "openjd_fail: 1 failed: 2",
    ]


def test_a_shot_is_solved_with_plain_lines_where_there_is_no_terminal(shot, tmp_path):
    run = platekey(*shot)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert (
        sum(bool(re.fullmatch(r"frame 100[12] \d+\.\d\d s \d+ MiB", line)) for line in lines) == 2
    )
    assert "Progress: 100%" in lines
    assert lines[-1].startswith("2 written, 0 skipped, in ")
    assert run.stderr.count("has no colour tag") <= 2  # plate and clean plate, not every frame
    matte = read_frame(str(tmp_path / "matte.1001.exr"))
    assert matte.select("A")[24, 32] == 1.0
    assert matte.select("A")[2, 2] == 0.0


def test_json_is_messages_only_and_a_second_run_skips(shot):
    first, second = platekey(*shot, "--json"), platekey(*shot, "--json")
    messages = [protocol.decode(line) for line in first.stdout.splitlines()]
    assert messages[-1].exit_code == 0
    assert messages[-1].written == [1001, 1002]
    assert sum(isinstance(message, protocol.FrameDone) for message in messages) == 2
    assert protocol.decode(second.stdout.splitlines()[-1]).skipped == [1001, 1002]


def test_a_missing_plate_is_exit_code_3_and_one_sentence(tmp_path):
    words = [str(tmp_path / name) for name in ("none.####.exr", "clean.exr")]
    run = platekey("solve", *words, "-o", str(tmp_path / "out.####.exr"))
    assert run.returncode == 3
    assert run.stderr.startswith("platekey: error: ")
    assert "none.####.exr" in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_missing_frame_is_exit_code_3_and_named(shot):
    run = platekey(*shot, "--frames", "1001-1003")
    assert run.returncode == 3
    assert "1003" in run.stderr


def test_a_damaged_frame_is_exit_code_4_and_the_others_are_written(shot, tmp_path):
    damaged = tmp_path / "plate.1001.exr"
    damaged.write_bytes(damaged.read_bytes()[:700])
    run = platekey(*shot, "--json")
    assert run.returncode == 4, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert (result["written"], result["failed"]) == ([1002], [1001])
    assert (tmp_path / "matte.1002.exr").exists()
    assert not (tmp_path / "matte.1001.exr").exists()


def test_a_device_that_is_not_there_is_exit_code_6(shot):
    run = platekey(*shot[:-1], "cuda:99")
    assert run.returncode == 6
    assert run.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_job_with_exit_code_5(number):
    command = [sys.executable, "-I", "-c", SLOW_SOLVE]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout.readline() == "Progress: 10%\n"
    process.send_signal(number)
    start = time.monotonic()
    out, error = process.communicate(timeout=20)
    assert process.returncode == 5
    assert time.monotonic() - start < 5
    assert out.endswith("stopped on request\n")
    assert "stopping" in error


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_leaves_is_no_defect():
    code = SLOW_SOLVE.replace("while not should_stop():", "for number in range(2, 99):").replace(
        "time.sleep(0.01)", "emit(protocol.Progress(number / 100)); time.sleep(0.01)"
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=20) == 5
    assert error == ""


@pytest.mark.parametrize(
    ("weights", "code", "said"),
    [
        (["--weights", "gone.safetensors"], 3, "gone.safetensors is not there"),
        (["--weights", "clean.exr"], 3, "no whole safetensors file"),
    ],
)
def test_a_network_that_cannot_be_used_is_said(
    weights, code, said, shot, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main([*shot, "--method", "network", *weights]) == code
    assert said in capsys.readouterr().err


def test_the_help_tells_the_default_method_and_that_weights_ship(capsys):
    with pytest.raises(SystemExit):
        main(["solve", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "with the weights that ship" in words
    assert "(default difference)" in words
