"""Runs jobs as processes of their own that can be killed, with the imports paid once.

As a program it reads an order a line and answers with a line: it forks, the child runs the job as
the worker does, and the parent kills it with SIGKILL if the order says when. Nothing but imports
happens before the fork, so that a child is what a fresh process would be.
"""

import json
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 600.0  # seconds of any job here; one that takes more hangs


@dataclass
class Outcome:
    """How a job ended.

    Attributes:
        code: exit code; negative for the signal that ended it.
        seconds: it took.
        events: what it told, plain values; an error comes last.
    """

    code: int
    seconds: float
    events: list

    def of_type(self, name):
        return [event for event in self.events if event["type"] == name]

    def sentences(self):
        """Every error that it told."""
        kinds = ("error", "frame_failed")
        return [event["message"] for event in self.events if event["type"] in kinds]


class Launcher:
    """The program in a process; a context manager.

    Args:
        folder: for its files.
        env: more environment variables.
    """

    def __init__(self, folder, env=None):
        self._events = Path(folder) / "events.jsonl"
        self._events.parent.mkdir(parents=True, exist_ok=True)
        environ = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "PASSIVE",
            **(env or {}),
        }
        environ["PYTHONUNBUFFERED"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def start(self, order, **changes):
        """Begins a job: `kill_after` seconds, `address_space` or `file_size` bytes may be given."""
        self._events.write_text("")
        words = {**order, **changes, "events": str(self._events)}
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()

    def events(self):
        """What the job has told so far."""
        lines = self._events.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, count, kind="frame_done", seconds=120.0):
        """Waits until the job told so many events of a kind, or has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if sum(event["type"] == kind for event in self.events()) >= count or self.has_ended():
                return
            time.sleep(0.01)

    def has_ended(self):
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def end(self):
        """Waits for the job's end."""
        answer = json.loads(self._process.stdout.readline())
        return Outcome(answer["code"], answer["seconds"], self.events())

    def run(self, order, **changes):
        self.start(order, **changes)
        return self.end()


def serve():
    from platekey.core.job.threads import share_cores

    share_cores()
    for name in ("clean", "comp", "solve", "tune"):
        __import__(f"platekey.core.job.{name}")
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise SystemExit(f"{threads} threads before the first fork; a child would lack them")
    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if not child:
            _be_the_job(order)
        code = _follow(child, started + order.get("kill_after", _LONGEST))
        print(json.dumps({"code": code, "seconds": time.monotonic() - started}))


def _follow(child, until):
    handle = os.pidfd_open(child)
    try:
        if not select.select([handle], [], [], max(0.0, until - time.monotonic()))[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(handle)


def _be_the_job(order):
    """Runs the job in this process, which ends with it."""
    from platekey.core import protocol
    from platekey.core.worker.dispatch import TASKS, describe_error

    code = 1
    logging.disable()  # what is told comes as events
    try:
        import torch

        torch.set_num_threads(1)
        stream = open(order["events"], "a", encoding="utf-8")  # noqa: SIM115 - open to the end

        def emit(event):
            stream.write(protocol.encode(event) + "\n")
            stream.flush()

        _limit(order)
        try:
            result = TASKS[order["task"]](order["arguments"], emit, lambda: False)
            emit(result)
            code = result.exit_code
        except Exception as error:
            emit(describe_error(error, "", 0))
            code = getattr(error, "exit_code", 1)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _limit(order):
    if "address_space" in order:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + order["address_space"]
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if "file_size" in order:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it: the write fails
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"], hard))


if __name__ == "__main__":
    serve()
