"""The worker as a process, told line by line what a host may say, and what it may not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platekey.core import protocol

SLOW_WORKER = Path(__file__).parents[2] / "fakes" / "slow_worker.py"
SECONDS = 60.0  # for anything at all, on a busy machine


class Conversation:
    """Writes raw lines to a worker and reads messages, so that a test sees the wire itself."""

    def __init__(self, folder):
        self.stderr = folder / "stderr.txt"
        with self.stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-I", str(SLOW_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, "PLATEKEY_LOG_DIR": str(folder / "logs")},
            )

    def say(self, message):
        line = message if isinstance(message, str) else protocol.encode(message)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, kind=object):
        """The next message of that kind; skips progress and the like."""
        while line := self.process.stdout.readline():
            message = protocol.decode(line.decode().rstrip("\n"))
            if isinstance(message, kind):
                return message
        raise EOFError("the worker ended")

    def end(self):
        self.process.stdin.close()
        self.process.stdout.read()
        code = self.process.wait(SECONDS)
        self.process.stdout.close()
        return code


@pytest.fixture
def worker(tmp_path):
    conversation = Conversation(tmp_path)
    yield conversation
    if conversation.process.poll() is None:
        conversation.process.kill()
        conversation.process.wait()
    for stream in (conversation.process.stdin, conversation.process.stdout):
        stream.close()


@pytest.fixture
def greeted(worker):
    worker.hello = worker.hear(protocol.Hello)
    worker.say(protocol.Hello(software="test"))
    return worker


def test_the_worker_greets_first_and_names_its_log(worker, tmp_path):
    hello = worker.hear()
    assert hello.version == protocol.VERSION
    assert hello.pixel_transports == ["files"]
    assert Path(hello.log).parent == tmp_path / "logs"
    assert Path(hello.log).exists()


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        (protocol.encode(protocol.Hello(version=99)), "ProtocolMismatch", "version 99"),
        (protocol.encode(protocol.Status()), "ProtocolMismatch", "no hello"),
        ("GET / HTTP/1.1", "BadMessage", "no JSON"),
    ],
)
def test_a_host_that_does_not_greet_right_is_refused(worker, line, kind, sentence):
    log = worker.hear(protocol.Hello).log
    worker.say(line)
    error = worker.hear(protocol.Error)
    assert error.kind == kind
    assert sentence in error.message
    assert error.log == log
    assert worker.process.wait(SECONDS) == 1


def test_a_request_ends_with_one_result_that_carries_its_id(greeted):
    greeted.say(protocol.Request(id=7, task="wait", arguments={"seconds": 0.05}))
    assert greeted.hear(protocol.Progress).id == 7
    result = greeted.hear(protocol.Result)
    assert (result.id, result.exit_code) == (7, 0)
    assert greeted.end() == 0


def test_requests_wait_in_line_and_status_tells_it_at_once(greeted):
    for number in (1, 2, 3):
        greeted.say(protocol.Request(id=number, task="wait"))
    greeted.hear(protocol.Progress)
    greeted.say(protocol.Status())
    reply = greeted.hear(protocol.StatusReply)
    assert (reply.running, reply.waiting) == (1, [2, 3])
    assert reply.memory_mib > 1
    assert reply.log == greeted.hello.log
    for number in (3, 1, 2):
        greeted.say(protocol.Cancel(id=number))
    results = [greeted.hear(protocol.Result) for _ in range(3)]
    assert [(result.id, result.exit_code) for result in results] == [(1, 5), (2, 5), (3, 5)]
    greeted.say(protocol.Status())
    reply = greeted.hear(protocol.StatusReply)
    assert (reply.running, reply.waiting) == (None, [])


def test_a_cancel_that_comes_too_late_is_no_error(greeted):
    greeted.say(protocol.Cancel(id=12))
    greeted.say(protocol.Status())
    assert isinstance(greeted.hear(), protocol.StatusReply)


@pytest.mark.parametrize(
    ("task", "kind", "exit_code", "sentence"),
    [
        ("refuse", "InputMismatch", 3, "clean plate is 4x4, plate is 8x8; reformat one of them."),
        ("crash", "ZeroDivisionError", 1, "platekey failed with ZeroDivisionError"),
        ("strange", "BadMessage", 1, "frame_done cannot be written as JSON"),
        ("solve", "ImportError", 1, "run_solve"),
    ],
)
def test_a_failed_request_is_told_and_the_next_one_works(greeted, task, kind, exit_code, sentence):
    greeted.say(protocol.Request(id=1, task=task))
    error = greeted.hear(protocol.Error)
    assert (error.id, error.kind, error.exit_code) == (1, kind, exit_code)
    assert sentence in error.message
    assert "Traceback" in error.detail
    assert kind in Path(error.log).read_text()
    greeted.say(protocol.Request(id=2, task="wait", arguments={"seconds": 0.0}))
    assert greeted.hear(protocol.Result).id == 2


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("", 0),
        ("\x00\xff garbage", 0),
        ("x" * 3 * protocol.LONGEST_LINE, 0),
        ('{"type": "sovle"}', 0),
        ('{"type": "request", "id": 4}', 0),
        (protocol.encode(protocol.Request(id=4, task="sovle")), 4),
        (protocol.encode(protocol.Request(id=-1, task="wait")), -1),
        (protocol.encode(protocol.Request(id=4, task="wait", pixels="shared_memory")), 4),
        (protocol.encode(protocol.Result(exit_code=0)), 0),
    ],
    ids=range(9),
)
def test_a_line_that_is_no_request_is_answered_and_survived(greeted, line, number):
    greeted.say(line)
    error = greeted.hear(protocol.Error)
    assert (error.kind, error.id) == ("BadMessage", number)
    greeted.say(protocol.Request(id=4, task="wait", arguments={"seconds": 0.0}))
    assert greeted.hear(protocol.Result).id == 4


def test_an_id_in_use_is_refused_without_ending_its_request(greeted):
    greeted.say(protocol.Request(id=1, task="wait"))
    greeted.say(protocol.Request(id=1, task="wait"))
    error = greeted.hear(protocol.Error)
    assert (error.kind, error.id) == ("BadMessage", 0)
    greeted.say(protocol.Cancel(id=1))
    assert greeted.hear(protocol.Result).id == 1


def test_stdout_carries_the_protocol_alone_whoever_prints(greeted):
    greeted.say(protocol.Request(id=1, task="shout"))
    assert isinstance(greeted.hear(), protocol.Result)  # hear decodes every line
    greeted.say(protocol.Status())
    assert isinstance(greeted.hear(), protocol.StatusReply)  # no child ate the line
    assert greeted.end() == 0
    heard = greeted.stderr.read_text()
    for source in ("Python", "C", "a child"):
        assert f"shout from {source}" in heard


@pytest.mark.parametrize("shut_down", [True, False], ids=["shutdown", "end of stdin"])
def test_the_worker_cancels_and_ends_when_the_host_leaves(greeted, shut_down):
    greeted.say(protocol.Request(id=1, task="wait"))
    greeted.hear(protocol.Progress)
    if shut_down:
        greeted.say(protocol.Shutdown())
    else:
        greeted.process.stdin.close()
    assert greeted.hear(protocol.Result).exit_code == 5
    assert greeted.process.wait(SECONDS) == 0


def test_the_worker_ends_even_if_the_job_does_not_listen(greeted):
    greeted.say(protocol.Request(id=1, task="ignore_stop"))
    greeted.hear(protocol.Progress)
    started = time.monotonic()
    greeted.say(protocol.Shutdown())
    greeted.process.wait(SECONDS)
    assert time.monotonic() - started < 30


def test_a_terminated_worker_cancels_its_job(greeted):
    greeted.say(protocol.Request(id=1, task="wait"))
    greeted.hear(protocol.Progress)
    greeted.process.send_signal(signal.SIGTERM)
    assert greeted.hear(protocol.Result).exit_code == 5
    assert greeted.process.wait(SECONDS) == 5


def test_the_interrupt_of_a_terminal_is_left_to_the_host(greeted):
    greeted.process.send_signal(signal.SIGINT)
    greeted.say(protocol.Status())
    assert isinstance(greeted.hear(), protocol.StatusReply)


def test_the_log_keeps_the_trace_and_goes_to_stderr_too(greeted):
    greeted.say(protocol.Request(id=1, task="crash"))
    log = Path(greeted.hear(protocol.Error).log)
    greeted.end()
    for text in (log.read_text(), greeted.stderr.read_text()):
        assert "ZeroDivisionError: division by zero" in text
        assert json.dumps("crash")[1:-1] in text
