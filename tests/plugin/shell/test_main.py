import json
import os
import subprocess
import sys

import pytest

from platekey.core import protocol
from platekey.core.errors import DeviceError, InputMismatch
from platekey.plugin.shell import solve
from platekey.plugin.shell.main import COMMANDS, build_parser, main

SOLVE = ["solve", "plate.exr", "clean.exr", "-o", "out.exr"]


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    return tmp_path / "logs"


@pytest.fixture
def solve_does(monkeypatch):
    def does(action):
        monkeypatch.setattr(solve, "run", action)

    return does


def platekey(*words, **environ):
    command = [sys.executable, "-I", "-m", "platekey.plugin.shell", *map(str, words)]
    environ = {**os.environ, **environ}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def raising(error):
    def action(args):
        raise error

    return action


def test_the_exit_code_is_that_of_the_command(solve_does):
    solve_does(lambda args: 4)
    assert main(SOLVE) == 4


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (InputMismatch("clean plate is 1920x1080, plate is 2048x1152; reformat one of them."), 3),
        (DeviceError("device is cuda:3, but torch sees 0 CUDA devices; use auto or cpu."), 6),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_code(solve_does, capsys, error, exit_code):
    solve_does(raising(error))
    assert main(SOLVE) == exit_code
    assert capsys.readouterr() == ("", f"platekey: error: {error}\n")


def test_with_json_the_error_is_a_message_too(solve_does, capsys):
    solve_does(raising(InputMismatch("clean plate is small; reformat it.")))
    main([*SOLVE, "--json"])
    message = protocol.decode(capsys.readouterr().out.rstrip("\n"))
    assert message.kind == "InputMismatch"
    assert message.exit_code == 3


def test_an_interruption_is_cancelled(solve_does, capsys):
    solve_does(raising(KeyboardInterrupt()))
    assert main(SOLVE) == 5
    assert "stopped on request" in capsys.readouterr().err


def test_no_memory_is_exit_code_6(solve_does):
    solve_does(raising(MemoryError()))
    assert main(SOLVE) == 6


def test_a_defect_is_one_sentence_that_names_the_log(solve_does, capsys):
    solve_does(raising(ZeroDivisionError("division by zero")))
    assert main(SOLVE) == 1
    error = capsys.readouterr().err
    assert error.startswith("platekey: error: platekey failed with ZeroDivisionError: division by")
    assert error.count("\n") == 1


def test_the_trace_of_a_defect_is_in_the_log_only(logs):
    code = (
        "from platekey.plugin.shell import main, solve\n"
        "def fail(args): raise ZeroDivisionError('division by zero')\n"
        "solve.run = fail\n"
        f"raise SystemExit(main.main({SOLVE}))\n"
    )
    environ = {**os.environ, "PLATEKEY_LOG_DIR": str(logs)}
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], env=environ, capture_output=True, text=True
    )
    (log,) = logs.iterdir()
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert f"report it with the log {log}." in run.stderr
    assert "ZeroDivisionError: division by zero" in log.read_text()


def test_a_defect_in_a_frame_names_the_log(logs):
    code = (
        "import logging\n"
        "from platekey.plugin.shell import main, solve\n"
        "solve.run = lambda args: logging.warning('a trace') or 1\n"
        f"raise SystemExit(main.main({SOLVE}))\n"
    )
    environ = {**os.environ, "PLATEKEY_LOG_DIR": str(logs)}
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], env=environ, capture_output=True, text=True
    )
    (log,) = logs.iterdir()
    assert run.stderr == f"platekey: the trace is in {log}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "the following arguments are required: COMMAND; see platekey --help."),
        (
            ("solve", "plate.exr"),
            "the following arguments are required: CLEAN_PLATE, -o/--output; "
            "see platekey solve --help.",
        ),
        ((*SOLVE, "--edge-width", "-4"), "edge_width is -4; it must be a whole number, 1 to 400 "),
        ((*SOLVE, "--edg", "4"), "unrecognized arguments: --edg 4; see platekey --help."),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(words, sentence):
    run = platekey(*words)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(f"platekey: error: {sentence}")
    assert run.stderr.count("\n") == 1


def test_bad_usage_with_json_is_a_message(capsys):
    assert main(["solve", "plate.exr", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_help_and_version_do_not_import_what_is_heavy():
    code = (
        "import sys\n"
        "from platekey.plugin.shell.main import build_parser\n"
        "build_parser().format_help()\n"
        "heavy = {'torch', 'numpy', 'OpenImageIO', 'PyOpenColorIO', 'cv2', 'rich', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert run.stdout == "[]\n", run.stderr


def test_every_command_has_help():
    text = build_parser().format_help()
    for command in COMMANDS:
        assert command.__name__.rpartition(".")[2] in text


def test_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("platekey 0.")


def test_a_log_folder_that_cannot_be_made_stops_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    run = platekey("solve", PLATEKEY_LOG_DIR=str(blocked / "logs"))
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1


def test_threads_of_torch_are_told_to_wait_asleep_before_a_command_runs(solve_does, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY")
    seen = []
    solve_does(lambda args: seen.append(os.environ.get("OMP_WAIT_POLICY")) or 0)
    assert main(SOLVE) == 0
    assert seen == ["PASSIVE"]


@pytest.mark.parametrize("words", [["--frames", "-5--1"], ["--frames=-5--1"]])
def test_a_frame_range_may_begin_below_zero(solve_does, words):
    seen = []
    solve_does(lambda args: seen.append(args.frames) or 0)
    assert main([*SOLVE, *words]) == 0
    assert seen == ["-5--1"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_daemon_without_streams_is_no_defect(closed):
    command = f'"{sys.executable}" -I -m platekey.plugin.shell review a.exr --plate b --clean c'
    run = subprocess.run(["sh", "-c", f"{command} {closed}"], capture_output=True, check=False)
    assert run.returncode == 2  # there is nothing to make


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a Linux device")
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_full_disk_behind_stdout_is_told_and_no_defect(words):
    command = [sys.executable, "-I", "-m", "platekey.plugin.shell", "doctor", *words]
    with open("/dev/full", "w") as full:
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 3
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr
