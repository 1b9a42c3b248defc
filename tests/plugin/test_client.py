"""The hosts' client against a real worker process, and against programs that are none."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from platekey.core import protocol
from platekey.core.errors import (
    BadMessage,
    ProtocolMismatch,
    WorkerDied,
    WorkerError,
    WorkerNotFound,
)
from platekey.plugin.client import WorkerClient, worker_command
from platekey.plugin.line_process import scrubbed_environment

ROOT = Path(__file__).parents[2]
HOST_SIDE = ("core/protocol.py", "core/errors.py", "plugin/client.py", "plugin/line_process.py")
SLOW_WORKER = [sys.executable, "-I", str(ROOT / "tests/fakes/slow_worker.py")]


@pytest.fixture(autouse=True)
def log_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    return tmp_path / "logs"


@pytest.fixture
def worker(log_folder):
    with WorkerClient(SLOW_WORKER) as client:
        yield client


def program(code):
    """A command that is no worker."""
    return [sys.executable, "-I", "-c", code]


def process_of(client):
    return client._process._process


def test_the_command_isolates_the_interpreter():
    assert worker_command("/env/python") == ["/env/python", "-I", "-m", "platekey.core.worker"]


def test_what_a_host_sets_for_itself_is_scrubbed(monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_INSERT_X", "QT_PLUGIN_PATH"):
        monkeypatch.setenv(name, "host")
    monkeypatch.setenv("OCIO", "config.ocio")
    environment = scrubbed_environment()
    assert "host" not in environment.values()
    assert environment["OCIO"] == "config.ocio"


def test_a_hosts_python_home_does_not_break_the_worker(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    with WorkerClient(SLOW_WORKER) as client:
        assert client.status().running is None


def test_the_handshake_names_the_log(worker, log_folder):
    assert worker.hello.version == protocol.VERSION
    assert Path(worker.hello.log).parent == log_folder


def test_events_end_with_the_result(worker):
    events = list(worker.events(worker.submit("wait", {"seconds": 0.05})))
    assert {type(event) for event in events[:-1]} == {protocol.Progress}
    assert events[-1].exit_code == 0


def test_events_end_with_the_error_and_the_next_request_works(worker):
    *_, error = worker.events(worker.submit("refuse", {}))
    assert (error.kind, error.exit_code) == ("InputMismatch", 3)
    *_, result = worker.events(worker.submit("wait", {"seconds": 0.0}))
    assert result.exit_code == 0


def test_a_callback_takes_the_events_and_may_fail(worker):
    heard, ended = [], threading.Event()

    def on_event(event):
        heard.append(event)
        if isinstance(event, protocol.Result):
            ended.set()
        raise ValueError("a host's mistake")

    number = worker.submit("wait", {"seconds": 0.02}, on_event)
    assert ended.wait(30)
    assert {event.id for event in heard} == {number}
    with pytest.raises(WorkerError, match=f"request {number} has no events"):
        next(worker.events(number))
    assert worker.status().running is None


def test_cancel_stops_the_job_and_status_answers_meanwhile(worker):
    first, second = worker.submit("wait", {}), worker.submit("wait", {})
    events = worker.events(first)
    assert isinstance(next(events), protocol.Progress)
    status = worker.status()
    assert (status.running, status.waiting) == (first, [second])
    started = time.monotonic()
    worker.cancel(first)
    worker.cancel(second)
    assert [event for event in events][-1].exit_code == 5
    assert [event for event in worker.events(second)][-1].exit_code == 5
    assert time.monotonic() - started < 10


def test_arguments_that_are_no_json_are_refused_before_they_are_sent(worker):
    with pytest.raises(BadMessage, match="request cannot be written as JSON"):
        worker.submit("wait", {"seconds": object()})
    *_, result = worker.events(worker.submit("wait", {"seconds": 0.0}))
    assert result.exit_code == 0


def test_a_killed_worker_is_told_with_its_log(worker, log_folder):
    number = worker.submit("wait", {})
    heard = []
    worker.submit("wait", {}, heard.append)
    events = worker.events(number)
    next(events)
    os.kill(process_of(worker).pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="exit code -9.*start it again") as raised:
        list(events)
    assert str(log_folder) in str(raised.value)
    for ask in (worker.status, lambda: worker.submit("wait", {})):
        with pytest.raises(WorkerDied, match="exit code -9"):
            ask()
    worker.shutdown()
    assert [event.kind for event in heard] == ["WorkerDied"]


def test_a_program_that_fails_at_once_is_told_with_its_last_words():
    client = WorkerClient(program("import sys; sys.exit('no module named platekey')"))
    with pytest.raises(WorkerDied, match="exit code 1.*no module named platekey"):
        client.start()


def test_a_missing_interpreter_is_told():
    with pytest.raises(WorkerNotFound, match="/nowhere/python cannot be started"):
        WorkerClient(worker_command("/nowhere/python")).start()


def test_a_worker_of_another_version_is_refused():
    line = '{"type": "hello", "version": 99}'
    client = WorkerClient(program(f"print('{line}', flush=True); input(); input()"))
    with pytest.raises(ProtocolMismatch, match="speaks protocol version 99, this host speaks"):
        client.start()


def test_a_program_that_says_nothing_is_given_up_and_killed():
    client = WorkerClient(program("import time; time.sleep(60)"))
    with pytest.raises(WorkerError, match=r"said nothing for 0.2 seconds"):
        client.start(timeout=0.2)
    assert process_of(client).returncode is not None


def test_a_worker_that_hangs_never_blocks_the_host(worker):
    number = worker.submit("wait", {})
    next(worker.events(number))
    os.kill(process_of(worker).pid, signal.SIGSTOP)
    started = time.monotonic()
    worker.submit("wait", {"padding": "x" * 500_000})  # more than a pipe holds
    with pytest.raises(WorkerError, match="said nothing for 0.2 seconds"):
        worker.status(timeout=0.2)
    worker.shutdown(timeout=0.2)
    assert time.monotonic() - started < 20
    assert process_of(worker).returncode == -signal.SIGKILL


def test_silence_during_a_request_is_told(worker):
    number = worker.submit("ignore_stop", {})
    with pytest.raises(WorkerError, match="said nothing for 0.3 seconds; cancel, or restart it"):
        list(worker.events(number, silence=0.3))


def test_lines_that_are_no_messages_are_logged_and_skipped():
    hello = protocol.encode(protocol.Hello())
    heard = []
    code = f"print('Nuke 15'); print('{hello}'); print('bye', flush=True); input(); input()"
    client = WorkerClient(program(code), heard.append)
    client.start()
    client.shutdown()
    assert [line for line in heard if "'Nuke 15'" in line]
    assert [line for line in heard if "'bye'" in line]


def test_a_log_that_fails_does_not_stop_the_worker():
    def log(line):
        raise OSError("disk full")

    with WorkerClient(SLOW_WORKER, log) as client:
        for _ in range(3):
            *_, result = client.events(client.submit("shout", {}))
            assert result.exit_code == 0


def test_shutdown_cancels_what_runs_and_may_be_called_twice(worker):
    number = worker.submit("wait", {})
    events = worker.events(number)
    next(events)
    worker.shutdown()
    worker.shutdown()
    assert list(events)[-1].exit_code == 5
    with pytest.raises(WorkerDied, match="was shut down"):
        worker.submit("wait", {})
    assert process_of(worker).returncode == 0


def test_a_client_starts_one_worker_only(worker):
    with pytest.raises(WorkerError, match="started before"):
        worker.start()
    with pytest.raises(WorkerError, match="not started"):
        WorkerClient(SLOW_WORKER).status()


def test_the_worker_ends_with_its_host(log_folder):
    host = (
        "import os, sys\n"
        "from platekey.plugin.client import WorkerClient\n"
        f"client = WorkerClient({SLOW_WORKER!r})\n"
        "client.start()\n"
        "next(client.events(client.submit('wait', {})))\n"
        "print(client._process._process.pid, flush=True)\n"
        "os._exit(1)\n"  # a host that crashes
    )
    done = subprocess.run(program(host), stdout=subprocess.PIPE, timeout=60)
    pid = int(done.stdout)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _runs(pid):
        time.sleep(0.05)
    assert not _runs(pid)


OLD_HOST = """
import sys
from platekey.core import protocol
from platekey.plugin.client import WorkerClient
assert sys.version_info[:2] == (3, 7)
with WorkerClient(sys.argv[1:]) as worker:
    *_, result = worker.events(worker.submit("wait", {"seconds": 0.01}))
    *_, error = worker.events(worker.submit("refuse", {}))
    print(result.exit_code, error.kind, worker.status().running)
"""


def test_a_host_with_python_3_7_talks_to_the_worker(tmp_path):
    python = shutil.which("python3.7")
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip("no Python 3.7 here; the syntax alone is tried in test_protocol.py")
    for name in (*HOST_SIDE, "core/__init__.py", "plugin/__init__.py"):
        copy = tmp_path / "platekey" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)
    done = subprocess.run(
        [python, "-c", OLD_HOST, *SLOW_WORKER], cwd=tmp_path, capture_output=True, timeout=60
    )
    assert done.stdout.decode().split() == ["0", "InputMismatch", "None"], done.stderr.decode()


def _runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
