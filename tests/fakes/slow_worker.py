"""The real worker with tasks that tests can steer, and without the seconds that torch takes.

Run as `python -I slow_worker.py`.
"""

import ctypes
import os
import sys
import time
import types

from platekey.core import protocol
from platekey.core.errors import InputMismatch

sys.modules["platekey.core.job.solve"] = types.ModuleType("platekey.core.job.solve")

from platekey.core.worker import __main__ as worker  # noqa: E402
from platekey.core.worker import dispatch  # noqa: E402


def wait(arguments, emit, should_stop):
    """Counts to `seconds` in steps, unless it is stopped."""
    started = time.monotonic()
    while (waited := time.monotonic() - started) < arguments.get("seconds", 60.0):
        emit(protocol.Progress(done=waited / 60, message="waiting"))
        if should_stop():
            return protocol.Result(exit_code=5)
        time.sleep(0.01)
    return protocol.Result(exit_code=0, seconds=waited)


def ignore_stop(arguments, emit, should_stop):
    """A job that never looks at the stop flag."""
    emit(protocol.Progress(done=0.0))
    time.sleep(60.0)
    return protocol.Result(exit_code=0)


def shout(arguments, emit, should_stop):
    """Prints on stdout from Python, from C and from a child program."""
    print("shout from Python")
    libc = ctypes.CDLL(None)
    libc.puts(b"shout from C")
    libc.fflush(None)
    os.system("echo shout from a child; cat")  # cat would eat the host's lines
    return protocol.Result(exit_code=0)


def refuse(arguments, emit, should_stop):
    """An input that does not fit."""
    raise InputMismatch("clean plate is 4x4, plate is 8x8; reformat one of them.")


def crash(arguments, emit, should_stop):
    """A defect."""
    raise ZeroDivisionError("division by zero")


def strange(arguments, emit, should_stop):
    """An event that JSON cannot hold."""
    emit(protocol.FrameDone(frame=1, outputs={}, report={"value": object()}))
    return protocol.Result(exit_code=0)


if __name__ == "__main__":
    tasks = (wait, ignore_stop, shout, refuse, crash, strange)
    dispatch.TASKS.update({task.__name__: task for task in tasks})
    worker._GRACE = 1.0
    worker.main()
